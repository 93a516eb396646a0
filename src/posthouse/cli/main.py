"""``posthouse [-d DIR] [--json] NOUN VERB …``: the one command of the product.

Exit status: 0 done, 1 failed (one line on standard error says why), 2 wrong usage, 130 interrupted.
"""

import sys
from collections.abc import Sequence
from importlib.metadata import version as version_of
from pathlib import Path
from typing import Annotated

import typer
from typer.exceptions import TyperException

from posthouse.bootstrap.layout import DEFAULT_DIRECTORY, Layout
from posthouse.cli.commands import (
    accounts,
    aliases,
    demo,
    domains,
    handing_in,
    mail,
    queue,
    reports,
    service,
    settings,
    shares,
)
from posthouse.cli.commands.oversight import apply, audit, tokens
from posthouse.cli.commands.people import ldap
from posthouse.cli.commands.signing_in import app_passwords, blocks, passkeys, second_factors, sessions
from posthouse.cli.commands.traffic import announcing, auto_replies, forwards, groups
from posthouse.cli.output import Output, complain
from posthouse.cli.session import Session
from posthouse.foundation.errors import PosthouseError

FAILED, USAGE, INTERRUPTED = 1, 2, 130

app = typer.Typer(
    name="posthouse",
    help="A complete mail service.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
service.add_to(app)
for noun, commands in (
    ("domain", domains.app),
    ("account", accounts.app),
    ("app-password", app_passwords.app),
    ("second-factor", second_factors.app),
    ("session", sessions.app),
    ("passkey", passkeys.app),
    ("token", tokens.app),
    ("audit", audit.app),
    ("alias", aliases.app),
    ("group", groups.app),
    ("forward", forwards.app),
    ("autoreply", auto_replies.app),
    ("block", blocks.app),
    ("share", shares.app),
    ("queue", queue.app),
    ("report", reports.app),
    ("setting", settings.app),
    ("ldap", ldap.app),
):
    app.add_typer(commands, name=noun)
apply.add_to(app)
mail.add_to(app)
announcing.add_to(app)
handing_in.add_to(app)
demo.add_to(app)


def _version(wanted: bool) -> None:
    if wanted:
        print(f"posthouse {version_of('posthouse')}")
        raise typer.Exit


@app.callback()
def begin(
    context: typer.Context,
    directory: Annotated[
        Path, typer.Option("--directory", "-d", envvar="POSTHOUSE_DATA", metavar="DIR", help="The data directory.")
    ] = DEFAULT_DIRECTORY,
    json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False,
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and end.", is_eager=True, callback=_version)
    ] = False,
) -> None:
    """Read the options before the noun."""
    del version
    context.obj = Session(Layout(directory.absolute()), Output(json))


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command and leave with its exit status."""
    sys.exit(run(arguments))


def run(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit status."""
    try:
        status = app(args=None if arguments is None else list(arguments), prog_name="posthouse", standalone_mode=False)
    except TyperException as error:
        return _misused(error)
    except typer.Abort:
        complain("interrupted")
        return INTERRUPTED
    except BrokenPipeError:
        return FAILED
    except PosthouseError as error:
        complain(str(error))
        return FAILED
    return status if isinstance(status, int) else 0


def _misused(error: TyperException) -> int:
    """Say what is wrong with the arguments, and where the right ones are described."""
    text = error.format_message().replace(": Value error, ", ": ")  # the library's own words
    context = getattr(error, "ctx", None)
    if "\n" in text:
        print(text, file=sys.stderr)  # a noun without a verb: the whole help
    elif context is not None:
        complain(f"{text.rstrip('.')}; see {context.command_path} --help")
    else:
        complain(text)
    return error.exit_code


if __name__ == "__main__":
    main()
