"""Reports that others have sent about our domains, and which of ours have gone out."""

import enum
from typing import Protocol

import msgspec


class ReportKind(enum.StrEnum):
    """What a report is about."""

    DMARC = "dmarc"
    TLS = "tls"


class ReceivedReport(msgspec.Struct, frozen=True):
    """One report as it is kept. Times are seconds since 1970."""

    kind: ReportKind
    domain: str
    """Ours, that it is about; A-labels in lower case."""
    organisation: str
    report_id: str
    begins_at: float
    ends_at: float
    received_at: float
    total: int
    """Messages, or sessions."""
    failed: int
    value: bytes
    """The report itself as JSON: ``formats.reports``."""


class Reports(Protocol):
    """All verbs raise Unavailable and OutOfSpace."""

    async def keep(self, report: ReceivedReport) -> bool:
        """Keep a report; one that is there already changes nothing. Tells whether it was new."""
        ...

    async def received(
        self, kind: ReportKind | None = None, domain: str = "", since: float = 0.0, limit: int = 1_000
    ) -> list[ReceivedReport]:
        """Reports that came since a moment, the newest first."""
        ...

    async def is_sent(self, kind: ReportKind, day: str, domain: str) -> bool:
        """Whether our report to a domain about a day has gone out."""
        ...

    async def mark_sent(self, kind: ReportKind, day: str, domain: str) -> None:
        """Remember that it has."""
        ...
