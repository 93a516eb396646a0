"""Counting how messages fared with DMARC, for the domains that want to hear of it. Collected for a moment, then kept in one go."""

import asyncio
import contextlib
from collections import Counter
from typing import Final

import msgspec

from posthouse.formats.reports.dmarc import PublishedPolicy, Row, SenderResult, SignatureResult
from posthouse.foundation.errors import PosthouseError
from posthouse.model.settings.judging import DMARC_REPORTS
from posthouse.ports.clock import Clock
from posthouse.ports.dmarc_results import DmarcCount, DmarcResults
from posthouse.services.receive.checks.verdicts import Verdicts
from posthouse.services.receive.reception import Reception
from posthouse.services.reports.days import day_of
from posthouse.services.settings import Settings
from posthouse.trust.spf.verdict import Identity

DELAY_SECONDS: Final = 5.0
DIFFERENT: Final = 5_000
"""Counts held in memory; beyond them nothing new is counted until they have been kept."""


class DmarcCounting:
    """One per worker."""

    def __init__(self, results: DmarcResults, settings: Settings, clock: Clock) -> None:
        self._results = results
        self._settings = settings
        self._clock = clock
        self._counts: Counter[DmarcCount] = Counter()
        self._scheduled: asyncio.TimerHandle | None = None
        self._keeping: asyncio.Task[None] | None = None

    def count(self, reception: Reception, verdicts: Verdicts, disposition: str, override: str) -> None:
        """Count one message, if its domain asks for reports; never waits, never raises."""
        record = verdicts.dmarc.record
        if record is None or not record.aggregate_reports or not self._settings[DMARC_REPORTS]:
            return
        counted = self._counted(reception, verdicts, disposition, override)
        if counted in self._counts or len(self._counts) < DIFFERENT:
            self._counts[counted] += 1
        if self._scheduled is None:
            self._scheduled = asyncio.get_running_loop().call_later(DELAY_SECONDS, self._begin)

    async def keep(self) -> None:
        """Keep what has been counted; where nobody takes it, it waits for the next time."""
        counts, self._counts = self._counts, Counter()
        if not counts:
            return
        try:
            await self._results.add(
                [
                    msgspec.structs.replace(each, row=msgspec.structs.replace(each.row, count=number))
                    for each, number in counts.items()
                ]
            )
        except PosthouseError:
            self._counts.update(counts)

    async def stop(self) -> None:
        """Keep what is left."""
        if self._scheduled is not None:
            self._scheduled.cancel()
        if self._keeping is not None:
            await asyncio.wait([self._keeping])
        with contextlib.suppress(PosthouseError):
            await self.keep()

    def _begin(self) -> None:
        self._scheduled = None
        self._keeping = asyncio.get_running_loop().create_task(self.keep())

    def _counted(self, reception: Reception, verdicts: Verdicts, disposition: str, override: str) -> DmarcCount:
        judged, sender = verdicts.dmarc, verdicts.spf
        record = judged.record
        assert record is not None, "there is nothing to count without a policy"
        policy = PublishedPolicy(
            domain=judged.policy_domain,
            policy=record.policy,
            subdomain_policy=record.subdomain_policy,
            nonexistent_policy=record.nonexistent_policy,
            dkim_alignment=record.dkim_alignment,
            spf_alignment=record.spf_alignment,
            percent=record.percent,
            testing=record.testing,
        )
        path = reception.sender.reverse_path
        row = Row(
            source_address=reception.client.address,
            disposition=disposition,
            dkim_aligned=judged.dkim_aligned,
            spf_aligned=judged.spf_aligned,
            header_from=judged.domain,
            envelope_from="" if path is None else path.domain.lower(),
            signatures=tuple(SignatureResult(each.domain, each.result, each.selector) for each in verdicts.dkim),
            sender=None
            if sender is None
            else SenderResult(sender.domain, sender.result, "mfrom" if sender.identity is Identity.MAIL_FROM else "helo"),
            override=override,
            count=0,
        )
        return DmarcCount(day_of(self._clock.now()), policy, record.aggregate_reports, row)
