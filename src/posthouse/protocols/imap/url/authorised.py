"""URLs that carry the right to read what they name (RFC 4467 §3, §9; RFC 5092 §6.1).

A *rump* is such a URL without mechanism and token: what the token is made from, octet by octet as it was written.
"""

import datetime as dt
import enum
import re
from typing import Final
from urllib.parse import quote

import msgspec

from posthouse.protocols.imap.errors import SyntaxViolation
from posthouse.protocols.imap.url.imap_url import URL_OCTETS, ImapUrl, decoded, imap_url, serialise_imap_url

INTERNAL: Final = "INTERNAL"
"""The mechanism whose tokens only the server can make and check (RFC 4467 §2.4.1)."""

_END = re.compile(
    rb"(?:;EXPIRE=([^;]{1,40}))?;URLAUTH=(?:(SUBMIT\+|USER\+)([^:;/]++)|(AUTHUSER|ANONYMOUS))(?::([A-Z0-9.-]{1,40}):([0-9A-F]{32,512}))?",
    re.IGNORECASE,
)
_DATE_TIME = re.compile(rb"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:[Zz]|[+-]\d\d:\d\d)")
_START: Final = b";urlauth="
_EXPIRE: Final = b";expire="


class Access(enum.Enum):
    """``access``: who may use the URL."""

    SUBMIT = "submit+"
    """A submission server, for the person named."""
    USER = "user+"
    """The person named."""
    AUTHUSER = "authuser"
    """Everybody who has signed in."""
    ANONYMOUS = "anonymous"
    """Everybody."""


class Token(msgspec.Struct, frozen=True):
    """``mechanism ":" enc-urlauth``: the name in upper case, and hexadecimal digits in lower case."""

    mechanism: str
    digits: bytes


class AuthorisedUrl(msgspec.Struct, frozen=True):
    """``authimapurlfull``, or ``authimapurlrump`` where there is no token.

    ``person``: the userid that goes with SUBMIT and USER, else empty. ``expires_at``: with its zone.
    """

    url: ImapUrl
    access: Access
    rump: bytes
    person: str = ""
    expires_at: dt.datetime | None = None
    token: Token | None = None


def authorised_url(octets: bytes) -> AuthorisedUrl:
    """Read a URL with URLAUTH; its server and the userid there must be named (RFC 4467 §9 ``authimapurl``).

    Raises: SyntaxViolation, in words for whoever wrote the URL.
    """
    if len(octets) > URL_OCTETS:
        raise SyntaxViolation("the URL is too long")
    lowered = octets.lower()
    start = lowered.rfind(_START)
    if start < 0:
        raise SyntaxViolation("the access identifier is missing in the URL")
    with_expiry = lowered.rfind(_EXPIRE, 0, start)
    end = _END.fullmatch(octets, with_expiry if with_expiry >= 0 else start)
    if end is None:
        raise SyntaxViolation("the access identifier of the URL cannot be read")
    url = imap_url(octets[: end.start()])
    if url.server is None or not url.server.user:
        raise SyntaxViolation("the URL does not name the owner")
    return AuthorisedUrl(
        url,
        Access((end[2] or end[4]).decode("ascii").lower()),
        octets if end[5] is None else octets[: end.start(5) - 1],
        "" if end[3] is None else decoded(end[3]),
        None if end[1] is None else _date_time(end[1]),
        None if end[5] is None else Token(end[5].decode("ascii").upper(), end[6].lower()),
    )


def rump_of(url: ImapUrl, access: Access, person: str = "", expires_at: dt.datetime | None = None) -> bytes:
    """Write a rump."""
    expiry = b"" if expires_at is None else b";EXPIRE=" + expires_at.isoformat().encode("ascii")
    name = quote(person, safe="!$'()*+,&=").encode("ascii")
    return b"%b%b;URLAUTH=%b%b" % (serialise_imap_url(url), expiry, access.value.encode("ascii"), name)


def with_token(rump: bytes, token: Token) -> bytes:
    """Write a whole authorised URL: nothing of the rump is touched (RFC 4467 §5)."""
    return b"%b:%b:%b" % (rump, token.mechanism.lower().encode("ascii"), token.digits)


def _date_time(octets: bytes) -> dt.datetime:
    """``date-time`` of RFC 3339; a leap second is taken as the second before."""
    if not _DATE_TIME.fullmatch(octets):
        raise SyntaxViolation("the expiry of the URL is no date-time")
    text = octets.decode("ascii").upper()
    try:
        return dt.datetime.fromisoformat(text[:17] + text[17:].replace("60", "59", 1) if text[17:19] == "60" else text)
    except ValueError:
        raise SyntaxViolation("the expiry of the URL is no date-time") from None
