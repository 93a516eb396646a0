"""Replies as a client reads them: tolerant of form, strict about bounds (RFC 5321 §4.2.1)."""

import re
from typing import Final

import msgspec

from posthouse.protocols.lines.inbound import Inbound, LineFault
from posthouse.protocols.smtp.errors import RemoteViolation

LINE_OCTETS: Final = 4_096
"""Longest line read; RFC 5321 allows 512, servers with long words exist."""
LINES: Final = 256
"""Most lines of one reply."""

_LINE: Final = re.compile(rb"([2-5][0-9]{2})(?:([ -])(.*))?", re.DOTALL)
_STATUS: Final = re.compile(r"([245]\.[0-9]{1,3}\.[0-9]{1,3})(?: +|$)")


class RemoteReply(msgspec.Struct, frozen=True):
    """What a server said: code, enhanced code (empty where it gave none that fits the code), and its lines without both."""

    code: int
    status: str = ""
    lines: tuple[str, ...] = ("",)

    @property
    def is_positive(self) -> bool:
        """Whether it says done or go on."""
        return self.code < 400

    @property
    def text(self) -> str:
        """Its words in one line."""
        return " ".join(self.lines).strip()

    @property
    def is_farewell(self) -> bool:
        """Whether the server closes the connection with it (RFC 5321 §3.8)."""
        return self.code == 421


class ReplyReader:
    """Octets in, replies out. Lines that end in a bare LF are understood: some small servers send them."""

    def __init__(self) -> None:
        self._inbound = Inbound()
        self._lines: list[bytes] = []

    @property
    def is_empty(self) -> bool:
        """Whether nothing has arrived that nobody has read."""
        return not len(self._inbound) and not self._lines

    def receive_data(self, octets: bytes) -> None:
        """Take what has arrived."""
        self._inbound.append(octets)

    def clear(self) -> None:
        """Forget what has arrived: it came before the TLS handshake (RFC 3207 §6)."""
        self._inbound.clear()
        self._lines.clear()

    def next_reply(self) -> RemoteReply | None:
        """The next complete reply; None when more octets are needed.

        Raises: RemoteViolation for what is no reply, or none within bounds.
        """
        while (line := self._inbound.raw_line(LINE_OCTETS)) is not None:
            found = None if isinstance(line, LineFault) else _LINE.fullmatch(line.removesuffix(b"\r"))
            if found is None:
                raise RemoteViolation(f"not a reply: {line!r:.200}")
            self._lines.append(found[3] or b"")
            if found[2] != b"-":
                lines, self._lines = self._lines, []
                return _reply(int(found[1]), lines)
            if len(self._lines) >= LINES:
                raise RemoteViolation(f"a reply of more than {LINES} lines")
        return None


def _reply(code: int, lines: list[bytes]) -> RemoteReply:
    texts = [line.decode(errors="replace") for line in lines]
    found = _STATUS.match(texts[0])
    if found is None or int(found[1][0]) != code // 100:
        return RemoteReply(code, "", tuple(texts))
    status = found[1]
    return RemoteReply(code, status, tuple(text.removeprefix(status).lstrip() for text in texts))
