"""A foreign mail server with moods: it takes mail, stalls, puts off, hangs up in the middle, is away, and comes back."""

import contextlib
import enum
import socketserver
import threading

from tests.support.sink import Sink


class Mood(enum.Enum):
    """What it does with whoever talks to it now."""

    GOOD = "good"
    STALL = "stall"
    """Takes the message and says nothing until its mood changes."""
    DEFER = "defer"
    DROP = "drop"
    """Hangs up in the middle of a message."""
    AWAY = "away"
    """Hangs up at once."""


class _Handler(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        with contextlib.suppress(OSError):
            self._converse()

    def _converse(self) -> None:
        server = self.server
        assert isinstance(server, Moody)
        if server.mood is Mood.AWAY:
            return
        self.wfile.write(b"220 moody\r\n")
        recipients: list[str] = []
        while line := self.rfile.readline(4_096):
            verb = line[:4].upper()
            if verb in {b"EHLO", b"HELO"}:
                self.wfile.write(b"250-moody\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 SIZE 104857600\r\n")
            elif verb == b"RCPT":
                self._recipient(server, line, recipients)
            elif verb == b"DATA":
                if not self._message(server, recipients):
                    return
                recipients = []
            elif verb == b"QUIT":
                self.wfile.write(b"221 bye\r\n")
                return
            else:
                recipients = [] if verb in {b"MAIL", b"RSET"} else recipients
                self.wfile.write(b"250 2.0.0 OK\r\n")

    def _recipient(self, server: "Moody", line: bytes, recipients: list[str]) -> None:
        address = line.decode().partition("<")[2].partition(">")[0]
        if address.startswith("bad"):
            self.wfile.write(b"550 5.1.1 nobody here\r\n")
        elif server.mood is Mood.DEFER:
            self.wfile.write(b"451 4.3.0 not now\r\n")
        else:
            recipients.append(address)
            self.wfile.write(b"250 2.1.5 OK\r\n")

    def _message(self, server: "Moody", recipients: list[str]) -> bool:
        """Take a message; tells whether the connection goes on."""
        if not recipients:
            self.wfile.write(b"503 5.5.1 no recipients\r\n")
            return True
        self.wfile.write(b"354 go on\r\n")
        head, at_head, lines = b"", True, 0
        while (line := self.rfile.readline(65_536)) not in {b".\r\n", b""}:
            lines += 1
            at_head = at_head and line != b"\r\n"
            head += line if at_head else b""
            if server.mood is Mood.DROP and lines > 3:
                return False
        if line == b"":
            return False
        subject = (b"\r\n" + head).partition(b"\r\nSubject: ")[2].partition(b"\r\n")[0].decode()
        with server.lock:
            for recipient in recipients:
                server.received[subject, recipient] += 1
        while server.stalls and not server.ended.wait(0.1):
            pass
        self.wfile.write(b"250 2.0.0 kept\r\n")
        return True


class Moody(Sink):
    """A sink with moods."""

    request_queue_size = 128

    def __init__(self) -> None:
        super().__init__(_Handler)
        self.mood = Mood.GOOD
        self.ended = threading.Event()

    @property
    def stalls(self) -> bool:
        """Whether it says nothing now."""
        return self.mood is Mood.STALL

    def __exit__(self, *exc: object) -> None:
        """Stop, also those who are kept waiting."""
        self.ended.set()
        super().__exit__(*exc)
