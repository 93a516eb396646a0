"""``posthouse alias``."""

from typing import Annotated, Any

import typer

from posthouse.bootstrap.commands.administration import administration
from posthouse.bootstrap.house import OPERATOR
from posthouse.cli.output import iso, moment
from posthouse.cli.session import at_home, session
from posthouse.model.account import Alias
from posthouse.services.administer.aliases import Aliases

app = typer.Typer(help="Addresses that stand for others.", no_args_is_help=True)
Address = Annotated[str, typer.Argument(metavar="ADDRESS", help="The alias, e.g. sales@example.test")]
Targets = Annotated[list[str], typer.Argument(metavar="TARGET…", help="Where its mail goes: addresses here or elsewhere.")]


@app.command(epilog="Example: posthouse alias add sales@example.test alice@example.test bob@example.org")
def add(context: typer.Context, address: Address, targets: Targets) -> None:
    """Make an alias."""
    alias = at_home(context, lambda house: Aliases(administration(house)).add(OPERATOR, address, targets))
    session(context).output.value(_plain(alias), f"added {alias.address}")


@app.command("list", epilog="Example: posthouse alias list --domain example.test")
def list_(context: typer.Context, domain: Annotated[str | None, typer.Option(help="Only this domain.")] = None) -> None:
    """List the aliases."""
    found = at_home(context, lambda house: Aliases(administration(house)).all(OPERATOR, domain))
    rows = [(alias.address, ", ".join(alias.targets)) for alias in found]
    session(context).output.table([_plain(alias) for alias in found], ("ALIAS", "GOES TO"), rows)


@app.command(epilog="Example: posthouse alias show sales@example.test")
def show(context: typer.Context, address: Address) -> None:
    """Show an alias."""
    alias = at_home(context, lambda house: Aliases(administration(house)).get(OPERATOR, address))
    facts = [("alias", alias.address), *(("goes to", target) for target in alias.targets), ("since", moment(alias.created_at))]
    session(context).output.facts(_plain(alias), facts)


@app.command("set", epilog="Example: posthouse alias set sales@example.test carol@example.test")
def set_(context: typer.Context, address: Address, targets: Targets) -> None:
    """Give an alias other targets."""
    alias = at_home(context, lambda house: Aliases(administration(house)).change(OPERATOR, address, targets))
    session(context).output.value(_plain(alias), f"changed {alias.address}")


@app.command(epilog="Example: posthouse alias remove sales@example.test")
def remove(context: typer.Context, address: Address) -> None:
    """Remove an alias."""
    at_home(context, lambda house: Aliases(administration(house)).remove(OPERATOR, address))
    session(context).output.value({"alias": address}, f"removed {address}")


def _plain(alias: Alias) -> dict[str, Any]:
    return {"alias": alias.address, "targets": list(alias.targets), "created_at": iso(alias.created_at)}
