"""RESETKEY, GENURLAUTH and URLFETCH (RFC 4467 §7, RFC 5524 §3). URLs are octets here: what they say is for ``url.authorised``."""

import enum
import re
from typing import Final

import msgspec

from posthouse.protocols.imap.commands.mailboxes import mailbox_argument
from posthouse.protocols.imap.grammar.cursor import Cursor
from posthouse.protocols.imap.grammar.mailbox import mailbox_octets
from posthouse.protocols.imap.grammar.strings import string_octets

_MECHANISM: Final = re.compile(rb"[A-Za-z0-9.-]{1,40}")
_END: Final = re.compile(rb" *+\Z")


class ResetKey(msgspec.Struct, frozen=True):
    """RESETKEY; no mailbox: all keys are removed. Mechanisms are in upper case."""

    mailbox: str | None = None
    mechanisms: tuple[str, ...] = ()


class GenUrlAuth(msgspec.Struct, frozen=True):
    """GENURLAUTH: rump URLs as written, each with its mechanism in upper case."""

    wanted: tuple[tuple[bytes, str], ...]


class UrlItem(enum.Enum):
    """``url-fetch-param``: what is wanted of a URL (RFC 5524 §3.1)."""

    BODY = b"BODY"
    """The octets as they are."""
    BINARY = b"BINARY"
    """The part without its transfer encoding."""
    BODYPARTSTRUCTURE = b"BODYPARTSTRUCTURE"
    """What BODYSTRUCTURE says of the part."""


class UrlRequest(msgspec.Struct, frozen=True):
    """A URL as written, and what is wanted of it; None: its octets, in the answer of RFC 4467."""

    url: bytes
    items: tuple[UrlItem, ...] | None = None


class UrlFetch(msgspec.Struct, frozen=True):
    """URLFETCH."""

    requests: tuple[UrlRequest, ...]


def reset_key(cursor: Cursor) -> ResetKey:
    """``resetkey = "RESETKEY" [SP mailbox *(SP mechanism)]``."""
    if not _goes_on(cursor):
        return ResetKey()
    name = mailbox_argument(cursor)
    mechanisms = []
    while _goes_on(cursor):
        cursor.space()
        mechanisms.append(mechanism(cursor))
    return ResetKey(name, tuple(mechanisms))


def gen_urlauth(cursor: Cursor) -> GenUrlAuth:
    """``genurlauth = "GENURLAUTH" 1*(SP url-rump SP mechanism)``."""
    wanted: list[tuple[bytes, str]] = []
    while not wanted or _goes_on(cursor):
        cursor.space()
        url = cursor.astring()
        cursor.space()
        wanted.append((url, mechanism(cursor)))
    return GenUrlAuth(tuple(wanted))


def url_fetch(cursor: Cursor) -> UrlFetch:
    """``urlfetch = "URLFETCH" 1*(SP url-fetch-arg)``."""
    requests: list[UrlRequest] = []
    while not requests or _goes_on(cursor):
        cursor.space()
        requests.append(_request(cursor))
    return UrlFetch(tuple(requests))


def mechanism(cursor: Cursor) -> str:
    """``mechanism = "INTERNAL" / 1*(ALPHA / DIGIT / "-" / ".")``, in upper case."""
    match = _MECHANISM.match(cursor.octets, cursor.position)
    if match is None:
        raise cursor.violation("the name of a mechanism is missing")
    cursor.position = match.end()
    return match[0].decode("ascii").upper()


def _goes_on(cursor: Cursor) -> bool:
    """Whether there is more than spaces (``quirks.TRAILING_SPACE``)."""
    return not _END.match(cursor.octets, cursor.position)


def _request(cursor: Cursor) -> UrlRequest:
    """``url-fetch-arg = url-full / "(" url-full *(SP url-fetch-param) ")"`` (RFC 5524 §5)."""
    if not cursor.take(b"("):
        return UrlRequest(cursor.astring())
    url = cursor.astring()
    items: list[UrlItem] = []
    while cursor.take(b" "):
        items.append(_item(cursor, items))
    cursor.expect(b")", "a closing parenthesis is missing")
    return UrlRequest(url, tuple(items))


def _item(cursor: Cursor, before: list[UrlItem]) -> UrlItem:
    """``url-fetch-param``: none twice, and not both kinds of content (RFC 5524 §3.1)."""
    try:
        item = UrlItem(cursor.word("what is wanted of a URL"))
    except ValueError:
        raise cursor.violation("this cannot be had of a URL") from None
    if item in before or {item, *before} >= {UrlItem.BODY, UrlItem.BINARY}:
        raise cursor.violation("what is wanted of a URL contradicts itself")
    return item


def serialise_reset_key(value: ResetKey, *, utf8: bool) -> bytes:
    """Write the arguments of RESETKEY."""
    if value.mailbox is None:
        return b""
    names = [b" " + name.encode("ascii") for name in value.mechanisms]
    return b" %b%b" % (mailbox_octets(value.mailbox, utf8=utf8), b"".join(names))


def serialise_gen_urlauth(value: GenUrlAuth) -> bytes:
    """Write the arguments of GENURLAUTH."""
    return b"".join([b" %b %b" % (string_octets(url), name.encode("ascii")) for url, name in value.wanted])


def serialise_url_fetch(value: UrlFetch) -> bytes:
    """Write the arguments of URLFETCH."""
    return b"".join([b" " + _request_octets(request) for request in value.requests])


def _request_octets(request: UrlRequest) -> bytes:
    url = string_octets(request.url)
    return url if request.items is None else b"(%b)" % b" ".join([url, *[item.value for item in request.items]])
