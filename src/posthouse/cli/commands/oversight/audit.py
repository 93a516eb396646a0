"""``posthouse audit``."""

import sys
from collections.abc import Iterator
from typing import Annotated, Any

import msgspec
import typer

from posthouse.bootstrap.house import OPERATOR, House
from posthouse.cli.arguments import beginning, expiry
from posthouse.cli.output import iso, moment
from posthouse.cli.session import at_home, session
from posthouse.ports.audit import Recorded, Sought
from posthouse.services.administer.audit.reading import MOST, AuditLog

app = typer.Typer(help="Who did what: the log of administrative acts.", no_args_is_help=True)
Since = Annotated[float | None, typer.Option(parser=beginning, metavar="DATE", help="Not before this day or moment (UTC).")]
Until = Annotated[
    float | None, typer.Option(parser=expiry, metavar="DATE", help="To the end of this day, or to this moment (UTC).")
]
Of = Annotated[str, typer.Option("--act", help="An act such as account.add, or a noun such as account.")]
Subject = Annotated[str, typer.Option(help="What it was done to: an address, a domain, a setting's place.")]
By = Annotated[str, typer.Option(help="Who did it: an address.")]
Domain = Annotated[str, typer.Option(help="Only what belongs to this domain.")]


@app.command("list", epilog="Example: posthouse audit list --subject alice@example.test --since 2026-11-01")
def list_(
    context: typer.Context,
    since: Since = None,
    until: Until = None,
    act: Of = "",
    subject: Subject = "",
    by: By = "",
    domain: Domain = "",
    limit: Annotated[int, typer.Option(min=1, max=MOST, metavar="ROWS", help="At most so many.")] = 100,
    before: Annotated[int, typer.Option(min=0, metavar="NUMBER", help="Only entries with lower numbers: the next page.")] = 0,
) -> None:
    """List acts, the newest first."""
    sought = _sought(since, until, act, subject, by, domain)
    page = at_home(context, lambda house: AuditLog(house.audit).page(OPERATOR, sought, before, limit))
    rows = [
        (
            str(each.number),
            moment(each.entry.at),
            each.entry.by,
            each.entry.act,
            each.entry.subject,
            _change(each),
            each.entry.outcome,
        )
        for each in page.entries
    ]
    head = ("NUMBER", "TIME", "BY", "ACT", "SUBJECT", "CHANGE", "NOT DONE")
    session(context).output.table([_plain(each) for each in page.entries], head, rows)
    if page.before:
        print(f"There are more: use --before {page.before}.", file=sys.stderr)


@app.command(epilog="Example: posthouse audit export --since 2026-01-01 > acts.jsonl")
def export(
    context: typer.Context,
    since: Since = None,
    until: Until = None,
    act: Of = "",
    subject: Subject = "",
    by: By = "",
    domain: Domain = "",
) -> None:
    """Print acts for other programs: one JSON object a line, the newest first."""
    sought = _sought(since, until, act, subject, by, domain)

    async def write(house: House) -> None:
        before = 0
        while True:
            page = await AuditLog(house.audit).page(OPERATOR, sought, before, MOST)
            for line in _lines(page.entries):
                print(line)
            if not page.before:
                return
            before = page.before

    at_home(context, write)


@app.command(epilog="Example: posthouse audit verify --known 1204:9f2c…")
def verify(
    context: typer.Context,
    known: Annotated[
        str, typer.Option(metavar="NUMBER:DIGEST", help="What an earlier verify printed: shows that no end was cut off since.")
    ] = "",
) -> None:
    """Check that no entry was altered, taken out or moved."""
    number, _, digest = known.partition(":")
    if known and not (number.isascii() and number.isdecimal() and digest):
        raise typer.BadParameter("write what posthouse audit verify printed: NUMBER:DIGEST")
    verdict = at_home(context, lambda house: AuditLog(house.audit).verify(OPERATOR, int(number or 0), digest))
    facts: list[tuple[str, object]] = [("entries", verdict.entries), ("whole", "no" if verdict.faults else "yes")]
    facts += [("known", f"{verdict.entries}:{verdict.digest}")] if verdict.entries else []
    facts += [("fault", fault) for fault in verdict.faults]
    session(context).output.facts(msgspec.to_builtins(verdict) | {"whole": not verdict.faults}, facts)
    if verdict.faults:
        raise typer.Exit(1)


def _sought(since: float | None, until: float | None, act: str, subject: str, by: str, domain: str) -> Sought:
    return Sought(
        since=since or 0.0, until=until or 0.0, act=act, subject=subject, by=by, domains=(domain.lower(),) if domain else None
    )


def _change(each: Recorded) -> str:
    before, after = each.entry.before, each.entry.after
    text = f"{before} -> {after}" if before and after else (before and f"{before} ->") or after
    return text if len(text) <= 80 else f"{text[:79]}…"


def _lines(entries: tuple[Recorded, ...]) -> Iterator[str]:
    for each in entries:
        yield msgspec.json.encode(_plain(each)).decode()


def _plain(each: Recorded) -> dict[str, Any]:
    entry = msgspec.to_builtins(each.entry)
    for name in ("before", "after"):
        entry[name] = msgspec.json.decode(entry[name]) if entry[name] else None
    return {"number": each.number, **entry, "at": iso(each.entry.at), "digest": each.digest}
