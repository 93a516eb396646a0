"""``posthouse domain export`` and ``posthouse domain import``."""

from pathlib import Path
from typing import Annotated

import msgspec
import typer

from posthouse.bootstrap.commands.moving import export_domain, import_domain
from posthouse.cli.output import Output, end_progress, show_progress
from posthouse.cli.session import at_home, first_line, session
from posthouse.foundation.units import format_octets
from posthouse.services.administer.moving.bringing_in import ImportWish
from posthouse.services.administer.moving.exporting import Exported, ExportWish
from posthouse.services.administer.moving.planning import Plan

Passphrase = Annotated[
    bool, typer.Option("--passphrase-stdin", help="Read the passphrase for passwords and keys from standard input.")
]


def add_to(app: typer.Typer) -> None:
    """Add the commands to a group."""
    app.command("export", epilog="Example: posthouse domain export example.test example.tar --mail --passphrase-stdin < phrase")(
        export
    )
    app.command("import", epilog="Example: posthouse domain import example.tar --dry-run")(import_)


def export(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The domain, e.g. example.test")],
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The archive to be made.")],
    mail: Annotated[bool, typer.Option("--mail", help="With all messages.")] = False,
    passphrase_stdin: Passphrase = False,
) -> None:
    """Write a domain with all that is in it into one file; passwords and keys only with a passphrase."""
    wish = ExportWish(mail, first_line("passphrase") if passphrase_stdin else "")
    output = session(context).output

    def progress(done: Exported) -> None:
        show_progress(f"{done.accounts} accounts, {done.messages} messages")

    done = at_home(context, lambda house: export_domain(house, name, file, wish, progress))
    end_progress()
    words = f"{done.domain}: {done.accounts} accounts, {done.aliases} aliases, {done.messages} messages in {file}"
    output.value(msgspec.to_builtins(done), words)
    _tell(output, done.left_out)


def import_(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False, help="What posthouse domain export made.")],
    name: Annotated[str | None, typer.Option("--as", metavar="NAME", help="Another name for the domain.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would be made.")] = False,
    passphrase_stdin: Passphrase = False,
) -> None:
    """Bring in a domain from a file; what was broken off goes on when it is repeated."""
    wish = ImportWish(name, first_line("passphrase") if passphrase_stdin else "", dry_run)
    output = session(context).output

    def progress(plan: Plan) -> None:
        show_progress(f"{plan.accounts} accounts, {plan.messages} messages")

    plan = at_home(context, lambda house: import_domain(house, file, wish, progress))
    end_progress()
    verb = "would bring in" if dry_run else "brought in"
    words = f"{verb} {plan.domain}: {plan.accounts} accounts, {plan.groups} of them groups, {plan.aliases} aliases, "
    words += f"{plan.messages} messages of {format_octets(plan.size_octets)}" + (", going on" if plan.goes_on else "")
    output.value(msgspec.to_builtins(plan), words)
    _tell(output, plan.left_out)


def _tell(output: Output, left_out: list[str]) -> None:
    if not output.json:
        for words in left_out:
            print(f"left out: {words}")
