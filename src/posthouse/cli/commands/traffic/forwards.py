"""``posthouse forward``."""

from typing import Annotated, Any

import typer

from posthouse.bootstrap.commands.administration import administration
from posthouse.bootstrap.house import OPERATOR
from posthouse.cli.session import at_home, session
from posthouse.model.account import Account
from posthouse.services.administer.traffic.forwards import Forwards

app = typer.Typer(help="Sending on what comes for a mailbox.", no_args_is_help=True)
Address = Annotated[str, typer.Argument(metavar="ADDRESS", help="Whose mail, e.g. alice@example.test")]
Targets = Annotated[list[str], typer.Argument(metavar="TARGET…", help="Where it goes: addresses here or elsewhere.")]
Keep = Annotated[bool | None, typer.Option("--keep/--no-keep", help="Put it into the mailbox too (as it was, at first yes).")]


@app.command(epilog="Example: posthouse forward add alice@example.test alice@example.org --no-keep")
def add(context: typer.Context, address: Address, targets: Targets, keep: Keep = None) -> None:
    """Send mail on to further addresses."""
    account = at_home(context, lambda house: Forwards(administration(house)).add(OPERATOR, address, targets, keep=keep))
    session(context).output.value(_plain(account), _told(account))


@app.command("set", epilog="Example: posthouse forward set alice@example.test bob@example.test --keep")
def set_(context: typer.Context, address: Address, targets: Targets, keep: Keep = None) -> None:
    """Send mail on to these addresses and no others."""
    account = at_home(context, lambda house: Forwards(administration(house)).set(OPERATOR, address, targets, keep=keep))
    session(context).output.value(_plain(account), _told(account))


@app.command(epilog="Example: posthouse forward keep alice@example.test --no-keep")
def keep(
    context: typer.Context,
    address: Address,
    keep: Annotated[bool, typer.Option("--keep/--no-keep", help="Put it into the mailbox too.")] = True,
) -> None:
    """Keep what is sent on or answered, or keep nothing: with --no-keep the address has no mailbox that fills."""
    account = at_home(context, lambda house: Forwards(administration(house)).keep(OPERATOR, address, keep=keep))
    session(context).output.value(_plain(account), _told(account))


@app.command("list", epilog="Example: posthouse forward list --domain example.test")
def list_(context: typer.Context, domain: Annotated[str | None, typer.Option(help="Only this domain.")] = None) -> None:
    """List the mailboxes whose mail is sent on."""
    found = at_home(context, lambda house: Forwards(administration(house)).all(OPERATOR, domain))
    rows = [(account.address, ", ".join(account.forwards_to), "yes" if account.keeps_mail else "no") for account in found]
    session(context).output.table([_plain(account) for account in found], ("ADDRESS", "GOES TO", "KEPT"), rows)


@app.command(epilog="Example: posthouse forward show alice@example.test")
def show(context: typer.Context, address: Address) -> None:
    """Show where mail for an address goes."""
    account = at_home(context, lambda house: Forwards(administration(house)).get(OPERATOR, address))
    facts = [
        ("address", account.address),
        *(("goes to", target) for target in account.forwards_to),
        ("kept", "yes" if account.keeps_mail else "no"),
    ]
    session(context).output.facts(_plain(account), facts)


@app.command(epilog="Example: posthouse forward remove alice@example.test bob@example.test")
def remove(
    context: typer.Context,
    address: Address,
    targets: Annotated[list[str] | None, typer.Argument(metavar="[TARGET…]", help="Only these; without any: all.")] = None,
) -> None:
    """Send mail on no more; it is kept again."""
    account = at_home(context, lambda house: Forwards(administration(house)).remove(OPERATOR, address, targets or ()))
    session(context).output.value(_plain(account), _told(account))


def _told(account: Account) -> str:
    kept = "kept" if account.keeps_mail else "not kept"
    where = f"goes to {', '.join(account.forwards_to)}" if account.forwards_to else "is not sent on"
    return f"mail for {account.address} {where} and is {kept}"


def _plain(account: Account) -> dict[str, Any]:
    return {"address": account.address, "targets": list(account.forwards_to), "keep": account.keeps_mail}
