"""``posthouse passkey``."""

from typing import Annotated, Any

import typer

from posthouse.bootstrap.commands.browsers import passkey_control
from posthouse.bootstrap.house import OPERATOR
from posthouse.cli.output import iso, moment
from posthouse.cli.session import at_home, session
from posthouse.foundation.ids import to_text
from posthouse.services.browsers.passkey_control import Passkey

app = typer.Typer(help="Passkeys, which owners make in their browsers.", no_args_is_help=True)
Address = Annotated[str, typer.Argument(metavar="ADDRESS", help="Whose they are, e.g. alice@example.test")]


@app.command("list", epilog="Example: posthouse passkey list alice@example.test")
def list_(context: typer.Context, address: Address) -> None:
    """List an account's passkeys."""
    found = at_home(context, lambda house: passkey_control(house).all(OPERATOR, address))
    rows = [(each.name, moment(each.created_at), "may be copied: refused" if each.may_be_copied else "in use") for each in found]
    session(context).output.table([_plain(each) for each in found], ("NAME", "MADE", "STATE"), rows)


@app.command(epilog="Example: posthouse passkey remove alice@example.test phone")
def remove(
    context: typer.Context, address: Address, name: Annotated[str, typer.Argument(metavar="NAME", help="Its name or its id.")]
) -> None:
    """Remove a passkey; browsers that signed in with it are signed out."""
    gone = at_home(context, lambda house: passkey_control(house).remove(OPERATOR, address, name))
    session(context).output.value(_plain(gone), f"removed the passkey {gone.name!r} of {address}")


def _plain(each: Passkey) -> dict[str, Any]:
    return {
        "id": to_text(each.id),
        "name": each.name,
        "created_at": iso(each.created_at),
        "may_be_copied": each.may_be_copied,
    }
