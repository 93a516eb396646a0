"""``posthouse app-password``."""

from collections.abc import Sequence
from typing import Annotated, Any

import typer

from posthouse.bootstrap.commands.administration import administration
from posthouse.bootstrap.house import OPERATOR
from posthouse.cli.arguments import expiry
from posthouse.cli.output import iso, moment
from posthouse.cli.session import at_home, confirm, session
from posthouse.foundation.ids import to_text
from posthouse.model.account import PROGRAM_PROTOCOLS, Credential
from posthouse.ports.credential_uses import Use
from posthouse.services.administer.credentials import AppPasswords
from posthouse.services.administer.signing_in.programs import Programs, UsedAppPassword

app = typer.Typer(help="Passwords for mail programs.", no_args_is_help=True)
Address = Annotated[str, typer.Argument(metavar="ADDRESS", help="Whose they are, e.g. alice@example.test")]


@app.command(epilog="Example: posthouse app-password add alice@example.test --name phone --expires 2027-01-31")
def add(
    context: typer.Context,
    address: Address,
    name: Annotated[str, typer.Option(help="What the owner calls it.")] = "",
    expires: Annotated[
        float | None, typer.Option(parser=expiry, metavar="DATE", help="Last day on which it works (UTC); never by default.")
    ] = None,
    only: Annotated[
        str,
        typer.Option("--for", metavar="PROTOCOLS", help=f"Only for these, with commas between: {', '.join(PROGRAM_PROTOCOLS)}."),
    ] = "",
) -> None:
    """Make an app password and print it, alone, this once."""
    protocols = [each.strip().lower() for each in only.split(",") if each.strip()]
    made = at_home(context, lambda house: AppPasswords(administration(house)).add(OPERATOR, address, name, expires, protocols))
    session(context).output.value(_plain(made.credential) | {"password": made.password}, made.password)


@app.command("list", epilog="Example: posthouse app-password list alice@example.test")
def list_(context: typer.Context, address: Address) -> None:
    """List an account's app passwords and the programs that use them; what they are nobody can tell any more."""
    found = at_home(context, lambda house: Programs(administration(house), house.uses).all(OPERATOR, address))
    rows = [_row(each) for each in found]
    head = ("NAME", "BEGINS", "MADE", "EXPIRES", "FOR", "LAST USED")
    session(context).output.table([_plain(each.credential) | {"uses": plain_uses(each.uses)} for each in found], head, rows)


@app.command(epilog="Example: posthouse app-password remove alice@example.test phone")
def remove(
    context: typer.Context,
    address: Address,
    name: Annotated[str, typer.Argument(metavar="[NAME]", help="Its name, its id or its first characters.")] = "",
    named: Annotated[str, typer.Option("--name", metavar="NAME", help="The same as an option.")] = "",
) -> None:
    """Revoke an app password; programs that use it are signed out at once."""
    wanted = name or named
    if not wanted:
        raise typer.BadParameter("say which app password: its name, its id or its first characters")
    gone = at_home(context, lambda house: AppPasswords(administration(house)).remove(OPERATOR, address, wanted))
    session(context).output.value(_plain(gone), f"removed the app password {gone.name!r} of {address}")


@app.command(epilog="Example: posthouse app-password clear alice@example.test")
def clear(
    context: typer.Context, address: Address, yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False
) -> None:
    """Revoke all app passwords of an account; all its programs are signed out at once."""
    confirm(f"Sign out all programs of {address}?", yes=yes)
    count = at_home(context, lambda house: AppPasswords(administration(house)).clear(OPERATOR, address))
    session(context).output.value({"removed": count}, f"removed {count} app passwords of {address}")


def last_used(uses: Sequence[Use]) -> str:
    """When, how, from where and with what something was used last."""
    if not uses:
        return "never"
    use = uses[0]
    return " ".join(filter(None, (moment(use.at), use.protocol, use.address, use.program)))


def plain_uses(uses: Sequence[Use]) -> list[dict[str, Any]]:
    """The same for programs, of all that use it."""
    return [{"protocol": use.protocol, "program": use.program, "address": use.address, "last_used_at": iso(use.at)} for use in uses]


def _row(used: UsedAppPassword) -> tuple[str, ...]:
    kept = used.credential
    begins, scope = f"{kept.lookup[:4]}-{kept.lookup[4:]}…", ",".join(kept.protocols) or "all"
    return kept.name, begins, moment(kept.created_at), moment(kept.expires_at, never="never"), scope, last_used(used.uses)


def _plain(credential: Credential) -> dict[str, Any]:
    return {
        "id": to_text(credential.id),
        "name": credential.name,
        "begins": credential.lookup,
        "created_at": iso(credential.created_at),
        "expires_at": iso(credential.expires_at),
        "protocols": list(credential.protocols),
    }
