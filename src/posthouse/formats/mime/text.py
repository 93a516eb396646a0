"""Text of a message as characters: of one part, of all parts for SEARCH, and the first words as a preview.

Everything is bounded before it is decoded: of a body no more octets are taken than could fill what is still wanted.
"""

import re
from collections.abc import Iterator
from typing import Final

from posthouse.formats.charset import decode as decode_charset
from posthouse.formats.header import encoded_word, fields
from posthouse.formats.mime.html import meta_charset, strip_html
from posthouse.formats.mime.parameters import parameter
from posthouse.formats.mime.part import Part
from posthouse.formats.mime.transfer import decode
from posthouse.foundation.limits import SEARCH_TEXT_CHARACTERS

PREVIEW_CHARACTERS: Final = 200
"""RFC 8970 §3.2: a preview has at most 200 characters."""
_PREVIEW_PORTIONS: Final = (1_024, 65_536)
"""Characters looked at: nearly always the first words are among the first."""
_OCTETS_PER_CHARACTER: Final = 12
"""The most a character takes on the wire: four octets of UTF-8, each three columns of quoted-printable."""
_QUOTED_LINE = re.compile(r"^[ \t]*>.*$", re.MULTILINE)
_INVISIBLE = re.compile("[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]+")


def text_of(octets: bytes, part: Part, *, limit: int = SEARCH_TEXT_CHARACTERS) -> str:
    """Return the characters of one text part, transfer encoding and charset decoded, line ends as they are.

    ``limit`` bounds the characters. HTML without a charset parameter is asked for its meta element.
    """
    end = min(part.body_end, part.body_start + limit * _OCTETS_PER_CHARACTER)
    body = decode(octets[part.body_start : end], part.transfer_encoding)
    label = parameter(part.parameters, b"charset")
    if not label and part.media_subtype == b"html":
        label = meta_charset(body) or b""
    return decode_charset(body, label)[:limit]


def search_text(octets: bytes, part: Part, *, limit: int = SEARCH_TEXT_CHARACTERS) -> str:
    """Return what SEARCH BODY looks at (RFC 9051 §6.4.4): all text parts, HTML without its markup, nested headers decoded.

    The header of the message itself is left out; ``header_text`` gives it for SEARCH TEXT. Pieces are separated by LF.
    """
    pieces: list[str] = []
    room = limit
    for piece in _searchable(octets, part, limit):
        pieces.append(piece[:room])
        room -= len(pieces[-1]) + 1
        if room <= 0:
            break
    return "\n".join(pieces)


def header_text(octets: bytes, part: Part, *, limit: int = SEARCH_TEXT_CHARACTERS) -> str:
    """Return the fields of an entity's header, one per line, unfolded and with encoded words decoded."""
    end = min(part.body_start, part.header_start + limit)
    lines = (
        field.name + b":" + fields.unfold(octets[field.body_start : field.body_end])
        for field in fields.fields(octets, part.header_start, end)
    )
    return "\n".join(map(encoded_word.decode, lines))[:limit]


def preview(octets: bytes, part: Part) -> str:
    """Return the first words a reader would see, white space collapsed, quoted lines left out where there are others."""
    shown = _shown(part)
    if shown is None:
        return ""
    text = own = ""
    for limit in _PREVIEW_PORTIONS:
        text = text_of(octets, shown, limit=limit)
        is_all = len(text) < limit
        text = strip_html(text) if shown.media_subtype == b"html" else text
        text = text if text.isascii() else _INVISIBLE.sub("", text)
        own = " ".join((_QUOTED_LINE.sub("", text) if ">" in text else text).split())
        if is_all or len(own) >= PREVIEW_CHARACTERS:
            break
    return (own or " ".join(text.split()))[:PREVIEW_CHARACTERS].rstrip()


def _searchable(octets: bytes, part: Part, limit: int) -> Iterator[str]:
    stack = [(part, False)]
    while stack:
        current, is_nested_message = stack.pop()
        if is_nested_message:
            yield header_text(octets, current, limit=limit)
        if current.media_type == b"text":
            text = text_of(octets, current, limit=limit)
            yield strip_html(text) if current.media_subtype == b"html" else text
        stack.extend((child, current.is_message) for child in reversed(current.children))


def _shown(part: Part) -> Part | None:
    """Find the part to preview: the first text that is no attachment, plain text before HTML among alternatives."""
    if not part.children:
        return part if _is_readable(part) else None
    readable = [shown for shown in map(_shown, part.children) if shown is not None]
    if part.media_subtype == b"alternative":
        readable.sort(key=lambda shown: shown.media_subtype != b"plain")
    return readable[0] if readable else None


def _is_readable(part: Part) -> bool:
    return (
        part.media_type == b"text"
        and part.media_subtype in (b"plain", b"html", b"enriched")
        and part.disposition != b"attachment"
        and part.body_end > part.body_start
    )
