"""Announcements (B12): one letter for everybody, for a domain, or for a group; each person gets it once.

What names an announcement is whom it is for, what it says, and the day. The same again on that day goes only to who has not got
it: ids are derived from it, so that whatever broke off can simply be done again.
"""

import datetime as dt
import hashlib
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Final

import msgspec

from posthouse.formats.address.address_list import NamedAddress
from posthouse.formats.address.value import Address
from posthouse.formats.mime.build import Composition, build
from posthouse.foundation.errors import Invalid, NotFound
from posthouse.foundation.ids import DeliveryId, QueueId, TraceId, to_text
from posthouse.model.account import OwnerKind, Status
from posthouse.model.content import Content
from posthouse.model.delivery import Notify, QueuedMessage, Recipient
from posthouse.model.principal import Principal
from posthouse.model.role import Act
from posthouse.ports.queue import Queue
from posthouse.services.administer.finding import permitted_account, permitted_domain
from posthouse.services.administer.parts import Administration
from posthouse.services.audit.recording import About, about_account, about_domain
from posthouse.services.receive.acceptance import GROUPS, LOCAL
from posthouse.services.receive.recipients import POSTMASTER

EVERYBODY: Final = "all"
PAGE: Final = 1_000
SUBJECT_CHARACTERS: Final = 200
TEXT_CHARACTERS: Final = 100_000
Progress = Callable[[int], None]


class Announcement(msgspec.Struct, frozen=True):
    """What is said to whom: ``all``, the name of a domain, or the address of a group."""

    to: str
    subject: str
    text: str


class Announcing:
    """The verb; raises Unavailable, OutOfSpace, and NotPermitted for whoever may not announce there."""

    def __init__(self, parts: Administration, queues: Mapping[int, Queue]) -> None:
        self._parts = parts
        self._queues = list(queues.values())

    async def send(self, principal: Principal, announcement: Announcement, progress: Progress | None = None) -> int:
        """Put it into the queue for everybody it is for; tells how many people that are, a group counting as one.

        Raises: Invalid (no text, too long), NotFound (the domain, the group).
        """
        _check(announcement)
        domain, about, groups = await self._whom(principal, announcement.to)
        count = 0
        async with self._parts.recorded(principal, Act.ANNOUNCE, about, after={"subject": announcement.subject}):
            letter = await self._letter(announcement, domain)
            if groups:
                await self._enqueue(letter, about.subject, [(about.subject, GROUPS)])
                return 1
            async for page in self._people(domain):
                await self._enqueue(letter, page[0], [(address, LOCAL) for address in page])
                count += len(page)
                if progress is not None:
                    progress(count)
        return count

    async def _whom(self, principal: Principal, to: str) -> tuple[str | None, About, bool]:
        """The domain (its key) it is for, None for all; and whether it is for a group."""
        if to == EVERYBODY:
            principal.require(Act.ANNOUNCE)
            return None, About(EVERYBODY), False
        if "@" not in to:
            domain = await permitted_domain(self._parts.directory, principal, Act.ANNOUNCE, to)
            return domain.key, about_domain(domain), False
        account = await permitted_account(self._parts, principal, Act.ANNOUNCE, to)
        if await self._parts.directory.group(account.id) is None:
            raise NotFound(f"{account.address} is no group: an announcement is for all, a domain or a group")
        return account.domain, about_account(account), True

    async def _people(self, domain: str | None) -> AsyncIterator[list[str]]:
        after = ""
        while page := await self._parts.directory.accounts(domain, after, PAGE):
            after = page[-1].key
            found = [a.address for a in page if a.kind is OwnerKind.PERSON and a.status is not Status.REMOVED]
            if found:
                yield found

    async def _letter(self, announcement: Announcement, domain: str | None) -> QueuedMessage:
        now = self._parts.clock.now()
        moment = dt.datetime.fromtimestamp(now, dt.UTC)
        name = _digest(announcement.to, announcement.subject, announcement.text, moment.date().isoformat())
        author = Address(POSTMASTER, await self._author_domain(domain))
        composition = Composition(
            author=[NamedAddress("", author)],
            to=[NamedAddress("", author)],
            date=moment,
            message_id=f"<{to_text(name)}@{author.domain}>".encode(),
            boundary=to_text(name),
            subject=announcement.subject,
            extra_fields=(("Auto-Submitted", "auto-generated"), ("X-Auto-Response-Suppress", "All")),
            text=announcement.text,
        )
        return QueuedMessage(QueueId(name), TraceId(name), "", Content(build(composition)), (), now)

    async def _author_domain(self, domain: str | None) -> str:
        for each in await self._parts.directory.domains():
            if domain in (None, each.key):
                return each.name
        raise NotFound("there is no domain, and nobody to write to")

    async def _enqueue(self, letter: QueuedMessage, first: str, recipients: list[tuple[str, str]]) -> None:
        id_ = _digest(letter.id.hex(), first)
        people = tuple(
            Recipient(
                address,
                notify=Notify.NEVER,
                delivery_id=DeliveryId(_digest(letter.id.hex(), address, "delivery")),
                destination=destination,
            )
            for address, destination in recipients
        )
        queue = self._queues[id_[0] % len(self._queues)]
        await queue.enqueue(msgspec.structs.replace(letter, id=QueueId(id_), recipients=people))


def _check(announcement: Announcement) -> None:
    if not announcement.subject.strip() or not announcement.text.strip():
        raise Invalid("an announcement needs a subject and a text")
    if len(announcement.subject) > SUBJECT_CHARACTERS or len(announcement.text) > TEXT_CHARACTERS:
        raise Invalid(f"a subject has at most {SUBJECT_CHARACTERS} characters, a text {TEXT_CHARACTERS}")


def _digest(*words: str) -> bytes:
    return hashlib.blake2b("\0".join(words).encode("utf-8", "surrogatepass"), digest_size=16).digest()
