"""What others report about our domains, for whoever runs them (C4)."""

from typing import Final

import msgspec

from posthouse.formats.address.key import domain_key
from posthouse.formats.reports.dmarc import AggregateReport, Row
from posthouse.formats.reports.tls import TlsReport
from posthouse.foundation.errors import Invalid, NotFound
from posthouse.model.principal import Principal
from posthouse.model.role import Act
from posthouse.ports.clock import Clock
from posthouse.ports.reports import ReceivedReport, ReportKind, Reports

_DAY: Final = 86_400
REPORTS: Final = 1_000


class SourceSummary(msgspec.Struct, frozen=True):
    """What one address sent in a domain's name, over all reports."""

    address: str
    total: int
    passed: int
    """Aligned by DKIM or SPF."""
    refused: int
    """Quarantined or rejected."""
    reporters: tuple[str, ...]


class ReceivedReports:
    """Reading what was kept."""

    def __init__(self, reports: Reports, clock: Clock) -> None:
        self._reports = reports
        self._clock = clock

    async def all(
        self, principal: Principal, kind: ReportKind | None = None, domain: str = "", days: int = 30
    ) -> list[ReceivedReport]:
        """Reports that came in the last days, the newest first. Raises: NotPermitted, Invalid, Unavailable."""
        since = self._clock.now() - days * _DAY
        if domain:
            key = _key(domain)
            principal.require_in(Act.REPORT_LOOK, key)
            return await self._reports.received(kind, key, since, REPORTS)
        principal.require_some(Act.REPORT_LOOK)
        if principal.is_everywhere:
            return await self._reports.received(kind, "", since, REPORTS)
        found = [report for key in principal.reach for report in await self._reports.received(kind, key, since, REPORTS)]
        return sorted(found, key=lambda report: -report.received_at)[:REPORTS]

    async def one(self, principal: Principal, report_id: str) -> ReceivedReport:
        """One report by its id. Raises: NotFound, NotPermitted, Unavailable."""
        principal.require_some(Act.REPORT_LOOK)
        for report in await self._reports.received(limit=REPORTS * 10):
            if report.report_id == report_id and principal.may_in(Act.REPORT_LOOK, report.domain):
                return report
        raise NotFound(f"there is no report {report_id}: posthouse report list shows them")

    async def sources(self, principal: Principal, domain: str, days: int = 30) -> list[SourceSummary]:
        """Who sent in a domain's name, and how it fared; the most messages first. Raises: NotPermitted, Invalid, Unavailable."""
        rows: dict[str, list[tuple[str, Row]]] = {}
        for report in await self.all(principal, ReportKind.DMARC, domain, days):
            for row in read_dmarc(report).rows:
                rows.setdefault(row.source_address, []).append((report.organisation, row))
        found = [_summary(address, members) for address, members in rows.items()]
        return sorted(found, key=lambda each: (-each.total, each.address))


def read_dmarc(report: ReceivedReport) -> AggregateReport:
    """The report itself."""
    return msgspec.json.decode(report.value, type=AggregateReport)


def read_tls(report: ReceivedReport) -> TlsReport:
    """The report itself."""
    return msgspec.json.decode(report.value, type=TlsReport)


def _summary(address: str, members: list[tuple[str, Row]]) -> SourceSummary:
    rows = [row for _, row in members]
    return SourceSummary(
        address,
        sum(row.count for row in rows),
        sum(row.count for row in rows if row.dkim_aligned or row.spf_aligned),
        sum(row.count for row in rows if row.disposition != "none"),
        tuple(dict.fromkeys(organisation for organisation, _ in members)),
    )


def _key(domain: str) -> str:
    try:
        return domain_key(domain) if domain else ""
    except ValueError as error:
        raise Invalid(f"{domain!r} is no domain: {error}") from None
