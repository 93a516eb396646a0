"""Putting a report into the queue: signed, once, to whoever wanted it."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from posthouse.formats.address.key import domain_key
from posthouse.formats.address.mailbox import InvalidMailbox, format_mailbox, parse_mailbox
from posthouse.formats.address.value import Address
from posthouse.foundation.errors import Refused
from posthouse.foundation.ids import ENTROPY_OCTETS, DeliveryId, QueueId, TraceId, make_id, to_text
from posthouse.model.content import Content
from posthouse.model.delivery import Notify, QueuedMessage, Recipient
from posthouse.model.settings.judging import REPORTS_FROM
from posthouse.ports.clock import Clock
from posthouse.ports.directory import DirectoryReader
from posthouse.ports.dmarc_results import DmarcResults
from posthouse.ports.entropy import Entropy
from posthouse.ports.queue import Queue
from posthouse.ports.reports import ReportKind, Reports
from posthouse.ports.resolver import Resolver
from posthouse.ports.tls_results import TlsResults
from posthouse.services.receive.acceptance import LOCAL
from posthouse.services.receive.queueing import destination_of
from posthouse.services.receive.recipients import Recipients
from posthouse.services.reports.composing import Letter
from posthouse.services.settings import Settings
from posthouse.services.trust.signing import Signer


@dataclass(frozen=True)
class ReportingParts:
    """What sending reports works with."""

    hostname: str
    directory: DirectoryReader
    dmarc: DmarcResults
    tls: TlsResults
    reports: Reports
    queue: Queue
    resolver: Resolver
    signer: Signer
    settings: Settings
    clock: Clock
    entropy: Entropy


class Posting:
    """Writes to the domains."""

    def __init__(self, parts: ReportingParts) -> None:
        self._parts = parts
        self._recipients = Recipients(parts.directory)

    async def letter(self, recipients: Sequence[Address]) -> Letter:
        """A letter of today. Raises: Unavailable."""
        now = self._parts.clock.now()
        token = to_text(make_id(int(now * 1000), self._parts.entropy.octets(ENTROPY_OCTETS)))
        return Letter(await self._author(), tuple(recipients), self._parts.hostname, now, token)

    async def _author(self) -> Address:
        try:
            return parse_mailbox(self._parts.settings[REPORTS_FROM])
        except InvalidMailbox:
            domains = await self._parts.directory.domains()
            return Address("postmaster", domains[0].name if domains else self._parts.hostname)

    async def post(self, kind: ReportKind, day: str, domain: str, letter: Letter, octets: bytes) -> int:
        """Put a report into the queue, signed, and mark it as sent; tells whether anybody wanted it."""
        recipients = await self._destined(letter.recipients)
        if recipients:
            content = Content(octets)
            signature = await self._parts.signer.signatures(content, domain_key(letter.author.domain))
            name = hashlib.blake2b(f"{kind} {day} {domain}".encode(), digest_size=16).digest()
            await self._parts.queue.enqueue(
                QueuedMessage(
                    id=QueueId(name),
                    trace_id=TraceId(self._id()),
                    reverse_path="",
                    content=content.with_prefix(signature),
                    recipients=recipients,
                    received_at=self._parts.clock.now(),
                )
            )
        await self._parts.reports.mark_sent(kind, day, domain)
        return int(bool(recipients))

    async def _destined(self, addresses: Sequence[Address]) -> tuple[Recipient, ...]:
        found: dict[str, str] = {}
        for address in addresses:
            try:
                resolved = await self._recipients.resolve(address, relay=True)
            except Refused:
                continue
            found.update({account.address: LOCAL for account in resolved.accounts})
            found.update({format_mailbox(other): destination_of(other) for other in resolved.foreign})
        return tuple(
            Recipient(text, notify=Notify.NEVER, delivery_id=DeliveryId(self._id()), destination=destination)
            for text, destination in found.items()
        )

    def _id(self) -> bytes:
        return make_id(int(self._parts.clock.now() * 1000), self._parts.entropy.octets(ENTROPY_OCTETS))
