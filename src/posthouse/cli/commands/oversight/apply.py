"""``posthouse apply``."""

import sys
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from posthouse.bootstrap.commands.administration import administration
from posthouse.bootstrap.house import OPERATOR, House
from posthouse.cli.output import complain
from posthouse.cli.session import at_home, session
from posthouse.services.administer.applying.applying import Applying
from posthouse.services.administer.applying.description import OCTETS, Description, read_description
from posthouse.services.administer.applying.plan import Applied, Step

FAILED = 1


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: posthouse apply company.toml --plan")(apply)


def apply(
    context: typer.Context,
    file: Annotated[str, typer.Argument(metavar="FILE", help="A description in TOML or JSON; - for standard input.")],
    plan: Annotated[bool, typer.Option("--plan", help="Only show what would be done.")] = False,
    prune: Annotated[
        bool, typer.Option("--prune", help="Remove accounts, groups and aliases of described domains that are not described.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Make a description of domains, accounts, groups, aliases and settings true. The plan is shown first."""
    wanted = read_description(_read(file))
    found = at_home(context, lambda house: _work(house, wanted, prune=prune, done=False))
    output = session(context).output
    if plan or not found.steps:
        output.value(msgspec.to_builtins(found), "\n".join(map(line_of, found.steps)) or "nothing to do")
        return
    if not output.json:
        print("\n".join(map(line_of, found.steps)))
    if not yes:
        if not sys.stdin.isatty():
            raise typer.BadParameter("say --yes, or --plan to see what would be done")
        typer.confirm("Do this?", abort=True)
    applied = at_home(context, lambda house: _work(house, wanted, prune=prune, done=True))
    output.value(msgspec.to_builtins(applied), f"done: {applied.done} of {len(applied.steps)}")
    if applied.failed:
        complain(f"{line_of(applied.steps[applied.done])}: {applied.failed}")
        raise typer.Exit(FAILED)


async def _work(house: House, wanted: Description, *, prune: bool, done: bool) -> Applied:
    applying = Applying(administration(house))
    return await (applying.apply if done else applying.plan)(OPERATOR, wanted, prune=prune)


def _read(file: str) -> bytes:
    try:
        if file == "-":
            return sys.stdin.buffer.read(OCTETS + 1)
        with Path(file).open("rb") as opened:
            return opened.read(OCTETS + 1)
    except OSError as error:
        raise typer.BadParameter(f"{file}: {error.strerror}") from error


def line_of(step: Step) -> str:
    """A step as people read it."""
    changes = [f"{name}: {_shown(step.before, name)} -> {_shown(step.after, name)}" for name in {**step.before, **step.after}]
    return f"{step.change} {step.noun} {step.name}" + (f" ({'; '.join(changes)})" if changes else "")


def _shown(values: dict[str, Any], name: str) -> str:
    return msgspec.json.encode(values[name]).decode() if name in values else "nothing"
