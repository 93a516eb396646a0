"""Octets that an IMAP URL names (RFC 5092), read in pieces from any mailbox that the session may read."""

from collections.abc import AsyncGenerator
from typing import NamedTuple

from posthouse.formats.mime.part import Part, decode
from posthouse.formats.mime.scanner import scan
from posthouse.foundation.errors import NotFound, NotPermitted
from posthouse.foundation.ids import MailboxId
from posthouse.model.rights import Right
from posthouse.ports.account_store import SIZE
from posthouse.protocols.imap.errors import SyntaxViolation
from posthouse.protocols.imap.grammar.section import Section
from posthouse.protocols.imap.projections.registry import PROJECTIONS, STRUCTURE
from posthouse.protocols.imap.projections.section import header_fields, section_span
from posthouse.protocols.imap.responses.codes import bad_url
from posthouse.protocols.imap.url.imap_url import ImapUrl, UrlPartial, imap_url
from posthouse.servers.imap.answers import No
from posthouse.servers.imap.fetching.stream import PIECE_OCTETS
from posthouse.servers.imap.session import Session
from posthouse.services.mail import Mail


class _Message(NamedTuple):
    """Where a message lies."""

    mail: Mail
    mailbox_id: MailboxId
    uid: int


async def octets_of(session: Session, octets: bytes) -> AsyncGenerator[bytes, None]:
    """Read what a URL, as written, names, in pieces.

    Raises: No, code BADURL, for everything that may not or cannot be read, without saying why.
    """
    try:
        url = imap_url(octets)
        message = await _message(session, url)
        async for piece in _pieces(message, url):
            yield piece
    except (SyntaxViolation, NotFound, NotPermitted, No):
        raise No("A URL does not name a message that can be read", bad_url(octets)) from None


async def _message(session: Session, url: ImapUrl) -> _Message:
    """Find the message. Raises: NotFound, NotPermitted, No."""
    if url.server is not None:  # another server's messages are not fetched, and this one has many names
        raise NotFound("the URL is not relative")
    if url.mailbox is None:
        if session.selected is None:
            raise NotFound("no mailbox is selected")
        mail, mailbox_id = session.selected.mail, session.selected.mailbox_id
    else:
        folder = await session.the_mail()[1].find(url.mailbox)
        mail, mailbox_id = folder.mail, folder.mailbox.id
        if url.uid_validity not in (None, folder.mailbox.uid_validity):
            raise NotFound("the mailbox is another one now")
    await mail.require(mailbox_id, Right.READ)
    return _Message(mail, mailbox_id, url.uid)


async def _pieces(message: _Message, url: ImapUrl) -> AsyncGenerator[bytes, None]:
    """Read what is meant of the message. Raises: NotFound."""
    size_octets, structure = await _extent(message, url.section)
    span = (0, size_octets) if structure is None else section_span(structure, url.section)
    if span is None:
        raise NotFound("there is no such part")
    start, end = span
    if url.section.fields:
        header = await message.mail.read(message.mailbox_id, message.uid, start, end - start)
        block = header_fields(url.section)(header)
        start, end = _cut(0, len(block), url.partial)
        yield block[start:end]
        return
    start, end = _cut(start, end, url.partial)
    for offset in range(start, end, PIECE_OCTETS):
        yield await message.mail.read(message.mailbox_id, message.uid, offset, min(PIECE_OCTETS, end - offset))


async def _extent(message: _Message, section: Section) -> tuple[int, Part | None]:
    """Size of the message, and its tree of parts where a section is wanted. Raises: NotFound."""
    mail, mailbox_id, uid = message
    columns = (SIZE,) if section == Section() else (SIZE, STRUCTURE)
    rows = (await mail.fetch(mailbox_id, [uid], columns)).rows
    if not rows:
        raise NotFound("there is no such message")
    if section == Section():
        return rows[0][1], None
    structure = rows[0][2]
    if structure is None:
        octets = await mail.read(mailbox_id, uid)
        structure = PROJECTIONS[STRUCTURE](octets, scan(octets))
    return rows[0][1], decode(structure)


def _cut(start: int, end: int, partial: UrlPartial | None) -> tuple[int, int]:
    """Narrow a span of octets."""
    if partial is None:
        return start, end
    start = min(start + partial.offset, end)
    return start, end if partial.length is None else min(start + partial.length, end)
