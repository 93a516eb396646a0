"""``posthouse account import`` and ``export``: many mailboxes in a table."""

import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from posthouse.bootstrap.commands.administration import administration
from posthouse.bootstrap.house import OPERATOR, House
from posthouse.cli.output import as_json
from posthouse.cli.session import at_home, session
from posthouse.foundation.errors import Invalid
from posthouse.services.administer.accounts import Accounts
from posthouse.services.administer.bulk.bringing_in import Bulk, Doing, RowResult
from posthouse.services.administer.bulk.table import COLUMNS, read_rows, write_rows

HELP = f"Columns: {', '.join(COLUMNS)}, and keys of settings."


def add_to(app: typer.Typer) -> None:
    """Add the commands to a group."""
    app.command("import", epilog="Example: posthouse account import people.csv --dry-run")(import_)
    app.command("export", epilog="Example: posthouse account export --domain example.test > people.csv")(export)


def import_(
    context: typer.Context,
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE.csv", exists=True, dir_okay=False, help=HELP),
    ],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what each row would do.")] = False,
    passwords: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Make passwords for new mailboxes without one, and add them to this file.")
    ] = None,
) -> None:
    """Make and change mailboxes from a table, a row at a time; the same table again does what is left."""
    try:
        rows = read_rows(file.read_text("utf-8"))
    except UnicodeDecodeError as error:
        raise Invalid(f"{file} is not in UTF-8: {error}") from error
    output = session(context).output
    counts = dict.fromkeys(Doing, 0)
    secrets = None if passwords is None or dry_run else _open_secrets(passwords)

    async def work(house: House) -> None:
        bulk = Bulk(administration(house))
        results = bulk.compare(OPERATOR, rows) if dry_run else bulk.bring_in(OPERATOR, rows, generate=secrets is not None)
        async for result in results:
            counts[result.doing] += 1
            if secrets is not None and result.password:
                os.write(secrets, f"{result.address},{result.password}\n".encode())
            if output.json:
                print(as_json(_plain(result)).replace("\n", " "))
            elif result.doing is not Doing.SAME:
                print(_sentence(result))

    try:
        at_home(context, work)
    finally:
        if secrets is not None:
            os.close(secrets)
    if not output.json:
        print(", ".join(f"{count} {doing}" for doing, count in counts.items() if count) or "nothing to do")
    if counts[Doing.REFUSED]:
        raise typer.Exit(1)


def export(context: typer.Context, domain: Annotated[str | None, typer.Option(help="Only this domain.")] = None) -> None:
    """Write the mailboxes as a table that posthouse account import reads; passwords are not in it."""
    found = at_home(context, lambda house: Accounts(administration(house)).all(OPERATOR, domain))
    for line in write_rows(found):
        sys.stdout.write(line)


def _open_secrets(path: Path) -> int:
    """A file only its owner can read; what is in it stays."""
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)


def _plain(result: RowResult) -> dict[str, Any]:
    plain = {"line": result.line, "address": result.address, "doing": result.doing, "before": result.before, "after": result.after}
    return plain | ({"trouble": result.trouble} if result.trouble else {})


def _sentence(result: RowResult) -> str:
    if result.doing is Doing.REFUSED:
        return f"line {result.line}: {result.address or '?'} refused: {result.trouble}"
    told = [f"{name} {result.before.get(name, '')!s} -> {value!s}" for name, value in result.after.items()]
    return f"line {result.line}: {result.doing} {result.address}" + (f" ({'; '.join(told)})" if told else "")
