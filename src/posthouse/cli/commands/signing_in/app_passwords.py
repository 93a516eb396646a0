"""``posthouse app-password``."""

from typing import Annotated, Any

import typer

from posthouse.bootstrap.commands.administration import administration
from posthouse.bootstrap.house import OPERATOR
from posthouse.cli.arguments import expiry
from posthouse.cli.output import iso, moment
from posthouse.cli.session import at_home, confirm, session
from posthouse.foundation.ids import to_text
from posthouse.model.account import Credential
from posthouse.services.administer.credentials import AppPasswords

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
) -> None:
    """Make an app password and print it, alone, this once."""
    made = at_home(context, lambda house: AppPasswords(administration(house)).add(OPERATOR, address, name, expires))
    session(context).output.value(_plain(made.credential) | {"password": made.password}, made.password)


@app.command("list", epilog="Example: posthouse app-password list alice@example.test")
def list_(context: typer.Context, address: Address) -> None:
    """List an account's app passwords; what they are nobody can tell any more."""
    found = at_home(context, lambda house: AppPasswords(administration(house)).all(OPERATOR, address))
    rows = [(c.name, f"{c.lookup[:4]}-{c.lookup[4:]}…", moment(c.created_at), moment(c.expires_at, never="never")) for c in found]
    head = ("NAME", "BEGINS", "MADE", "EXPIRES")
    session(context).output.table([_plain(credential) for credential in found], head, rows)


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


def _plain(credential: Credential) -> dict[str, Any]:
    return {
        "id": to_text(credential.id),
        "name": credential.name,
        "begins": credential.lookup,
        "created_at": iso(credential.created_at),
        "expires_at": iso(credential.expires_at),
    }
