"""Ten clients that send all the time, whatever happens to the server, and remember what was acknowledged."""

import contextlib
import hashlib
import random
import socket
import threading
import time
from dataclasses import dataclass, field

from tests.support.running import DOMAIN, Server

KINDS = ("one", "five", "remote", "mixed", "redirected")


@dataclass(frozen=True)
class Sent:
    """A message that got its 250."""

    subject: str
    octets: bytes
    locals: tuple[str, ...]
    remotes: tuple[str, ...]


@dataclass
class Senders:
    """Threads that send until they are told to stop."""

    server: Server
    accounts: tuple[str, ...]
    seed: int
    sessions: int = 10
    acknowledged: list[Sent] = field(default_factory=list)
    unexpected: list[bytes] = field(default_factory=list)
    _stop: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    def start(self) -> None:
        """Begin to send."""
        self._threads = [threading.Thread(target=self._session, args=(number,), daemon=True) for number in range(self.sessions)]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Send no more."""
        self._stop.set()
        for thread in self._threads:
            thread.join(60)

    def _session(self, number: int) -> None:
        dice = random.Random(self.seed * 1_000 + number)
        count = 0
        while not self._stop.is_set():
            with contextlib.suppress(OSError, EOFError):
                count = self._converse(dice, number, count)
            self._stop.wait(0.05)

    def _converse(self, dice: random.Random, number: int, count: int) -> int:
        """One connection, until it breaks; returns how many messages there have been."""
        address = ("127.0.0.1", self.server.port("smtp"))
        with socket.create_connection(address, 20) as connection, connection.makefile("rb") as lines:
            expect(lines, b"220")
            connection.sendall(b"EHLO sender.example.com\r\n")
            expect(lines, b"250")
            while not self._stop.is_set():
                count += 1
                # The time makes the subject one of its own, also when the connection breaks and the count is lost.
                subject = f"{self.seed}-{number}-{count}-{time.monotonic_ns()}"
                self._send(connection, lines, _message(dice, subject, self.accounts))
        return count

    def _send(self, connection: socket.socket, lines: object, message: Sent) -> None:
        recipients = [f"{name}@{DOMAIN}" for name in message.locals] + list(message.remotes)
        if message.remotes:
            # Foreign recipients of the MX listener come through an alias.
            recipients = [f"{name}@{DOMAIN}" for name in message.locals] + [
                f"to-{remote.partition('@')[0]}@{DOMAIN}" for remote in message.remotes
            ]
        commands = [b"MAIL FROM:<sender@example.com>\r\n"]
        commands += [b"RCPT TO:<%s>\r\n" % recipient.encode() for recipient in recipients]
        connection.sendall(b"".join(commands) + b"DATA\r\n")
        for _ in commands:
            expect(lines, b"250")
        expect(lines, b"354")
        connection.sendall(message.octets.replace(b"\r\n.", b"\r\n..") + b".\r\n")
        reply = read_reply(lines)
        if reply.startswith(b"250"):
            self.acknowledged.append(message)
        elif not reply.startswith(b"4"):
            self.unexpected.append(reply)


def _message(dice: random.Random, subject: str, accounts: tuple[str, ...]) -> Sent:
    kind = dice.choice(KINDS)
    size = dice.choice((200, 4_000, 4_000, 30_000, 150_000))
    body = hashlib.sha256(subject.encode()).hexdigest().encode() + b"\r\n.dot at the start\r\n" + b"x" * 70 + b"\r\n"
    octets = b"Subject: %s\r\nMessage-ID: <%s@example.com>\r\n\r\n" % (subject.encode(), subject.encode())
    octets += (body * (size // len(body) + 1))[:size].rpartition(b"\r\n")[0] + b"\r\n"
    several = tuple(dice.sample(accounts, min(5, len(accounts))))
    if kind == "one":
        return Sent(subject, octets, (dice.choice(accounts),), ())
    if kind == "five":
        return Sent(subject, octets, several, ())
    if kind == "remote":
        return Sent(subject, octets, (), ("far@remote.example",))
    if kind == "mixed":
        return Sent(subject, octets, several[:2], ("far@remote.example", "away@remote.example"))
    return Sent(subject, octets, (), ("away@remote.example",))


def expect(lines: object, code: bytes) -> None:
    """Read a reply that must begin with a code. Raises: EOFError with what came instead."""
    reply = read_reply(lines)
    if not reply.startswith(code):
        raise EOFError(reply)


def read_reply(lines: object) -> bytes:
    """The last line of a reply. Raises: EOFError."""
    while True:
        line: bytes = lines.readline()  # type: ignore[attr-defined]
        if not line:
            raise EOFError
        if line[3:4] != b"-":
            return line
