"""URLFETCH (RFC 4467 §7, RFC 5524): what authorised URLs name, also from mailboxes that the session cannot open."""

from typing import Final

from posthouse.formats.mime.part import Part
from posthouse.formats.mime.transfer import decode
from posthouse.foundation.errors import NotFound, PosthouseError, Refused, Unavailable
from posthouse.protocols.imap.commands.urls.urlauth import UrlFetch, UrlItem, UrlRequest
from posthouse.protocols.imap.grammar.section import Section, SectionText
from posthouse.protocols.imap.projections.body_structure import body_structure
from posthouse.protocols.imap.projections.section import body_part
from posthouse.protocols.imap.responses import urls as response
from posthouse.protocols.imap.url.authorised import authorised_url
from posthouse.protocols.imap.url.imap_url import ImapUrl
from posthouse.servers.imap.answers import Done
from posthouse.servers.imap.fetching.bodies import KNOWN_ENCODINGS
from posthouse.servers.imap.session import Session
from posthouse.servers.imap.urls.extract import Extract, Message, cut, extent, extract, pieces
from posthouse.transport.errors import Disconnected

_END: Final = b"\r\n"


async def url_fetch(session: Session, command: UrlFetch) -> Done:
    """Answer each URL in a line of its own; NIL for one that is wrong in any way."""
    for request in command.requests:
        try:
            await _answer(session, request)
        except Refused:
            session.write(response.url_fetch(request.url, response.NOTHING) + _END)
        await session.drain()
    return Done("URLs fetched")


async def _answer(session: Session, request: UrlRequest) -> None:
    """Write the line for one URL. Raises: Refused, before anything is written."""
    place = await session.house.urls.redeem(session.the_principal(), request.url)
    url = authorised_url(request.url).url
    message = Message(place.mail, place.mailbox_id, url.uid)
    found = await extract(message, url)
    if request.items is None:
        session.write(response.url_fetch(request.url, b"{%d}\r\n" % found.size_octets))
        await _send(session, found)
        session.write(_END)
        return
    items = request.items or (UrlItem.BODY,)
    values = []
    if UrlItem.BODYPARTSTRUCTURE in items:
        structure = await _structure(session, message, url.section)
        values.append(response.metadata(UrlItem.BODYPARTSTRUCTURE.value, structure))
    if UrlItem.BINARY in items:
        decoded = response.binary_octets(await _decoded(session, message, url))
        values.append(response.metadata(UrlItem.BINARY.value, decoded))
    if UrlItem.BODY not in items:
        session.write(response.url_fetch(request.url, *values) + _END)
        return
    session.write(response.url_fetch(request.url, *values, b"(BODY {%d}\r\n" % found.size_octets))
    await _send(session, found)
    session.write(b")" + _END)


async def _send(session: Session, found: Extract) -> None:
    """Write octets as fast as the client reads.

    Raises: Disconnected when the store fails: the client has been promised octets, and nothing else can be said.
    """
    try:
        async for piece in pieces(found):
            session.write(piece.replace(b"\x00", b" "))
            await session.drain()
    except PosthouseError as error:
        raise Disconnected("a message could not be read to its end") from error


async def _structure(session: Session, message: Message, section: Section) -> bytes:
    """What BODYSTRUCTURE says of a part, or of the message; NIL for what is neither."""
    size_octets, tree = await extent(message, has_parts=True)
    part = _part_meant(tree, section)
    if part is None:
        return response.NOTHING
    if not _holds_message(part):
        return body_structure(b"", part)
    octets = await _held(session, Extract(message, 0, size_octets))
    return body_structure(octets, part)


async def _decoded(session: Session, message: Message, url: ImapUrl) -> bytes | None:
    """A part without its transfer encoding; None for what is no part, or encoded in a way nobody knows (RFC 5524 §3.1)."""
    size_octets, tree = await extent(message, has_parts=True)
    part = _part_meant(tree, url.section)
    if part is None or part.transfer_encoding not in KNOWN_ENCODINGS:
        return None
    if not url.section.part:
        start, end = cut(0, size_octets, url.partial)
        return await _held(session, Extract(message, start, end))
    octets = await _held(session, Extract(message, part.body_start, part.body_end))
    if not part.children:
        octets = decode(octets, part.transfer_encoding)
    start, end = cut(0, len(octets), url.partial)
    return octets[start:end]


async def _held(session: Session, found: Extract) -> bytes:
    """Octets as a whole. Raises: Unavailable where memory is short."""
    budget = session.house.budget
    if not budget.take(found.size_octets):
        raise Unavailable("the server is short of memory, try again")
    try:
        return b"".join([piece async for piece in pieces(found)])
    finally:
        budget.give(found.size_octets)


def _part_meant(tree: Part | None, section: Section) -> Part | None:
    """The part that a section is all of."""
    if tree is None or section.text is not SectionText.WHOLE:
        return None
    part = body_part(tree, section.part) if section.part else tree
    if part is None:
        raise NotFound("there is no such part")
    return part


def _holds_message(part: Part) -> bool:
    return part.is_message or any(map(_holds_message, part.children))
