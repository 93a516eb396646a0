"""``posthouse share``."""

from typing import Annotated

import msgspec
import typer

from posthouse.bootstrap.commands.administration import administration
from posthouse.bootstrap.house import OPERATOR
from posthouse.cli.session import at_home, session
from posthouse.services.administer.shares import Shares

app = typer.Typer(help="Mailboxes that people share with others.", no_args_is_help=True)
Address = Annotated[str, typer.Argument(metavar="ADDRESS", help="Whose mailbox, e.g. alice@example.test")]
Mailbox = Annotated[str, typer.Argument(metavar="MAILBOX", help="Its name, e.g. INBOX; '*' stands for all of them.")]
Recursive = Annotated[bool, typer.Option("--recursive", help="With all mailboxes below it.")]


@app.command("list", epilog="Example: posthouse share list alice@example.test INBOX")
def list_(
    context: typer.Context,
    address: Address,
    mailbox: Annotated[str | None, typer.Argument(metavar="[MAILBOX]", help="Only this mailbox.")] = None,
) -> None:
    """List who has which rights."""
    found = at_home(context, lambda house: Shares(administration(house)).all(OPERATOR, address, mailbox))
    rows = [(share.mailbox, share.who, share.rights) for share in found]
    session(context).output.table([msgspec.to_builtins(share) for share in found], ("MAILBOX", "WHO", "RIGHTS"), rows)


@app.command("set", epilog="Example: posthouse share set alice@example.test INBOX bob@example.test write --recursive")
def set_(
    context: typer.Context,
    address: Address,
    mailbox: Mailbox,
    who: Annotated[
        str,
        typer.Argument(
            metavar="WHO", help="An address here (a group: its members), or anyone; -WHO takes rights from those who have them."
        ),
    ],
    rights: Annotated[str, typer.Argument(metavar="RIGHTS", help="read, write, full, or letters as in RFC 4314: lrswipkxtea.")],
    recursive: Recursive = False,
) -> None:
    """Give somebody exactly these rights."""
    found = at_home(
        context, lambda house: Shares(administration(house)).set(OPERATOR, address, mailbox, who, rights, recursive=recursive)
    )
    plain = [msgspec.to_builtins(share) for share in found]
    names = ", ".join(share.mailbox for share in found[:5]) + (" and others" if len(found) > 5 else "")
    session(context).output.value(plain, f"{found[0].who} has {found[0].rights or 'no rights'} on {names}")


@app.command(epilog="Example: posthouse share remove alice@example.test INBOX bob@example.test --recursive")
def remove(
    context: typer.Context,
    address: Address,
    mailbox: Mailbox,
    who: Annotated[str | None, typer.Argument(metavar="[WHO]", help="Only the rights of this one.")] = None,
    recursive: Recursive = False,
) -> None:
    """Take rights away, those of somebody or of everybody."""
    count = at_home(
        context, lambda house: Shares(administration(house)).remove(OPERATOR, address, mailbox, who, recursive=recursive)
    )
    session(context).output.value({"removed": count}, f"took {count} {'grant' if count == 1 else 'grants'} away")
