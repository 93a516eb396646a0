"""An IMAP client that shows what the server says as it says it, literals included, and keeps nothing to itself."""

import socket
from typing import BinaryIO, Final

from tests.support.imap_data import Data, parse_data
from tests.support.running import DOMAIN, PASSWORD, Server

SECONDS: Final = 60.0


class RawImap:
    """One connection; commands are sent as they are written."""

    def __init__(self, server: Server, name: str = "", password: str = PASSWORD) -> None:
        self._socket: socket.socket = server.connect("imap", SECONDS)
        self._lines: BinaryIO = self._socket.makefile("rb")
        self.greeting = self.response()
        if name:
            self.ok(b'LOGIN %b@%b "%b"' % (name.encode(), DOMAIN.encode(), password.encode()))

    def ask(self, command: bytes) -> list[bytes]:
        """Give a command; all responses, the tagged one last without its tag (``OK …``). Literals are non-synchronising."""
        self.send(b"t " + command + b"\r\n")
        return self.answer()

    def ok(self, command: bytes) -> list[bytes]:
        """Give a command that must be carried out; what was said before the tagged response."""
        *said, last = self.ask(command)
        assert last.startswith(b"OK"), (command[:200], last[:500])
        return said

    def no(self, command: bytes) -> bytes:
        """Give a command that must be refused; what stands after ``NO``."""
        last = self.ask(command)[-1]
        assert last.startswith(b"NO "), (command[:200], last[:500])
        return last[3:]

    def fetch(self, command: bytes) -> dict[bytes, Data]:
        """FETCH of one message; values by item."""
        (said,) = [one for one in self.ok(command) if b" FETCH (" in one[:40]]
        (items,) = parse_data(said[said.index(b"(") :])
        assert isinstance(items, list)
        names = items[::2]
        return {name: value for name, value in zip(names, items[1::2], strict=True) if isinstance(name, bytes)}

    def send(self, octets: bytes) -> None:
        """Send octets."""
        self._socket.sendall(octets)

    def answer(self, tag: bytes = b"t") -> list[bytes]:
        """Read up to the tagged response of a command, or to the end of the connection (an empty response then)."""
        said: list[bytes] = []
        while said[-1:] != [b""]:
            said.append(self.response())
            if said[-1].startswith(tag + b" "):
                said[-1] = said[-1][len(tag) + 1 :]
                break
        return said

    def response(self) -> bytes:
        """One response with its literals, without the last CRLF; empty at the end of the connection."""
        pieces = []
        while True:
            line = self._lines.readline()
            pieces.append(line)
            if not line.endswith(b"}\r\n"):
                return b"".join(pieces).removesuffix(b"\r\n")
            size = int(line[line.rindex(b"{") + 1 : -3])
            pieces.append(self._lines.read(size))

    def close(self) -> None:
        """Let go, without words."""
        self._lines.close()
        self._socket.close()
