"""Reports that others send about our domains: found in the message, unpacked, read, kept (C4).

They come to ``dmarc-reports@`` and ``tls-reports@`` of any domain of ours, which need no mailbox; a mailbox or alias of that name
has them instead. What is no report is let go: nobody is told, since whoever forged it would only hear that somebody listens.
"""

import asyncio
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

import msgspec

from posthouse.formats.mime.part import Part
from posthouse.formats.mime.scanner import scan
from posthouse.formats.mime.transfer import decode
from posthouse.formats.reports.dmarc import AggregateReport
from posthouse.formats.reports.dmarc_parsing import InvalidReport, parse_aggregate_report
from posthouse.formats.reports.tls import InvalidTlsReport, TlsReport, parse_tls_report
from posthouse.formats.reports.unpacking import InvalidPacking, unpack
from posthouse.foundation.errors import PosthouseError, TemporaryFailure
from posthouse.model.delivery import QueuedMessage
from posthouse.ports.clock import Clock
from posthouse.ports.directory import DirectoryReader
from posthouse.ports.queue import Queue
from posthouse.ports.reports import ReceivedReport, ReportKind, Reports
from posthouse.services.relay.answer import Answer, Fate

MESSAGE_OCTETS: Final = 16_777_216
PARTS: Final = 50
"""Parts of a message that are looked at."""
_KINDS: Final = (b"application", b"text")
_MILLION: Final = 1_000_000_000


class ReportTaking:
    """Takes messages out of the queue as if it were a mailbox."""

    def __init__(self, reports: Reports, directory: DirectoryReader, queue: Queue, clock: Clock) -> None:
        self._reports = reports
        self._directory = directory
        self._queue = queue
        self._clock = clock

    async def deliver(self, message: QueuedMessage) -> Sequence[Answer]:
        """Take the reports out of a message; one answer for each recipient."""
        try:
            words = await self._take(message)
        except TemporaryFailure as error:
            return [Answer(Fate.LATER, "4.3.0", str(error))] * len(message.recipients)
        except PosthouseError as error:
            words = str(error)
        return [Answer(Fate.DELIVERED, "2.0.0", words)] * len(message.recipients)

    async def _take(self, message: QueuedMessage) -> str:
        if message.content.size_octets > MESSAGE_OCTETS:
            return "too large for a report: let go"
        octets = await self._queue.read(message.id)
        found, faults = await asyncio.to_thread(_reports_in, octets)
        told = [await self._keep(report) for report in found]
        return "; ".join([*told, *faults]) or "no report in it: let go"

    async def _keep(self, report: AggregateReport | TlsReport) -> str:
        entries = (
            [_of_dmarc(report, self._clock.now())] if isinstance(report, AggregateReport) else _of_tls(report, self._clock.now())
        )
        ours = [entry for entry in entries if await self._directory.domain(entry.domain) is not None]
        if not ours:
            return "a report about a domain that is not ours: let go"
        new = [await self._reports.keep(entry) for entry in ours]
        kept = "kept" if any(new) else "there already"
        return f"{ours[0].kind.upper()} report of {ours[0].organisation} about {ours[0].domain}: {kept}"


def _reports_in(octets: bytes) -> tuple[list[AggregateReport | TlsReport], list[str]]:
    """All reports in a message, and what was wrong with those that could not be read. In a thread."""
    found: list[AggregateReport | TlsReport] = []
    faults: list[str] = []
    for part in _leaves(scan(octets)):
        try:
            document = unpack(decode(octets[part.body_start : part.body_end], part.transfer_encoding)).lstrip(
                b"\xef\xbb\xbf \t\r\n"
            )
            if document.startswith(b"<"):
                found.append(parse_aggregate_report(document))
            elif document.startswith(b"{"):
                found.append(parse_tls_report(document))
        except (InvalidPacking, InvalidReport, InvalidTlsReport) as error:
            faults.append(str(error))
    return found, faults


def _leaves(root: Part) -> Iterator[Part]:
    """Parts that may hold a report, at most ``PARTS``."""
    waiting, seen = [root], 0
    while waiting and seen < PARTS:
        part = waiting.pop()
        seen += 1
        waiting += reversed(part.children)
        plain = part.media_type == b"text" and part.media_subtype in {b"plain", b"html"}
        if not part.children and part.media_type in _KINDS and not plain:
            yield part


def _of_dmarc(report: AggregateReport, now: float) -> ReceivedReport:
    failed = sum(row.count for row in report.rows if not (row.dkim_aligned or row.spf_aligned))
    return ReceivedReport(
        kind=ReportKind.DMARC,
        domain=report.policy.domain,
        organisation=report.organisation,
        report_id=report.report_id,
        begins_at=report.begins_at,
        ends_at=report.ends_at,
        received_at=now,
        total=min(sum(row.count for row in report.rows), _MILLION),
        failed=min(failed, _MILLION),
        value=msgspec.json.encode(report),
    )


def _of_tls(report: TlsReport, now: float) -> list[ReceivedReport]:
    """One entry for each domain the report is about."""
    entries = []
    for domain in dict.fromkeys(results.policy.policy_domain.lower() for results in report.policies):
        about = [results for results in report.policies if results.policy.policy_domain.lower() == domain]
        good = sum(results.summary.total_successful_session_count for results in about)
        bad = sum(results.summary.total_failure_session_count for results in about)
        entries.append(
            ReceivedReport(
                kind=ReportKind.TLS,
                domain=domain,
                organisation=report.organization_name,
                report_id=report.report_id,
                begins_at=_seconds(report.date_range.start_datetime),
                ends_at=_seconds(report.date_range.end_datetime),
                received_at=now,
                total=min(good + bad, _MILLION),
                failed=min(bad, _MILLION),
                value=msgspec.json.encode(msgspec.structs.replace(report, policies=tuple(about))),
            )
        )
    return entries


def _seconds(text: str) -> float:
    try:
        return datetime.fromisoformat(text).timestamp()
    except (ValueError, OverflowError):
        return 0.0
