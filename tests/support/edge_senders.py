"""Sessions that send so many messages to good and bad recipients, here and elsewhere, and remember what was acknowledged."""

import contextlib
import random
import socket
import threading
import time
from dataclasses import dataclass, field

from tests.support.running import DOMAIN, Server
from tests.support.senders import expect, read_reply

SIZES = ((0.90, 200, 8_000), (0.985, 30_000, 300_000), (0.9998, 500_000, 3_000_000), (1.0, 25_000_000, 25_000_000))
"""Share of messages up to here, least and most octets."""
BAD = 0.05
LINE = b"0123456789 abcdefghijklmnopqrstuvwxyz 0123456789 abcdefghijklmnopqrstuvwxy\r\n"
BODY = LINE * (25_000_000 // len(LINE) + 1)


@dataclass(frozen=True, slots=True)
class Kept:
    """A message that got its 250, with the recipients that were accepted."""

    subject: str
    trace: str
    """What the server called it in its 250."""
    locals: tuple[str, ...]
    remotes: tuple[str, ...]


@dataclass
class EdgeSenders:
    """Threads that send until so many messages are acknowledged."""

    server: Server
    accounts: tuple[str, ...]
    remotes: tuple[str, ...]
    """Domains elsewhere."""
    count: int
    seed: int
    sessions: int = 8
    kept: list[Kept] = field(default_factory=list)
    unexpected: list[bytes] = field(default_factory=list)
    octets: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _threads: list[threading.Thread] = field(default_factory=list)

    def start(self) -> None:
        """Begin to send."""
        self._threads = [threading.Thread(target=self._session, args=(number,), daemon=True) for number in range(self.sessions)]
        for thread in self._threads:
            thread.start()

    def join(self) -> None:
        """Wait until all is sent."""
        for thread in self._threads:
            thread.join()

    @property
    def done(self) -> bool:
        """Whether all is sent."""
        return len(self.kept) >= self.count

    def _session(self, number: int) -> None:
        dice = random.Random(self.seed * 1_000 + number)
        while not self.done:
            with contextlib.suppress(OSError, EOFError):
                self._converse(dice, number)
            time.sleep(0.05)

    def _converse(self, dice: random.Random, number: int) -> None:
        """One connection, of at most fifty messages, until it breaks."""
        address = ("127.0.0.1", self.server.port("smtp"))
        with socket.create_connection(address, 60) as connection, connection.makefile("rb") as lines:
            expect(lines, b"220")
            connection.sendall(b"EHLO sender.example.com\r\n")
            expect(lines, b"250")
            for _ in range(50):
                if self.done:
                    return
                self._send(connection, lines, dice, f"{self.seed}-{number}-{time.monotonic_ns()}")

    def _send(self, connection: socket.socket, lines: object, dice: random.Random, subject: str) -> None:
        locals_, remotes = self._recipients(dice)
        addresses = [f"{name}@{DOMAIN}" for name in locals_] + [f"to-{remote.replace('@', '-')}@{DOMAIN}" for remote in remotes]
        connection.sendall(
            b"MAIL FROM:<bounces@%s>\r\n" % DOMAIN.encode()
            + b"".join(b"RCPT TO:<%s>\r\n" % address.encode() for address in addresses)
            + b"DATA\r\n"
        )
        expect(lines, b"250")
        replies = [read_reply(lines) for _ in addresses]
        accepted = [reply.startswith(b"250") for reply in replies]
        self.unexpected += [reply for reply in replies if reply[:3] not in {b"250", b"550", b"451"}]
        go_on = read_reply(lines)
        if not go_on.startswith(b"354"):
            return
        size = self._size(dice)
        octets = b"Subject: %s\r\nMessage-ID: <%s@example.com>\r\n\r\n" % (subject.encode(), subject.encode())
        connection.sendall(octets)
        connection.sendall(memoryview(BODY)[: max(size // len(LINE), 1) * len(LINE)])
        connection.sendall(b".\r\n")
        reply = read_reply(lines)
        if reply.startswith(b"250"):
            names = [name for name, good in zip((*locals_, *remotes), accepted, strict=True) if good]
            kept = Kept(
                subject, reply.split()[-1].decode(), tuple(n for n in names if "@" not in n), tuple(n for n in names if "@" in n)
            )
            with self._lock:
                self.kept.append(kept)
                self.octets += size
        elif not reply.startswith(b"4"):
            self.unexpected.append(reply)

    def _recipients(self, dice: random.Random) -> tuple[tuple[str, ...], tuple[str, ...]]:
        kind = dice.random()
        locals_: list[str] = []
        remotes: list[str] = []
        if kind < 0.65:
            locals_ = dice.sample(self.accounts, dice.choice((1, 1, 1, 2, 5)))
        if kind > 0.5:
            remotes = [f"{dice.choice(('far', 'away', 'out'))}@{dice.choice(self.remotes)}"]
        if dice.random() < BAD:
            if dice.random() < 0.5:
                locals_.append("nobody")
            else:
                remotes.append(f"bad@{dice.choice(self.remotes)}")
        return tuple(locals_), tuple(remotes)

    @staticmethod
    def _size(dice: random.Random) -> int:
        share = dice.random()
        return next(dice.randint(least, most) for upto, least, most in SIZES if share <= upto)
