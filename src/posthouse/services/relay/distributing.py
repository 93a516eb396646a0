"""Sending on what comes to a group: the runner's destination ``groups``. Members are looked up when it is sent on, not before.

The members are recipients of messages of the queue, which are enqueued in the commit that records that the group has it.
"""

import asyncio
import hashlib
from collections import deque
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from msgspec.structs import replace

from posthouse.filters.access import AccessList
from posthouse.filters.verdict import read_verdict
from posthouse.formats.address.key import address_key, domain_key
from posthouse.formats.address.mailbox import InvalidMailbox, format_mailbox, parse_mailbox
from posthouse.formats.header.fields import fields
from posthouse.foundation.errors import NotFound, PosthouseError, Refused
from posthouse.foundation.ids import AccountId, DeliveryId, QueueId
from posthouse.foundation.limits import INLINE_BODY_OCTETS
from posthouse.model.account import Account, OwnerKind, Status
from posthouse.model.content import Content, Piece, Range, slices
from posthouse.model.delivery import Notify, QueuedMessage, Recipient
from posthouse.model.traffic.group import Group
from posthouse.ports.directory import DirectoryReader
from posthouse.ports.queue import Queue
from posthouse.services.receive.acceptance import LOCAL
from posthouse.services.receive.forwarding import Forwarding
from posthouse.services.receive.queueing import destination_of
from posthouse.services.receive.recipients import Recipients
from posthouse.services.relay.answer import Answer, Fate

MEMBERS: Final = 200_000
"""People one message is sent on to at most."""
TOGETHER: Final = 5_000
"""Members of one message of the queue."""
PERSONAL: Final = 1_000
"""Members to each of whom a message of its own is written, where the group wants that; larger ones get it as it came."""
PAGE: Final = 1_000


@dataclass(frozen=True)
class DistributingParts:
    """What distributing works with."""

    directory: DirectoryReader
    queue: Queue
    forwarding: Forwarding
    hostname: str


class Distributing:
    """Takes messages out of the queue as if it were a mailbox."""

    def __init__(self, parts: DistributingParts) -> None:
        self._parts = parts
        self._recipients = Recipients(parts.directory)

    async def deliver(self, message: QueuedMessage) -> Sequence[Answer]:
        """Send a message on to the members of each group it is for; one answer each."""
        return [await self._deliver_one(message, recipient) for recipient in message.recipients]

    async def _deliver_one(self, message: QueuedMessage, recipient: Recipient) -> Answer:
        try:
            account, group = await self._group(recipient.address)
            found, whole = await self._members(account, group)
            children = await self._children(message, recipient, group, list(found.items()))
        except Refused as error:
            return Answer(Fate.NEVER, "5.1.1", str(error))
        except PosthouseError as error:
            return Answer(Fate.LATER, "4.3.0", str(error))
        words = f"sent on to {len(found)} members" + (
            "" if whole else f"; the rest is left out, {MEMBERS} are the most there can be"
        )
        return Answer(Fate.DELIVERED, "2.0.0", words, caused=tuple(children))

    async def _group(self, address: str) -> tuple[Account, Group]:
        account = await self._parts.directory.account_at(address_key(parse_mailbox(address)))
        group = None if account is None else await self._parts.directory.group(account.id)
        if account is None or group is None or account.status is Status.REMOVED:
            raise NotFound(f"the group {address} does not exist any more")
        return account, group

    async def _members(self, account: Account, group: Group) -> tuple[dict[str, str], bool]:
        """Addresses to destinations of everybody in the group, each once; and whether that is all of them."""
        found: dict[str, str] = {account.address: LOCAL} if group.keeps_copy else {}
        seen: set[AccountId] = {account.id}
        waiting = deque(group.members)
        while waiting and len(found) < MEMBERS:
            member = waiting.popleft()
            if "*" in member:
                found |= {address: LOCAL async for address in self._matching(member)}
                continue
            try:
                resolved = await self._recipients.resolve(parse_mailbox(member), relay=True)
            except (Refused, InvalidMailbox):
                continue  # somebody who is gone does not keep the others from their mail
            found.update({each.address: LOCAL for each in resolved.accounts})
            found.update({format_mailbox(other): destination_of(other) for other in resolved.foreign})
            for inner in resolved.groups:
                if inner.id not in seen and (nested := await self._parts.directory.group(inner.id)) is not None:
                    seen.add(inner.id)
                    waiting.extend(nested.members)
                    found.update({inner.address: LOCAL} if nested.keeps_copy else {})
        return found, not waiting

    async def _matching(self, pattern: str) -> AsyncIterator[str]:
        """Addresses of our people in the pattern's domain that fit it."""
        domain, wanted = domain_key(pattern.rpartition("@")[2]), AccessList([pattern])
        after = ""
        while page := await self._parts.directory.accounts(domain, after, PAGE):
            after = page[-1].key
            for account in page:
                person = account.kind is OwnerKind.PERSON and account.status is not Status.REMOVED
                if person and wanted.sender(account.key) is not None:
                    yield account.address
            await asyncio.sleep(0)  # looking is done on the event loop: others take their turns

    async def _children(
        self, message: QueuedMessage, recipient: Recipient, group: Group, members: list[tuple[str, str]]
    ) -> list[QueuedMessage]:
        if not members:
            return []
        size = 1 if group.personal and len(members) <= PERSONAL else TOGETHER
        head = await self._parts.queue.read(message.id, 0, INLINE_BODY_OCTETS) if size == 1 else b""
        forward_path = await self._forward_path(message, recipient)
        children = []
        for number, part in enumerate(_parts(members, size)):
            child = replace(
                message,
                id=QueueId(_derived(recipient.delivery_id, f"{number}")),
                recipients=tuple(_recipient(recipient, member) for member in part),
                content=addressed(message.content, head, part[0][0]) if size == 1 else message.content,
                forward_path=forward_path,
                parent_trace_id=message.trace_id,
                release_at=0.0,
                return_content="HDRS",
            )
            children.append(child)
            await asyncio.sleep(0)
        return children

    async def _forward_path(self, message: QueuedMessage, recipient: Recipient) -> str:
        """Mail of others that leaves this house again carries an address of ours."""
        if not message.reverse_path or read_verdict(message.record).protocol.endswith("A"):
            return ""
        sender = parse_mailbox(message.reverse_path)
        if await self._recipients.is_ours(sender):
            return ""
        return self._parts.forwarding.forward_path(sender, parse_mailbox(recipient.address).domain or self._parts.hostname)


def addressed(content: Content, head: bytes, member: str) -> Content:
    """The content as if it had been written to one member; ``head`` are its first octets as shown."""
    whole = content.pieces or (Range(0, content.body_octets),)
    pieces: list[Piece] = [f"To: <{member}>\r\n".encode()]
    at = 0
    for field in fields(head):
        if field.name.lower() in {b"to", b"cc"}:
            pieces += slices(whole, at, field.start)
            at = field.end
    return Content(content.body, (*pieces, *slices(whole, at, content.size_octets)))


def _recipient(group: Recipient, member: tuple[str, str]) -> Recipient:
    address, destination = member
    return Recipient(
        address,
        notify=group.notify & ~Notify.SUCCESS,
        delivery_id=DeliveryId(_derived(group.delivery_id, address)),
        destination=destination,
        final_recipient=group.address,
    )


def _derived(delivery_id: bytes, what: str) -> bytes:
    """The same id whenever the same delivery is done again."""
    return hashlib.blake2b(delivery_id + what.encode("utf-8", "surrogatepass"), digest_size=16).digest()


def _parts(members: list[tuple[str, str]], size: int) -> Iterator[list[tuple[str, str]]]:
    for start in range(0, len(members), size):
        yield members[start : start + size]
