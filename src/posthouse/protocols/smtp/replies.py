"""Replies of a server: their shape on the wire, and those every server gives in the same words (RFC 5321 §4.2)."""

import re
from functools import lru_cache
from typing import Final

import msgspec

from posthouse.protocols.smtp.codes import Code, Detail

REPLY_LINE_OCTETS: Final = 512
"""Longest line of a reply, code and CRLF included (RFC 5321 §4.5.3.1.5)."""

_UNPRINTABLE: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_NOT_ASCII: Final = re.compile(r"[^\x20-\x7e]")


class Reply(msgspec.Struct, frozen=True):
    """One reply: a code, words, and the detail of its enhanced code where it has one.

    ``text`` may have several lines, separated by LF. Whatever else would break a line is replaced: words taken from a
    message or from another server cannot smuggle a reply.
    """

    code: int
    text: str
    detail: Detail | None = None

    @property
    def is_positive(self) -> bool:
        """Whether it says done or go on."""
        return self.code < 400

    @property
    def status(self) -> str:
        """The enhanced code, such as ``5.1.1``; empty where there is none."""
        return "" if self.detail is None else f"{self.code // 100}.{self.detail}"

    def octets(self, *, utf8: bool = False) -> bytes:
        """The reply as it goes out, CRLF included; non-ASCII only where the client said SMTPUTF8 (RFC 6531 §3.7.4.2)."""
        write = _remembered if len(self.text) <= REPLY_LINE_OCTETS else _written
        return write(self.code, self.detail, self.text, utf8)


def _written(code: int, detail: Detail | None, text: str, utf8: bool) -> bytes:
    status = f"{code // 100}.{detail} " if detail is not None else ""
    room = REPLY_LINE_OCTETS - 6 - len(status)
    plain = text.split("\n")
    if text.isascii() and max(map(len, plain)) <= room and all(map(str.isprintable, plain)):
        *before, last_line = plain
        more = "".join([f"{code}-{status}{line}\r\n" for line in before])
        return f"{more}{code} {status}{last_line}\r\n".encode("ascii")
    lines = [part for line in plain for part in _fold(_printable(line, utf8=utf8), room)]
    last = len(lines) - 1
    return b"".join([b"%d%c%s%s\r\n" % (code, b"- "[n == last], status.encode(), line) for n, line in enumerate(lines)])


_remembered = lru_cache(maxsize=512)(_written)
"""Most replies are the same few, again and again."""


def _printable(line: str, *, utf8: bool) -> str:
    return _UNPRINTABLE.sub("?", line) if utf8 else _NOT_ASCII.sub("?", line)


def _fold(line: str, room: int) -> list[bytes]:
    """Cut a line to pieces of at most ``room`` octets, at spaces where there are some, never within a character."""
    octets, pieces = line.encode(), []
    while len(octets) > room:
        cut = octets.rfind(b" ", 1, room) + 1 or room
        while octets[cut] & 0xC0 == 0x80:
            cut -= 1
        pieces.append(octets[:cut])
        octets = octets[cut:]
    return [*pieces, octets]


OK: Final = Reply(Code.OK, "OK", Detail.UNDEFINED)
SENDER_OK: Final = Reply(Code.OK, "sender OK", Detail.ADDRESS)
RECIPIENT_OK: Final = Reply(Code.OK, "recipient OK", Detail.DESTINATION_VALID)
GOODBYE: Final = Reply(Code.SERVICE_CLOSING, "goodbye", Detail.UNDEFINED)
GO_AHEAD: Final = Reply(Code.START_MAIL_INPUT, "go ahead, end with <CRLF>.<CRLF>")
READY_FOR_TLS: Final = Reply(Code.SERVICE_READY, "ready to start TLS", Detail.UNDEFINED)
CANNOT_VERIFY: Final = Reply(Code.CANNOT_VERIFY, "send some mail, I will try my best", Detail.UNDEFINED)

UNKNOWN_COMMAND: Final = Reply(Code.COMMAND_UNRECOGNIZED, "no such command", Detail.INVALID_COMMAND)
FOREIGN_PROTOCOL: Final = Reply(Code.COMMAND_UNRECOGNIZED, "this is SMTP, not HTTP", Detail.INVALID_COMMAND)
NOT_IMPLEMENTED: Final = Reply(Code.COMMAND_NOT_IMPLEMENTED, "command not available here", Detail.INVALID_COMMAND)
LINE_TOO_LONG: Final = Reply(Code.COMMAND_UNRECOGNIZED, "line too long", Detail.SYNTAX_ERROR)
AUTHENTICATION_LINE_TOO_LONG: Final = Reply(
    Code.COMMAND_UNRECOGNIZED, "authentication line too long", Detail.AUTHENTICATION_LINE_TOO_LONG
)
BARE_LINE_FEED: Final = Reply(Code.COMMAND_UNRECOGNIZED, "line ended by a bare LF; lines end in CRLF", Detail.SYNTAX_ERROR)
BARE_CARRIAGE_RETURN: Final = Reply(Code.COMMAND_UNRECOGNIZED, "bare CR in a command; lines end in CRLF", Detail.SYNTAX_ERROR)
NUL_IN_COMMAND: Final = Reply(Code.COMMAND_UNRECOGNIZED, "NUL in a command", Detail.SYNTAX_ERROR)
NOT_UTF8: Final = Reply(Code.COMMAND_UNRECOGNIZED, "command is neither ASCII nor UTF-8", Detail.SYNTAX_ERROR)
CONTENT_BARE_NEWLINE: Final = Reply(Code.MAILBOX_UNAVAILABLE, "bare CR or LF in the message; lines end in CRLF", Detail.CONTENT)
MESSAGE_TOO_BIG: Final = Reply(Code.EXCEEDED_STORAGE, "message is larger than this server takes", Detail.MESSAGE_TOO_BIG)
NON_ASCII_SENDER: Final = Reply(
    Code.MAILBOX_NAME_NOT_ALLOWED, "non-ASCII sender address without SMTPUTF8", Detail.NON_ASCII_ADDRESS
)
NON_ASCII_RECIPIENT: Final = Reply(
    Code.MAILBOX_NAME_NOT_ALLOWED, "non-ASCII recipient address without SMTPUTF8", Detail.NON_ASCII_ADDRESS
)

HELLO_FIRST: Final = Reply(Code.BAD_SEQUENCE, "say EHLO first", Detail.INVALID_COMMAND)
LMTP_HELLO_FIRST: Final = Reply(Code.BAD_SEQUENCE, "say LHLO first", Detail.INVALID_COMMAND)
MAIL_FIRST: Final = Reply(Code.BAD_SEQUENCE, "MAIL FROM first", Detail.INVALID_COMMAND)
RECIPIENT_FIRST: Final = Reply(Code.BAD_SEQUENCE, "no valid recipient yet: RCPT TO first", Detail.INVALID_COMMAND)
NOT_NOW: Final = Reply(Code.BAD_SEQUENCE, "not at this point of the dialogue", Detail.INVALID_COMMAND)
NESTED_MAIL: Final = Reply(Code.BAD_SEQUENCE, "a mail transaction is open: finish it or say RSET", Detail.INVALID_COMMAND)
AUTHENTICATED_ALREADY: Final = Reply(Code.BAD_SEQUENCE, "already authenticated", Detail.INVALID_COMMAND)
BINARY_NEEDS_CHUNKS: Final = Reply(Code.BAD_SEQUENCE, "BODY=BINARYMIME wants BDAT, not DATA", Detail.INVALID_COMMAND)
AUTHENTICATION_CANCELLED: Final = Reply(Code.ARGUMENTS_UNRECOGNIZED, "authentication cancelled", Detail.POLICY)
BAD_BASE64: Final = Reply(Code.ARGUMENTS_UNRECOGNIZED, "that is not base64", Detail.SYNTAX_ERROR)
