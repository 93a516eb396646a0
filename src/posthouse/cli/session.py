"""What every command shares: where the data is, how it speaks, and the house it works with."""

import asyncio
import getpass
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

import typer

from posthouse.bootstrap.house import House, open_house
from posthouse.bootstrap.layout import Layout
from posthouse.cli.output import Output

T = TypeVar("T")


@dataclass
class Session:
    """The options before the noun."""

    layout: Layout
    output: Output


def session(context: typer.Context) -> Session:
    """The session of a command."""
    found = context.find_object(Session)
    assert found is not None
    return found


def at_home(context: typer.Context, work: Callable[[House], Awaitable[T]]) -> T:
    """Open the house, do one thing in it, close it.

    Raises: what the work raises, and what ``open_house`` raises.
    """

    async def run() -> T:
        async with open_house(session(context).layout) as house:
            return await work(house)

    return asyncio.run(run())


def new_password(*, from_stdin: bool) -> str:
    """Read a new password: the first line of standard input, or typed twice.

    Raises: typer.BadParameter.
    """
    if from_stdin:
        return first_line("password")
    if not sys.stdin.isatty():
        raise typer.BadParameter("give the password with --password-stdin")
    password = getpass.getpass("New password: ")
    if getpass.getpass("The same again: ") != password:
        raise typer.BadParameter("the two passwords differ")
    return password


def first_line(what: str) -> str:
    """The first line of standard input. Raises: typer.BadParameter."""
    line = sys.stdin.readline()
    if not line:
        raise typer.BadParameter(f"there is no {what} on standard input")
    return line.rstrip("\r\n")


def confirm(question: str, *, yes: bool) -> None:
    """Ask a person before something that cannot be undone; scripts are not asked.

    Raises: typer.Abort.
    """
    if not yes and sys.stdin.isatty() and sys.stdout.isatty():
        typer.confirm(question, abort=True)
