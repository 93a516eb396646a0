"""APPEND (RFC 9051 §6.3.12, RFC 3502, RFC 4469) and REPLACE (RFC 8508).

Messages go to memory or to the spool as they come, and into the mailbox together.
"""

from contextlib import aclosing
from typing import Final

from posthouse.foundation.errors import LimitReached, NotFound
from posthouse.foundation.limits import INLINE_BODY_OCTETS
from posthouse.model import delivery
from posthouse.model.content import Body, Content
from posthouse.model.mailbox import Placed
from posthouse.model.sharing.rights import Right
from posthouse.ports.spool import SpoolFile
from posthouse.protocols.imap.commands.append import Append, AppendMessage
from posthouse.protocols.imap.commands.replace import Replace
from posthouse.protocols.imap.events import (
    AppendEnded,
    Event,
    MessageAnnounced,
    MessageEnded,
    MessageOctets,
    TextAnnounced,
    UrlGiven,
)
from posthouse.protocols.imap.responses.codes import EXPUNGEISSUED, LIMIT, NONEXISTENT, TOOBIG, TRYCREATE, append_uid
from posthouse.protocols.imap.responses.status import untagged_ok
from posthouse.servers.imap.answers import Done, No, refusal
from posthouse.servers.imap.commands.limiting import require_few
from posthouse.servers.imap.commands.numbers import require_uids
from posthouse.servers.imap.commands.select import sequence_code
from posthouse.servers.imap.commands.sharing.quota import warn
from posthouse.servers.imap.flags import from_wire
from posthouse.servers.imap.folders.by_name import Folder
from posthouse.servers.imap.mailbox.selected import Selected
from posthouse.servers.imap.session import Session
from posthouse.servers.imap.telling import catch_up
from posthouse.servers.imap.urls.reading import octets_of

MESSAGES: Final = 1_000
"""Messages in one APPEND."""


async def append(session: Session, command: Append) -> None:
    """Begin to take messages in; where that cannot work they are refused before they come."""
    _, folders = session.the_mail()
    try:
        folder = await folders.destination(command.mailbox)
        await folder.mail.require(folder.mailbox.id, Right.INSERT)
    except Exception as error:  # noqa: BLE001 -- the connection must hear of it, to swallow what comes
        session.connection.refuse(refusal(session.tag, error, session.modes.say))
        return
    session.dialogue = Appending(session, folder)


async def replace(session: Session, command: Replace) -> None:
    """Begin to take in the message that replaces another."""
    _, folders = session.the_mail()
    try:
        uid = _replaced(session, command)
        folder = await folders.destination(command.mailbox)
        await folder.mail.require(folder.mailbox.id, Right.INSERT)
    except Exception as error:  # noqa: BLE001 -- as for APPEND
        session.connection.refuse(refusal(session.tag, error, session.modes.say))
        return
    session.dialogue = Replacing(session, folder, uid)


def _replaced(session: Session, command: Replace) -> int:
    """UID of the message to be replaced.

    Raises: Bad for a number there is not, and for any number where there are none; No for a UID there is not.
    """
    require_uids(session.modes, command)
    chosen = session.writable().chosen(command.message, uid=command.uid)
    if not chosen:
        raise No("There is no such message", NONEXISTENT)
    return chosen[0]


class Appending:
    """An APPEND under way."""

    __slots__ = (
        "_appends",
        "_copied_octets",
        "_folder",
        "_gathered",
        "_message",
        "_reserved",
        "_session",
        "_size_octets",
        "_spooled",
        "_spools",
    )

    def __init__(self, session: Session, folder: Folder) -> None:
        self._session = session
        self._folder = folder
        self._appends: list[delivery.Append] = []
        self._message: AppendMessage | None = None
        self._gathered: list[bytes] = []
        self._spooled: SpoolFile | None = None
        self._spools: list[SpoolFile] = []
        """All spool files, to be thrown away at the end: whoever accepted the octets has its own link."""
        self._reserved = 0
        """Octets taken from the worker's budget of memory."""
        self._size_octets = 0
        """Octets of a catenated message so far, with those of the text that is on its way."""
        self._copied_octets = 0
        """Octets that URLs have brought: a short command must not fill the disk."""

    async def take(self, event: Event) -> Done | None:
        """Go on with what came."""
        try:
            if isinstance(event, MessageAnnounced):
                await self._announced(event.message)
            elif isinstance(event, MessageOctets):
                await self._octets(event.octets)
            elif isinstance(event, TextAnnounced):
                self._text_announced(event.size_octets)
            elif isinstance(event, UrlGiven):
                await self._url(event.url)
            elif isinstance(event, MessageEnded):
                await self._ended()
            elif isinstance(event, AppendEnded):
                return await self._store()
        except Exception as error:
            if isinstance(event, AppendEnded):
                raise
            await self._refuse(error)
        return None

    async def abandon(self) -> None:
        """Give back memory and spool files."""
        self._session.house.budget.give(self._reserved)
        self._reserved = 0
        self._gathered.clear()
        self._appends.clear()
        spools, self._spools = self._spools, []
        for spool in spools:
            await spool.discard()

    async def _refuse(self, error: Exception) -> None:
        """Answer with the failure once the octets that are on their way have gone by."""
        self._session.dialogue = None
        self._session.connection.refuse(refusal(self._session.tag, error, self._session.modes.say))
        await self.abandon()

    async def _announced(self, message: AppendMessage) -> None:
        """Check what can be checked before a message comes, and let it come."""
        self._size_octets = 0
        self._grow(message.size_octets)
        if not message.size_octets and not message.is_catenated:
            raise No("The message is empty")
        if len(self._appends) >= MESSAGES:
            raise No(f"At most {MESSAGES} messages at once", LIMIT)
        require_few(self._session, len(self._appends) + 1)
        from_wire(message.flags)
        # How long a catenated message will be is not known.
        if message.is_catenated or message.size_octets > INLINE_BODY_OCTETS or not self._reserve(message.size_octets):
            self._spooled = await self._session.house.spool.create()
            self._spools.append(self._spooled)
        self._message = message
        self._session.write(self._session.connection.accept_message())
        self._session.flush()

    def _text_announced(self, size_octets: int) -> None:
        """Let a text of a catenated message come."""
        self._grow(size_octets)
        self._session.write(self._session.connection.accept_message())
        self._session.flush()

    async def _url(self, url: bytes) -> None:
        """Put what a URL names into a catenated message, piece by piece."""
        async with aclosing(octets_of(self._session, url)) as pieces:
            async for octets in pieces:
                self._grow(len(octets))
                self._copied_octets += len(octets)
                if self._copied_octets > self._session.append_limit:
                    raise No(f"At most {self._session.append_limit} octets by URL at once", LIMIT)
                await self._octets(octets)

    def _grow(self, octets: int) -> None:
        """Count octets of the message before they are taken in. Raises: No, code TOOBIG."""
        self._size_octets += octets
        if self._size_octets > self._session.append_limit:
            raise No(f"A message may have {self._session.append_limit} octets", TOOBIG)

    def _reserve(self, octets: int) -> bool:
        """Take memory for a small message; without any it goes to the spool."""
        if not self._session.house.budget.take(octets):
            return False
        self._reserved += octets
        return True

    async def _octets(self, octets: bytes) -> None:
        if self._spooled is not None:
            await self._spooled.write(octets)
        else:
            self._gathered.append(octets)

    async def _ended(self) -> None:
        """A message is complete."""
        message = self._message
        if message is None:
            raise LimitReached("the message was not announced")
        if not self._size_octets:
            raise No("The message is empty")
        body: Body = b"".join(self._gathered)
        if self._spooled is not None:
            body = await self._spooled.finish()
        self._gathered.clear()
        self._spooled = self._message = None
        bits, keywords = from_wire(message.flags)
        moment = message.internal_date
        received_at = self._session.house.clock.now() if moment is None else moment.timestamp()
        self._appends.append(delivery.Append(Content(body), received_at, bits, keywords))

    async def _store(self) -> Done:
        """Put all messages into the mailbox, or none."""
        session, folder = self._session, self._folder
        try:
            with session.patience():
                placed = await folder.mail.append(folder.mailbox.id, self._appends)
        except NotFound:
            raise No("The mailbox has been deleted", TRYCREATE) from None
        finally:
            await self.abandon()
        if session.selected is not None and session.selected.mailbox_id == folder.mailbox.id:
            await catch_up(session)
        await warn(session, folder.mail)
        return Done("Message stored" if len(placed.uids) == 1 else "Messages stored", append_uid(placed.uid_validity, placed.uids))


class Replacing(Appending):
    """A REPLACE under way."""

    __slots__ = ("_uid",)

    def __init__(self, session: Session, folder: Folder, uid: int) -> None:
        super().__init__(session, folder)
        self._uid = uid

    async def _store(self) -> Done:
        """Put the message into the mailbox and expunge the other, in one step.

        Raises: No, code EXPUNGEISSUED, when there is nothing to replace any more.
        """
        session, selected = self._session, self._session.the_selected()
        try:
            with session.patience():
                placed = await self._replaced(selected)
        except NotFound:
            raise No("The message to be replaced no longer exists", EXPUNGEISSUED) from None
        finally:
            await self.abandon()
        # APPENDUID comes before the expunge, while the client still knows the old message (RFC 8508 §4.3).
        session.write(untagged_ok(session.modes.say("Replacement stored"), append_uid(placed.uid_validity, placed.uids)))
        await catch_up(session)
        return Done("Replaced", sequence_code(session, selected))

    async def _replaced(self, selected: Selected) -> Placed:
        """One transaction in one account; between two the other is expunged once this one is safe."""
        mail, mailbox_id = self._folder.mail, self._folder.mailbox.id
        if mail.account_id == selected.mail.account_id:
            return await mail.replace(selected.mailbox_id, self._uid, mailbox_id, self._appends[0])
        await selected.mail.require(selected.mailbox_id, Right.DELETE_MESSAGES | Right.EXPUNGE)
        if selected.view.position(self._uid) is None:
            raise NotFound("there is no such message")
        placed = await mail.append(mailbox_id, self._appends)
        await selected.mail.expunge(selected.mailbox_id, [self._uid], forced=True)
        return placed
