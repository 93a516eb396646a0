"""``posthouse token``."""

from typing import Annotated, Any

import typer

from posthouse.bootstrap.commands.administration import administration
from posthouse.bootstrap.house import OPERATOR
from posthouse.cli.arguments import expiry
from posthouse.cli.commands.signing_in.app_passwords import last_used, plain_uses
from posthouse.cli.output import iso, moment
from posthouse.cli.session import at_home, session
from posthouse.foundation.ids import to_text
from posthouse.model.account import PROGRAM_PROTOCOLS, Credential
from posthouse.services.administer.access.tokens import TokenControl, UsedToken, WantedToken

app = typer.Typer(help="Tokens for programs that use the HTTP API, and for mail programs that take one.", no_args_is_help=True)
Address = Annotated[str, typer.Argument(metavar="ADDRESS", help="Whose they are, e.g. root@example.test")]


@app.command(epilog="Example: posthouse token add root@example.test --name billing --act account --domain example.org")
def add(
    context: typer.Context,
    address: Address,
    name: Annotated[str, typer.Option(help="By which it can be revoked.")],
    act: Annotated[
        list[str] | None, typer.Option(help="What it is for: read-only, a noun such as account, or an act such as account.add.")
    ] = None,
    domain: Annotated[list[str] | None, typer.Option(help="Only for this domain; may be repeated.")] = None,
    only: Annotated[
        str,
        typer.Option(
            "--for",
            metavar="PROTOCOLS",
            help=f"For mail programs, with commas between: {', '.join(PROGRAM_PROTOCOLS)}. Without --act it is for nothing else.",
        ),
    ] = "",
    expires: Annotated[
        float | None, typer.Option(parser=expiry, metavar="DATE", help="Last day on which it works (UTC); never by default.")
    ] = None,
) -> None:
    """Make a token and print it, alone, this once. It may never do more than its account."""
    protocols = tuple([each.strip().lower() for each in only.split(",") if each.strip()])
    wanted = WantedToken(name=name, acts=tuple(act or ()), domains=tuple(domain or ()), protocols=protocols, expires_at=expires)
    made = at_home(context, lambda house: TokenControl(administration(house)).add(OPERATOR, address, wanted))
    session(context).output.value(_plain(made.credential) | {"token": made.token}, made.token)


@app.command("list", epilog="Example: posthouse token list root@example.test")
def list_(context: typer.Context, address: Address) -> None:
    """List an account's tokens and the mail programs that show them; what they are nobody can tell any more."""
    found = at_home(context, lambda house: TokenControl(administration(house), house.uses).all(OPERATOR, address))
    head = ("NAME", "ACTS", "DOMAINS", "FOR", "MADE", "EXPIRES", "LAST USED")
    plain = [_plain(each.credential) | {"uses": plain_uses(each.uses)} for each in found]
    session(context).output.table(plain, head, [_row(each) for each in found])


@app.command(epilog="Example: posthouse token remove root@example.test billing")
def remove(context: typer.Context, address: Address, name: Annotated[str, typer.Argument(help="Its name or its id.")]) -> None:
    """Revoke a token; it is void at once."""
    gone = at_home(context, lambda house: TokenControl(administration(house)).remove(OPERATOR, address, name))
    session(context).output.value(_plain(gone), f"removed the token {gone.name!r} of {address}")


def _row(used: UsedToken) -> tuple[str, ...]:
    token = used.credential
    acts = ", ".join(token.acts) or ("none" if token.protocols else "all")
    return (
        token.name,
        acts,
        ", ".join(token.places) or "all",
        ",".join(token.protocols) or "no mail",
        moment(token.created_at),
        moment(token.expires_at, never="never"),
        last_used(used.uses),
    )


def _plain(token: Credential) -> dict[str, Any]:
    return {
        "id": to_text(token.id),
        "name": token.name,
        "acts": list(token.acts),
        "domains": list(token.places),
        "protocols": list(token.protocols),
        "created_at": iso(token.created_at),
        "expires_at": iso(token.expires_at),
    }
