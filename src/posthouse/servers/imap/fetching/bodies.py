"""The attributes of FETCH that are octets of the message: BODY[…], RFC822 and its parts, BINARY[…] (RFC 9051 §6.4.5, RFC 3516)."""

from collections.abc import Sequence
from typing import Final

from posthouse.formats.mime.part import Part
from posthouse.formats.mime.transfer import decode
from posthouse.ports.account_store import OCTETS, SIZE
from posthouse.protocols.imap.commands.fetch import BinarySection, BinarySize, BodySection, FetchItem
from posthouse.protocols.imap.grammar.section import Partial, Section, SectionText, serialise_section
from posthouse.protocols.imap.grammar.strings import literal_octets
from posthouse.protocols.imap.projections.registry import HEADER, LISTED_HEADER, STRUCTURE
from posthouse.protocols.imap.projections.section import body_part, header_fields, is_listed, section_span
from posthouse.protocols.imap.responses.codes import UNKNOWN_CTE
from posthouse.servers.imap.answers import No
from posthouse.servers.imap.fetching.items import Item, remembered
from posthouse.servers.imap.fetching.page import Page
from posthouse.servers.imap.fetching.stream import PIECE_OCTETS, Stream, Value

NOTHING: Final = b"NIL"
_WITH_FIELDS = (SectionText.HEADER_FIELDS, SectionText.HEADER_FIELDS_NOT)
KNOWN_ENCODINGS: Final = frozenset(
    [b"7bit", b"8bit", b"binary", b"base64", b"quoted-printable", b"x-uuencode", b"x-uue", b"uuencode"]
)


def body_section(attribute: BodySection) -> Item:
    """How ``BODY[section]<partial>`` is answered."""
    name = b"BODY" + serialise_section(attribute.section) + _origin(attribute.partial)
    return _section_item(name, attribute.section, attribute.partial, sets_seen=not attribute.peek)


def rfc822(item: FetchItem) -> Item:
    """How RFC822, RFC822.HEADER and RFC822.TEXT are answered (RFC 3501 §6.4.5)."""
    text, sets_seen = {
        FetchItem.RFC822: (SectionText.WHOLE, True),
        FetchItem.RFC822_HEADER: (SectionText.HEADER, False),
        FetchItem.RFC822_TEXT: (SectionText.TEXT, True),
    }[item]
    return _section_item(item.value, Section((), text), None, sets_seen=sets_seen)


def _section_item(name: bytes, section: Section, partial: Partial | None, *, sets_seen: bool) -> Item:
    template = name.replace(b"%", b"%%") + b" %b"
    is_of_header = not section.part and section.text in (SectionText.HEADER, *_WITH_FIELDS)
    if is_of_header:
        projection = LISTED_HEADER if is_listed(section) else HEADER
        choose = header_fields(section) if section.text in _WITH_FIELDS else None

        question = name if choose is not None and partial is None else b""

        async def headers(page: Page) -> Sequence[bytes]:
            blocks = await page.projection(projection)
            if choose is not None:
                blocks = list(map(choose, blocks))
            return [literal_octets(_cut(block, partial)) for block in blocks]

        return Item(
            template, (projection,), remembered(question, headers) if question else headers, sets_seen, question, is_dear=True
        )
    if section == Section():

        async def messages(page: Page) -> Sequence[Value]:
            sizes = page.column(SIZE)
            return [await _span(page, index, (0, sizes[index]), partial) for index in range(len(page))]

        return Item(template, (SIZE, OCTETS), messages, sets_seen)

    async def sections(page: Page) -> Sequence[Value]:
        return [await _section(page, index, section, partial) for index in range(len(page))]

    return Item(template, (STRUCTURE, OCTETS), sections, sets_seen)


async def _section(page: Page, index: int, section: Section, partial: Partial | None) -> Value:
    """A section of one message, as a literal or a stream."""
    span = section_span(await page.structure(index), section)
    if span is None:
        return NOTHING
    if section.text in _WITH_FIELDS:
        return literal_octets(_cut(header_fields(section)(await page.span(index, *span)), partial))
    return await _span(page, index, span, partial)


async def _span(page: Page, index: int, span: tuple[int, int], partial: Partial | None) -> Value:
    """Octets of one message, cut to ``partial``; too many to be held are streamed."""
    start, end = span
    if partial is not None:
        start = min(start + partial.offset, end)
        end = min(start + partial.length, end)
    if end - start > PIECE_OCTETS:
        return Stream(page.uids[index], start, end)
    return literal_octets(await page.span(index, start, end) if end > start else b"")


def binary_section(attribute: BinarySection) -> Item:
    """How ``BINARY[part]<partial>`` is answered."""
    template = b"BINARY" + serialise_section(Section(attribute.part)) + _origin(attribute.partial) + b" %b"

    async def values(page: Page) -> Sequence[Value]:
        return [_binary_literal(await _decoded(page, index, attribute.part), attribute.partial) for index in range(len(page))]

    return Item(template, (STRUCTURE, OCTETS), values, not attribute.peek)


def binary_size(attribute: BinarySize) -> Item:
    """How ``BINARY.SIZE[part]`` is answered; nought where there is no such part."""
    template = b"BINARY.SIZE" + serialise_section(Section(attribute.part)) + b" %d"

    async def values(page: Page) -> Sequence[Value]:
        return [len(await _decoded(page, index, attribute.part) or b"") for index in range(len(page))]

    return Item(template, (STRUCTURE, OCTETS), values)


async def _decoded(page: Page, index: int, numbers: tuple[int, ...]) -> bytes | None:
    """A part with its transfer encoding undone; None where there is no such part.

    Raises: No, code UNKNOWN-CTE, for an encoding nobody knows (RFC 3516 §4.3).
    """
    message = await page.structure(index)
    if not numbers:
        return await page.octets(index)
    part = body_part(message, numbers)
    if part is None:
        return None
    if part.transfer_encoding not in KNOWN_ENCODINGS:
        raise No("The transfer encoding of a part is unknown", UNKNOWN_CTE)
    octets = await page.span(index, part.body_start, part.body_end)
    return octets if _is_composite(part) else decode(octets, part.transfer_encoding)


def _is_composite(part: Part) -> bool:
    """Whether the part holds parts: its octets are theirs, and no encoding applies (RFC 2045 §6.4)."""
    return bool(part.children)


def _binary_literal(octets: bytes | None, partial: Partial | None) -> bytes:
    """``nstring / literal8``: the latter where there is a NUL."""
    if octets is None:
        return NOTHING
    octets = _cut(octets, partial)
    return b"~{%d}\r\n%b" % (len(octets), octets) if b"\x00" in octets else literal_octets(octets)


def _cut(octets: bytes, partial: Partial | None) -> bytes:
    return octets if partial is None else octets[partial.offset : partial.offset + partial.length]


def _origin(partial: Partial | None) -> bytes:
    return b"" if partial is None else b"<%d>" % partial.offset
