"""``posthouse block``: from where nobody may sign in."""

from typing import Annotated

import typer

from posthouse.bootstrap.commands.administration import administration
from posthouse.bootstrap.house import OPERATOR, House
from posthouse.bootstrap.storage import CLOCK
from posthouse.cli.output import iso, moment
from posthouse.cli.session import at_home, session
from posthouse.services.guard.blocking import Blocks

app = typer.Typer(help="From where nobody may sign in, because of too many failures or by hand.", no_args_is_help=True)
Subject = Annotated[str, typer.Argument(metavar="SUBJECT", help="An IP address, a network such as 192.0.2.0/24, or an account.")]


@app.command("list", epilog="Example: posthouse block list")
def list_(context: typer.Context) -> None:
    """List the blocks in force."""
    found = at_home(context, lambda house: _blocks(house).all(OPERATOR))
    rows = [(each.subject, each.kind.value, moment(each.until) if each.until else "lifted", each.blocks) for each in found]
    plain = [
        {"subject": each.subject, "kind": each.kind, "until": iso(each.until) if each.until else None, "blocks": each.blocks}
        for each in found
    ]
    session(context).output.table(plain, ("SUBJECT", "BY", "UNTIL", "TIMES"), rows)


@app.command(epilog="Example: posthouse block add 192.0.2.0/24 --hours 24")
def add(
    context: typer.Context,
    network: Annotated[str, typer.Argument(metavar="NETWORK", help="An IP address, or a network such as 192.0.2.0/24.")],
    hours: Annotated[float, typer.Option(help="For so long (0: until it is lifted).", min=0, max=87_600)] = 0.0,
) -> None:
    """Block an address or a network by hand."""
    blocked = at_home(context, lambda house: _blocks(house).add(OPERATOR, network, hours * 3_600))
    session(context).output.value({"blocked": blocked}, f"blocked {blocked}")


@app.command(epilog="Example: posthouse block remove 192.0.2.1")
def remove(context: typer.Context, subject: Subject) -> None:
    """Lift a block and forget the failures that led to it."""
    removed = at_home(context, lambda house: _blocks(house).remove(OPERATOR, subject))
    session(context).output.value({"removed": removed}, f"lifted {subject}")


@app.command(epilog="Example: posthouse block check 192.0.2.1")
def check(context: typer.Context, address: Annotated[str, typer.Argument(metavar="IP", help="The address.")]) -> None:
    """Say whether an address is blocked, by what, and for how long."""
    found = at_home(context, lambda house: _blocks(house).check(OPERATOR, address))
    if found.blocked is None:
        words = "not blocked" if found.counted else "not blocked: failures from there are not counted"
    else:
        words = f"blocked ({found.blocked.value}) " + (f"for {found.seconds:.0f} s" if found.seconds else "until it is lifted")
    session(context).output.value(found, f"{address} is {words}")


def _blocks(house: House) -> Blocks:
    return Blocks(house.guard, house.settings, CLOCK, administration(house).recorder)
