"""Our own reports, once a day to every domain that wants them: of the days that are over and not reported yet.

A report is in the queue before its day is marked as sent; its queue id follows from day and domain, so that one that was written
just before a crash is not written twice.
"""

from collections.abc import AsyncIterator, Sequence
from itertools import groupby
from typing import Final

from posthouse.formats.address.mailbox import format_mailbox
from posthouse.formats.reports.dmarc import AggregateReport
from posthouse.formats.reports.tls import (
    DateRange,
    TlsReport,
    moment,
)
from posthouse.model.settings.judging import DMARC_REPORTS, TLS_REPORTS
from posthouse.ports.dmarc_results import DmarcCount
from posthouse.ports.reports import ReportKind
from posthouse.ports.tls_results import TlsCount
from posthouse.services.reports.composing import dmarc_letter, tls_letter
from posthouse.services.reports.days import bounds, day_of, days_before
from posthouse.services.reports.destinations import agreed, mail_addresses, tls_destinations
from posthouse.services.reports.posting import Posting, ReportingParts
from posthouse.services.reports.summing import summed

DAYS: Final = 3
"""Days that are looked back at: a service that was off for a weekend reports on it."""
PAGE: Final = 10


class ReportSending:
    """One in an installation."""

    def __init__(self, parts: ReportingParts) -> None:
        self._parts = parts
        self._posting = Posting(parts)

    async def send_due(self) -> int:
        """Write all reports that are due; tells how many. Raises: Unavailable, OutOfSpace."""
        count = 0
        for day in days_before(day_of(self._parts.clock.now()), DAYS):
            if self._parts.settings[DMARC_REPORTS]:
                async for domain, counts in self._dmarc_of(day):
                    count += await self._send_dmarc(day, domain, counts)
            if self._parts.settings[TLS_REPORTS]:
                async for domain, sessions in self._tls_of(day):
                    count += await self._send_tls(day, domain, sessions)
        return count

    async def _dmarc_of(self, day: str) -> AsyncIterator[tuple[str, list[DmarcCount]]]:
        after = ""
        while page := await self._parts.dmarc.of_day(day, after, PAGE):
            for domain, counts in groupby(page, key=lambda each: each.policy.domain):
                yield domain, list(counts)
            after = page[-1].policy.domain

    async def _tls_of(self, day: str) -> AsyncIterator[tuple[str, list[TlsCount]]]:
        after = ""
        while page := await self._parts.tls.of_day(day, after, PAGE):
            for domain, counts in groupby(page, key=lambda each: each.session.policy_domain):
                yield domain, list(counts)
            after = page[-1].session.policy_domain

    async def _send_dmarc(self, day: str, domain: str, counts: Sequence[DmarcCount]) -> int:
        if await self._parts.reports.is_sent(ReportKind.DMARC, day, domain):
            return 0
        newest = counts[-1]
        addresses = await agreed(self._parts.resolver, domain, mail_addresses(newest.destinations))
        begin, end = bounds(day)
        letter = await self._posting.letter(addresses)
        report = AggregateReport(
            organisation=self._parts.hostname,
            address=format_mailbox(letter.author),
            report_id=letter.token,
            begins_at=begin,
            ends_at=end,
            policy=newest.policy,
            rows=tuple(each.row for each in counts),
        )
        return await self._posting.post(ReportKind.DMARC, day, domain, letter, dmarc_letter(letter, report))

    async def _send_tls(self, day: str, domain: str, counts: Sequence[TlsCount]) -> int:
        if await self._parts.reports.is_sent(ReportKind.TLS, day, domain):
            return 0
        letter = await self._posting.letter(await tls_destinations(self._parts.resolver, domain))
        report = TlsReport(
            organization_name=self._parts.hostname,
            date_range=DateRange(*(moment(second) for second in bounds(day))),
            report_id=letter.token,
            policies=tuple(summed(counts)),
            contact_info=format_mailbox(letter.author),
        )
        return await self._posting.post(ReportKind.TLS, day, domain, letter, tls_letter(letter, domain, report, bounds(day)))
