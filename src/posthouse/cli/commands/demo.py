"""``posthouse demo``: what ``make run`` calls."""

from pathlib import Path
from typing import Annotated

import typer


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command("demo", hidden=True, epilog="Example: posthouse demo --directory ./demo --port-offset 20000")(demo)


def demo(
    directory: Annotated[Path, typer.Option(metavar="DIR", help="Where it lives; made on first use.")] = Path("demo"),
    port_offset: Annotated[int, typer.Option(min=0, max=64_000, help="Added to every port.")] = 20_000,
) -> None:
    """Serve a demonstration of example.test on this machine, with people and letters in it."""
    from posthouse.bootstrap.demo.run import run_demo  # nobody else needs it

    raise typer.Exit(run_demo(directory, port_offset, lambda text: print(text, flush=True)))
