"""``posthouse report``: what others report about our domains."""

from typing import Annotated, Any

import typer

from posthouse.bootstrap.house import OPERATOR, House
from posthouse.bootstrap.storage import CLOCK
from posthouse.cli.output import aligned, iso, moment
from posthouse.cli.session import at_home, session
from posthouse.ports.reports import ReceivedReport, ReportKind
from posthouse.services.administer.reports import ReceivedReports, read_dmarc, read_tls

app = typer.Typer(help="What others report about mail of our domains (DMARC, TLS).", no_args_is_help=True)
Days = Annotated[int, typer.Option(help="Reports that came in so many days.", min=1, max=400)]


@app.command("list", epilog="Example: posthouse report list --domain example.test --days 7")
def list_(
    context: typer.Context,
    domain: Annotated[str, typer.Option(metavar="NAME", help="About this domain only.")] = "",
    kind: Annotated[ReportKind | None, typer.Option(help="Of this kind only.")] = None,
    days: Days = 30,
) -> None:
    """List the reports, the newest first."""
    found = at_home(context, lambda house: _received(house).all(OPERATOR, kind, domain, days))
    rows = [
        (each.report_id, each.kind, each.domain, each.organisation, moment(each.begins_at), each.total, each.failed)
        for each in found
    ]
    session(context).output.table(
        [_plain(each) for each in found], ("REPORT", "KIND", "DOMAIN", "FROM", "DAY", "TOTAL", "FAILED"), rows
    )


@app.command(epilog="Example: posthouse report show 06h17dt38iqd9hpoat")
def show(context: typer.Context, report: Annotated[str, typer.Argument(metavar="REPORT", help="As the list shows it.")]) -> None:
    """Show one report row by row."""
    found = at_home(context, lambda house: _received(house).one(OPERATOR, report))
    if found.kind is ReportKind.DMARC:
        read = read_dmarc(found)
        rows: list[tuple[object, ...]] = [
            (row.source_address, row.count, row.disposition, _word(row.dkim_aligned), _word(row.spf_aligned), row.header_from)
            for row in read.rows
        ]
        head = ("ADDRESS", "MESSAGES", "DONE", "DKIM", "SPF", "FROM")
        session(context).output.value(read, "\n".join(aligned([head, *rows])))
        return
    told = read_tls(found)
    failures = [
        (results.policy.policy_type, each.receiving_mx_hostname, each.result_type, each.failed_session_count)
        for results in told.policies
        for each in results.failure_details
    ]
    columns = ("POLICY", "SERVER", "FAILURE", "SESSIONS")
    session(context).output.value(told, "\n".join(aligned([columns, *failures])))


@app.command(epilog="Example: posthouse report sources example.test")
def sources(
    context: typer.Context, domain: Annotated[str, typer.Argument(metavar="NAME", help="The domain.")], days: Days = 30
) -> None:
    """Show who sent mail in a domain's name, and how it fared."""
    found = at_home(context, lambda house: _received(house).sources(OPERATOR, domain, days))
    rows = [(each.address, each.total, each.passed, each.refused, ", ".join(each.reporters)) for each in found]
    session(context).output.table(found, ("ADDRESS", "MESSAGES", "PASSED", "REFUSED", "REPORTED BY"), rows)


def _received(house: House) -> ReceivedReports:
    return ReceivedReports(house.reports, CLOCK)


def _word(aligned: bool) -> str:
    return "pass" if aligned else "fail"


def _plain(report: ReceivedReport) -> dict[str, Any]:
    return {
        "report": report.report_id,
        "kind": report.kind,
        "domain": report.domain,
        "from": report.organisation,
        "begins": iso(report.begins_at),
        "ends": iso(report.ends_at),
        "received": iso(report.received_at),
        "total": report.total,
        "failed": report.failed,
    }
