"""Unmodified programs of others: run with a home of their own, without this person's settings, and with an end."""

import contextlib
import imaplib
import os
import re
import select
import signal
import socket
import ssl
import subprocess
import termios
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from tests.support.running import DOMAIN, PASSWORD, Server

Program = Callable[[str], str]
"""Finds a program: the fixture ``program`` of tests/real."""
_POSTGRES = sorted(map(str, Path("/usr/lib/postgresql").glob("*/bin")), reverse=True)
"""Debian keeps the programs of each version apart."""
SEARCH_PATH = ":".join(["/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", *_POSTGRES])
_SEQUENCE = re.compile(rb"\x1b(?:\[[0-9;?]*[A-Za-z]|[()][A-Za-z0-9]|[=>78])")
"""What moves the cursor and changes colours."""
_FETCHED = re.compile(rb"UID (\d+) FLAGS \(([^)]*)\)")


def environment(home: Path) -> dict[str, str]:
    """What a program sees of this machine: as good as nothing."""
    return {"HOME": str(home), "PATH": SEARCH_PATH, "LC_ALL": "C.UTF-8", "LANG": "C.UTF-8", "TERM": "xterm", "TZ": "UTC"}


def run(
    argv: Sequence[str | Path], home: Path, *, given: str = "", status: int | None = 0, seconds: float = 30
) -> subprocess.CompletedProcess[str]:
    """Run a program to its end; ``status`` is what it must return (None: anything)."""
    words = [str(word) for word in argv]
    done = subprocess.run(
        words, input=given, capture_output=True, text=True, errors="replace", env=environment(home), cwd=home, timeout=seconds,
        check=False,
    )  # fmt: skip
    assert status is None or done.returncode == status, f"{words} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}"
    return done


def run_on_terminal(argv: Sequence[str | Path], home: Path, *, typed: Sequence[tuple[str, str]] = (), seconds: float = 60) -> str:
    """Run a program that insists on a terminal to its end.

    ``typed`` is what a person would do: once something matches the first (since the last key) the second is typed, and so on.

    Returns: what it showed, with the terminal's control sequences. Raises: TimeoutError.
    """
    ours, theirs = os.openpty()
    termios.tcsetwinsize(theirs, (50, 160))
    process = subprocess.Popen(
        [str(word) for word in argv], stdin=theirs, stdout=theirs, stderr=theirs, env=environment(home), cwd=home,
        start_new_session=True,
    )  # fmt: skip
    os.close(theirs)
    try:
        shown = _watch(ours, list(typed), seconds)
        assert process.wait(10) == 0, shown
        return shown
    finally:
        os.close(ours)
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _watch(terminal: int, typed: list[tuple[str, str]], seconds: float) -> str:
    shown, looked_at = b"", 0
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if typed and re.search(typed[0][0].encode(), _SEQUENCE.sub(b"", shown[looked_at:])):
            looked_at = len(shown)
            os.write(terminal, typed.pop(0)[1].encode())
        if not select.select([terminal], [], [], 0.2)[0]:
            continue
        try:
            shown += os.read(terminal, 65_536)
        except OSError:  # EIO: the program has closed its side
            return shown.decode(errors="replace")
    raise TimeoutError(f"still running after {seconds} s, waiting for {typed[:1]}; it showed {shown[-4_000:]!r}")


@dataclass(frozen=True)
class Held:
    """A message in a mailbox."""

    uid: int
    flags: frozenset[str]
    octets: bytes

    @property
    def message(self) -> EmailMessage:
        """Parsed."""
        return message_from_bytes(self.octets, policy=policy.default)

    @property
    def subject(self) -> str:
        """Decoded."""
        return str(self.message["Subject"])


def trusted(server: Server) -> Path:
    """The certificate that clients of a server have to trust; it names localhost and 127.0.0.1."""
    return server.directory / "certs" / "host.pem"


@contextlib.contextmanager
def signed_in(server: Server, name: str, folder: str = "") -> Iterator[imaplib.IMAP4_SSL]:
    """An IMAP session over TLS, with a folder selected if one is named."""
    context = ssl.create_default_context(cafile=str(trusted(server)))
    with imaplib.IMAP4_SSL("127.0.0.1", server.port("imaps"), ssl_context=context, timeout=20) as client:
        client.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # imaplib ends a literal apart: 40 ms per APPEND else
        client.login(f"{name}@{DOMAIN}" if "@" not in name else name, PASSWORD)
        if folder:
            answer, said = client.select(folder)
            assert answer == "OK", said
        yield client


def mail_of(server: Server, name: str, folder: str = "INBOX") -> list[Held]:
    """Everything in a folder."""
    with signed_in(server, name, folder) as client:
        _, rows = client.uid("FETCH", "1:*", "(FLAGS BODY.PEEK[])")
    return [_held(row[0], row[1]) for row in rows if isinstance(row, tuple)]


def _held(head: bytes, octets: bytes) -> Held:
    found = _FETCHED.search(head)
    assert found, head
    flags = frozenset(found[2].decode().split()) - {"\\Recent"}
    return Held(int(found[1]), flags, octets)


def subjects(server: Server, name: str, folder: str = "INBOX") -> list[str]:
    """Subjects in a folder, in the order of arrival."""
    return [held.subject for held in mail_of(server, name, folder)]


def put(server: Server, name: str, *messages: bytes, folder: str = "INBOX", flags: str = "") -> None:
    """Append messages."""
    with signed_in(server, name) as client:
        for octets in messages:
            answer, said = client.append(folder, f"({flags})", "", octets)
            assert answer == "OK", said


def letter(subject: str, text: str = "Good day.", sender: str = "writer@example.com", to: str = f"alice@{DOMAIN}") -> bytes:
    """A message with CRLF."""
    message = EmailMessage(policy=policy.SMTP)
    message["From"], message["To"], message["Subject"] = sender, to, subject
    message["Date"], message["Message-ID"] = "Mon, 06 Jul 2026 10:00:00 +0000", f"<{abs(hash(subject + text)):x}@example.com>"
    message.set_content(text)
    return message.as_bytes()
