"""Letters of the house: plain text from postmaster to one address, signed, through the queue as any mail."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from posthouse.formats.address.address_list import NamedAddress
from posthouse.formats.address.key import domain_key
from posthouse.formats.address.mailbox import format_mailbox
from posthouse.formats.address.value import Address
from posthouse.formats.mime.build import Composition, build
from posthouse.foundation.ids import ENTROPY_OCTETS, QueueId, TraceId, make_id, to_text
from posthouse.model.content import Content
from posthouse.model.delivery import QueuedMessage
from posthouse.ports.clock import Clock
from posthouse.ports.directory import DirectoryReader
from posthouse.ports.entropy import Entropy
from posthouse.ports.queue import Queue
from posthouse.services.letters.destined import destined_to
from posthouse.services.receive.recipients import POSTMASTER, Recipients
from posthouse.services.trust.signing import Signer

AUTOMATIC: Final = ("Auto-Submitted", "auto-generated")


@dataclass(frozen=True)
class LetterParts:
    """What writing letters works with."""

    hostname: str
    directory: DirectoryReader
    queue: Queue
    signer: Signer
    clock: Clock
    entropy: Entropy


class Letters:
    """Writes and enqueues."""

    def __init__(self, parts: LetterParts) -> None:
        self._parts = parts
        self._recipients = Recipients(parts.directory)

    async def send(self, addressee: Address, subject: str, text: str, domain: str = "") -> bool:
        """Write to somebody in the name of postmaster of a domain of ours (its key; empty: of this host).

        Tells whether the address leads anywhere. Raises: Unavailable, OutOfSpace.
        """
        recipients = await destined_to(self._recipients, addressee, self._id)
        if not recipients:
            return False
        token, now = to_text(self._id()), self._parts.clock.now()
        author = Address(POSTMASTER, domain or self._parts.hostname)
        composition = Composition(
            author=[NamedAddress("", author)],
            to=[NamedAddress("", addressee)],
            date=datetime.fromtimestamp(now, UTC),
            message_id=f"<{token}@{self._parts.hostname}>".encode(),
            boundary=token,
            subject=subject,
            extra_fields=(AUTOMATIC,),
            text=text,
        )
        content = Content(build(composition))
        await self._parts.queue.enqueue(
            QueuedMessage(
                id=QueueId(self._id()),
                trace_id=TraceId(self._id()),
                reverse_path="",
                content=content.with_prefix(await self._parts.signer.signatures(content, domain_key(author.domain))),
                recipients=recipients,
                received_at=now,
                smtputf8=not format_mailbox(addressee).isascii(),
            )
        )
        return True

    def _id(self) -> bytes:
        return make_id(int(self._parts.clock.now() * 1000), self._parts.entropy.octets(ENTROPY_OCTETS))
