"""URLs of a message or a part of one, absolute or relative (RFC 5092 §5, §7)."""

import re
from typing import Final
from urllib.parse import quote_from_bytes, unquote_to_bytes

import msgspec

from posthouse.protocols.imap.errors import SyntaxViolation
from posthouse.protocols.imap.grammar.cursor import NUMBER64_MAXIMUM, NUMBER_MAXIMUM, Cursor
from posthouse.protocols.imap.grammar.section import Section, section, serialise_section

URL_OCTETS: Final = 8_192
"""Longest URL that is looked at."""

_SERVER = re.compile(rb"(?i:imap)://(?:([^@/;:]*+)(?:;(?i:AUTH)=[^@/;:]++)?@)?([^@/;]++)(?=/)")
_PATH = re.compile(
    rb"(?:/([^;]*[^;/])(?:;(?i:UIDVALIDITY)=(\d{1,10}))?/|/?);(?i:UID)=(\d{1,10})"
    rb"(?:/;(?i:SECTION)=([^;/]++))?(?:/;(?i:PARTIAL)=(\d{1,19})(?:\.(\d{1,19}))?)?"
)
_BAD_ESCAPE = re.compile(rb"%(?![0-9A-Fa-f]{2})")
_NOT_URL = re.compile(rb"[^!-~]")
_MAILBOX_CHARACTERS: Final = "!$'()*+,&=:@/"
_SECTION_CHARACTERS: Final = "()"


class Server(msgspec.Struct, frozen=True):
    """``iserver``: host with port as written, and the user if one is named (percent-decoded)."""

    host: str
    user: str | None = None


class UrlPartial(msgspec.Struct, frozen=True):
    """``partial-range``: offset and length in octets; no length means to the end."""

    offset: int
    length: int | None = None


class ImapUrl(msgspec.Struct, frozen=True):
    """One message, or what of it is meant.

    ``mailbox`` None: the one that is selected, and no UIDVALIDITY; ``server`` None: the URL is relative.
    """

    mailbox: str | None
    uid: int
    uid_validity: int | None = None
    section: Section = Section()
    partial: UrlPartial | None = None
    server: Server | None = None


def imap_url(octets: bytes) -> ImapUrl:
    """Read ``imessagepart`` in ``imapurl`` or ``imapurl-rel``; of relative paths only those to the selected mailbox.

    Raises: SyntaxViolation.
    """
    if len(octets) > URL_OCTETS or _NOT_URL.search(octets) or _BAD_ESCAPE.search(octets):
        raise SyntaxViolation("not a URL")
    start = _SERVER.match(octets)
    server = Server(decoded(start[2]), None if start[1] is None else decoded(start[1])) if start else None
    path = _PATH.fullmatch(octets, start.end() if start else 0)
    if path is None or (path[1] is None and server is not None):
        raise SyntaxViolation("not the URL of a message")
    return ImapUrl(
        None if path[1] is None else decoded(path[1]),
        _number(path[3]),
        None if path[2] is None else _number(path[2]),
        Section() if path[4] is None else _section(path[4]),
        None if path[5] is None else _partial(path[5], path[6]),
        server,
    )


def serialise_imap_url(value: ImapUrl) -> bytes:
    """Write a URL; everything that need not stand as it is, is percent-encoded."""
    texts = [] if value.server is None else [_server(value.server)]
    if value.mailbox is not None:
        texts.append(b"/" + _encoded(value.mailbox.encode(), _MAILBOX_CHARACTERS))
    if value.uid_validity is not None:
        texts.append(b";UIDVALIDITY=%d" % value.uid_validity)
    texts.append(b"/;UID=%d" % value.uid)
    if value.section != Section():
        texts.append(b"/;SECTION=" + _encoded(serialise_section(value.section)[1:-1], _SECTION_CHARACTERS))
    if value.partial is not None:
        texts.append(b"/;PARTIAL=%d" % value.partial.offset)
        if value.partial.length is not None:
            texts.append(b".%d" % value.partial.length)
    return b"".join(texts)


def _server(value: Server) -> bytes:
    user = b"" if value.user is None else _encoded(value.user.encode(), "!$'()*+,&=") + b"@"
    return b"imap://" + user + _encoded(value.host.encode(), "!$'()*+,&=:[]")


def _encoded(octets: bytes, safe: str) -> bytes:
    return quote_from_bytes(octets, safe).encode("ascii")


def decoded(octets: bytes) -> str:
    """Undo percent-encoding. Raises: SyntaxViolation for what is no UTF-8 then."""
    if _BAD_ESCAPE.search(octets):
        raise SyntaxViolation("not a URL")
    try:
        return unquote_to_bytes(octets).decode("utf-8")
    except UnicodeDecodeError:
        raise SyntaxViolation("a URL is not in UTF-8") from None


def _number(octets: bytes) -> int:
    """``nz-number``."""
    value = int(octets)
    if not 0 < value <= NUMBER_MAXIMUM:
        raise SyntaxViolation("a number of a URL is out of range")
    return value


def _section(octets: bytes) -> Section:
    cursor = Cursor(b"[%b]" % unquote_to_bytes(octets))
    value = section(cursor)
    if not cursor.at_end:
        raise SyntaxViolation("bad section")
    return value


def _partial(offset: bytes, length: bytes | None) -> UrlPartial:
    value = UrlPartial(int(offset), None if length is None else int(length))
    if max(value.offset, value.length or 0) > NUMBER64_MAXIMUM or value.length == 0:
        raise SyntaxViolation("bad partial range")
    return value
