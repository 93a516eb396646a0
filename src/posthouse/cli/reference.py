"""The reference of all commands, made from the commands themselves: ``python -m posthouse.cli.reference > docs/commands.md``."""

from collections.abc import Iterator
from typing import Final

from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption
from typer.main import get_command

from posthouse.cli.main import app

_OPENING: Final = """\
# Commands

`posthouse [-d DIR] [--json] NOUN VERB …`: everything an installation can be told from its machine, with the server running or
stopped; a running server takes it up at once. This page is made from the commands themselves:
`python -m posthouse.cli.reference > docs/commands.md`.

- **The data directory** is `-d DIR`, else `POSTHOUSE_DATA`, else `/var/lib/posthouse`.
- **`--json`** prints JSON for programs: sizes in octets, times in UTC as `2026-11-22T14:05:09Z`.
- **Passwords** are asked for, or read from standard input with `--password-stdin`; never from arguments.
- **Exit status**: 0 done; 1 failed, with one line on standard error; 2 wrong usage; 130 interrupted.
"""


def reference() -> str:
    """The page as Markdown."""
    return "\n".join([_OPENING, *(line for names, command in commands() for line in _section(names, command))])


def commands() -> Iterator[tuple[tuple[str, ...], TyperCommand]]:
    """Every command that is not hidden, with its words, in the order of the help."""
    yield from _below((), get_command(app))


def _below(names: tuple[str, ...], command: object) -> Iterator[tuple[tuple[str, ...], TyperCommand]]:
    if isinstance(command, TyperGroup):
        for name, child in command.commands.items():
            yield from _below((*names, name), child)
    elif isinstance(command, TyperCommand) and not command.hidden:
        yield names, command


def _section(names: tuple[str, ...], command: TyperCommand) -> Iterator[str]:
    arguments = [parameter for parameter in command.params if isinstance(parameter, TyperArgument)]
    options = [parameter for parameter in command.params if isinstance(parameter, TyperOption)]
    shown = " ".join(["posthouse", *names, *(argument.metavar or "" for argument in arguments)])
    yield f"## {shown}\n"
    yield f"{' '.join((command.help or '').split())}\n"
    for argument in arguments:
        if argument.help:
            yield f"- `{argument.metavar}`: {argument.help}"
    for option in options:
        yield f"- `{_spelt(option)}`: {option.help}"
    if arguments or options:
        yield ""
    yield f"```sh\n{(command.epilog or '').removeprefix('Example: ')}\n```\n"


def _spelt(option: TyperOption) -> str:
    names = " / ".join([*option.opts, *option.secondary_opts])
    value = option.metavar or (option.name or "").upper()
    return names if option.is_flag else f"{names} {value}"


if __name__ == "__main__":
    print(reference(), end="")
