"""Responses: ``+OK`` or ``-ERR``, a response code where one helps a program, and words."""

import enum
import re
from collections.abc import Iterable
from typing import Final

import msgspec

RESPONSE_OCTETS: Final = 512
"""Longest response line, CRLF included (RFC 2449 §4)."""
_UNPRINTABLE: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_NOT_ASCII: Final = re.compile(r"[^\x20-\x7e]")


class ResponseCode(enum.StrEnum):
    """What a program may act upon (RFC 2449 §8, RFC 3206, RFC 6856 §3)."""

    LOGIN_DELAY = "LOGIN-DELAY"
    """Too soon after the last login."""
    IN_USE = "IN-USE"
    """Another session holds the maildrop."""
    SYS_TEMP = "SYS/TEMP"
    """Our fault, and it passes."""
    SYS_PERM = "SYS/PERM"
    """Our fault, and somebody must repair it."""
    AUTH = "AUTH"
    """The credentials are wrong."""
    UTF8 = "UTF8"
    """Only after the UTF8 command."""


class Response(msgspec.Struct, frozen=True):
    """One response line."""

    positive: bool
    text: str = ""
    code: ResponseCode | None = None

    def octets(self, *, utf8: bool = False) -> bytes:
        """The line with its CRLF; other characters than ASCII only where the client speaks UTF-8, never a second line."""
        words = (_UNPRINTABLE if utf8 else _NOT_ASCII).sub("?", self.text)
        code = f"[{self.code}] " if self.code else ""
        line = f"{'+OK' if self.positive else '-ERR'} {code}{words}".rstrip().encode()
        return _shortened(line, RESPONSE_OCTETS - 2) + b"\r\n"


def _shortened(line: bytes, most: int) -> bytes:
    """Cut a line, not within a character."""
    if len(line) <= most:
        return line
    while line[most] & 0xC0 == 0x80:
        most -= 1
    return line[:most]


def ok(text: str = "") -> Response:
    """A positive response."""
    return Response(positive=True, text=text)


def err(text: str, code: ResponseCode | None = None) -> Response:
    """A negative response."""
    return Response(positive=False, text=text, code=code)


def listing(lines: Iterable[str]) -> bytes:
    """The lines of a multi-line response with its end; none of them may begin with a dot or hold a newline."""
    return "".join([f"{line}\r\n" for line in lines]).encode() + b".\r\n"


UNKNOWN_COMMAND: Final = err("no such command")
NOT_NOW: Final = err("not at this point of the dialogue")
USER_FIRST: Final = err("USER first")
LINE_TOO_LONG: Final = err("line too long")
NOT_UTF8: Final = err("command is neither ASCII nor UTF-8")
NUL_IN_COMMAND: Final = err("NUL in a command")
NO_APOP: Final = err("APOP needs the password in clear on the server; use TLS with USER and PASS", ResponseCode.AUTH)
AUTHENTICATION_CANCELLED: Final = err("authentication cancelled")
BAD_BASE64: Final = err("that is not base64")
GOODBYE: Final = ok("goodbye")
READY_FOR_TLS: Final = ok("begin TLS negotiation")
