"""``posthouse announce``."""

import sys
from typing import Annotated

import typer

from posthouse.bootstrap.commands.administration import announcing
from posthouse.bootstrap.house import OPERATOR
from posthouse.cli.session import at_home, confirm, session
from posthouse.services.administer.people.announcing import Announcement


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: posthouse announce --to example.test --subject 'Maintenance on Sunday' < text")(announce)


def announce(
    context: typer.Context,
    to: Annotated[str, typer.Option(metavar="WHOM", help="all, the name of a domain, or the address of a group.")],
    subject: Annotated[str, typer.Option(help="Its subject.")],
    text: Annotated[str, typer.Option(help="What it says; - reads it from standard input.")] = "-",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Write to everybody, a domain or a group. The same again on the same day goes only to who has not got it."""
    words = sys.stdin.read() if text == "-" else text
    confirm(f"Write to {to}?", yes=yes or text == "-")
    announcement = Announcement(to, subject, words)
    output = session(context).output

    def progress(count: int) -> None:
        if not output.json and sys.stderr.isatty():
            print(f"\r{count}", end="", file=sys.stderr, flush=True)

    count = at_home(context, lambda house: announcing(house).send(OPERATOR, announcement, progress))
    output.value({"to": to, "recipients": count}, f"announced to {count} recipients")
