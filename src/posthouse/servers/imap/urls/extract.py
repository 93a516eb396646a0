"""What a URL means of a message: a stretch of it, or some fields of its header."""

from collections.abc import AsyncGenerator
from typing import NamedTuple

from posthouse.formats.mime.part import Part, decode
from posthouse.formats.mime.scanner import scan
from posthouse.foundation.errors import NotFound
from posthouse.foundation.ids import MailboxId
from posthouse.ports.account_store import SIZE
from posthouse.protocols.imap.grammar.section import Section
from posthouse.protocols.imap.projections.registry import PROJECTIONS, STRUCTURE
from posthouse.protocols.imap.projections.section import header_fields, section_span
from posthouse.protocols.imap.url.imap_url import ImapUrl, UrlPartial
from posthouse.servers.imap.fetching.stream import PIECE_OCTETS
from posthouse.services.mail import Mail


class Message(NamedTuple):
    """Where a message lies."""

    mail: Mail
    mailbox_id: MailboxId
    uid: int


class Extract(NamedTuple):
    """Octets ``start`` to ``end`` of a message, or of ``octets`` where these have been made from it."""

    message: Message
    start: int
    end: int
    octets: bytes | None = None

    @property
    def size_octets(self) -> int:
        """How many there are."""
        return self.end - self.start


async def extract(message: Message, url: ImapUrl) -> Extract:
    """Find what a URL means of a message. Raises: NotFound."""
    size_octets, structure = await extent(message, has_parts=url.section != Section())
    span = (0, size_octets) if structure is None else section_span(structure, url.section)
    if span is None:
        raise NotFound("there is no such part")
    start, end = span
    if url.section.fields:
        header = await message.mail.read(message.mailbox_id, message.uid, start, end - start)
        block = header_fields(url.section)(header)
        return Extract(message, *cut(0, len(block), url.partial), block)
    return Extract(message, *cut(start, end, url.partial))


async def pieces(found: Extract) -> AsyncGenerator[bytes, None]:
    """Read it."""
    message, start, end, octets = found
    if octets is not None:
        yield octets[start:end]
        return
    for offset in range(start, end, PIECE_OCTETS):
        yield await message.mail.read(message.mailbox_id, message.uid, offset, min(PIECE_OCTETS, end - offset))


async def extent(message: Message, *, has_parts: bool) -> tuple[int, Part | None]:
    """Size of the message, and its tree of parts where that is wanted. Raises: NotFound."""
    mail, mailbox_id, uid = message
    columns = (SIZE, STRUCTURE) if has_parts else (SIZE,)
    rows = (await mail.fetch(mailbox_id, [uid], columns)).rows
    if not rows:
        raise NotFound("there is no such message")
    if not has_parts:
        return rows[0][1], None
    structure = rows[0][2]
    if structure is None:
        octets = await mail.read(mailbox_id, uid)
        structure = PROJECTIONS[STRUCTURE](octets, scan(octets))
    return rows[0][1], decode(structure)


def cut(start: int, end: int, partial: UrlPartial | None) -> tuple[int, int]:
    """Narrow a span of octets."""
    if partial is None:
        return start, end
    start = min(start + partial.offset, end)
    return start, end if partial.length is None else min(start + partial.length, end)
