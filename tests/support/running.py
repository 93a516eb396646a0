"""A real server in processes of its own, on loopback, stopped by the test that started it."""

import atexit
import contextlib
import fcntl
import functools
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

PASSWORD = "pw"
DOMAIN = "example.test"
STANDARD_PORTS = {
    "smtp": 25, "lmtp": 24, "qmtp": 209, "submission": 587, "submissions": 465, "imap": 143, "imaps": 993, "pop3": 110,
    "pop3s": 995, "http": 80, "https": 443,
}  # fmt: skip


def posthouse(directory: Path, *arguments: str, given: str = "", check: bool = True) -> subprocess.CompletedProcess[str]:
    """Run one command of the product."""
    command = [sys.executable, "-m", "posthouse.cli.main", "-d", str(directory), *arguments]
    done = subprocess.run(command, input=given, capture_output=True, text=True, timeout=60, check=False)
    if check and done.returncode != 0:
        raise AssertionError(f"{arguments}: {done.stderr}")
    return done


def free_offset() -> int:
    """A port offset at which every standard port is free, and which no other test on this machine takes meanwhile.

    Below the ports the system gives to clients (from 32,768 on), of which any may be in use for a moment.
    """
    while True:
        for offset in random.sample(range(10_000, 31_000, 1_000), 21):
            if _is_ours(offset) and _is_free(offset):
                return offset
        time.sleep(0.2)


_OFFSETS: dict[int, IO[str]] = {}
"""Offsets this process has taken, with the locks that say so."""


def _is_ours(offset: int) -> bool:
    if offset in _OFFSETS:
        return False
    file = (Path(tempfile.gettempdir()) / f"posthouse-ports-{offset}.lock").open("a")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        return False
    _OFFSETS[offset] = file
    return True


def _is_free(offset: int) -> bool:
    try:
        for port in STANDARD_PORTS.values():
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", port + offset))
    except OSError:
        _give_back(offset)
        return False
    return True


def _give_back(offset: int) -> None:
    file = _OFFSETS.pop(offset, None)
    if file is not None:
        file.close()


@dataclass
class Server:
    """One installation, running or not."""

    directory: Path
    workers: int = 1
    offset: int = field(default_factory=free_offset)
    process: subprocess.Popen[str] | None = None

    def port(self, service: str) -> int:
        """The port of a service."""
        return STANDARD_PORTS[service] + self.offset

    def start(self) -> None:
        """Start, and wait for ``posthouse ready``."""
        command = [sys.executable, "-m", "posthouse.cli.main", "-d", str(self.directory), "serve", "--bind", "127.0.0.1"]
        command += ["--port-offset", str(self.offset), "--workers", str(self.workers)]
        log = (self.directory.parent / "server.log").open("a")
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True, start_new_session=True)
        log.close()
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line == "posthouse ready\n", (line, self.log())

    def log(self) -> str:
        """What the server has said."""
        path = self.directory.parent / "server.log"
        return path.read_text() if path.exists() else ""

    def stop(self) -> int:
        """Ask it to stop; returns the exit status."""
        assert self.process is not None
        self.process.terminate()
        status = self.process.wait(15)
        self._closed()
        return status

    def kill(self) -> None:
        """Kill the whole process group, as a power cut would."""
        assert self.process is not None
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(15)
        self._closed()

    def children(self) -> dict[str, int]:
        """Process ids by start order: keeper, worker-0…, web."""
        assert self.process is not None
        names = ["keeper", *(f"worker-{slot}" for slot in range(self.workers)), "web"]
        listed = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return dict(zip(names, sorted(map(int, listed)), strict=False))

    def child_ids(self) -> list[int]:
        """Process ids of all children, whatever they are now."""
        assert self.process is not None
        return [int(pid) for pid in Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()]

    def connect(self, service: str, seconds: float = 10.0) -> socket.socket:
        """A connection to a service."""
        return socket.create_connection(("127.0.0.1", self.port(service)), seconds)

    def command(self, *arguments: str, given: str = "") -> str:
        """Run a command of the product against this installation; returns what it prints."""
        return posthouse(self.directory, *arguments, given=given).stdout

    def _closed(self) -> None:
        if self.process is not None and self.process.stdout is not None:
            self.process.stdout.close()


@contextmanager
def running(
    folder: Path, accounts: Sequence[str] = ("alice", "bob"), *, workers: int = 1, profile: str = "lab"
) -> Iterator[Server]:
    """An installation with accounts whose password is ``PASSWORD``, running."""
    directory = folder / "house"
    server = Server(directory, workers)
    install(directory, accounts, profile)
    server.start()
    try:
        yield server
    finally:
        if server.process is not None and server.process.poll() is None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                server.stop()
            if server.process.poll() is None:
                server.kill()
        server._closed()
        _give_back(server.offset)


def install(directory: Path, accounts: Sequence[str], profile: str = "lab") -> None:
    """Make an installation with some accounts: a copy of one made before, where there is one."""
    shutil.copytree(_made(tuple(accounts), profile), directory)


@functools.cache
def _made(accounts: tuple[str, ...], profile: str) -> Path:
    folder = Path(tempfile.mkdtemp(prefix="posthouse-test-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    directory = folder / "house"
    admin = f"postmaster@{DOMAIN}"
    init = [
        "init",
        "--hostname",
        "mail.example.test",
        "--domain",
        DOMAIN,
        "--admin",
        admin,
        "--password-stdin",
        "--profile",
        profile,
    ]
    posthouse(directory, *init, given="Correct-horse-7\n")
    for name in accounts:
        if profile == "lab":
            posthouse(directory, "account", "add", f"{name}@{DOMAIN}", "--password-stdin", given=f"{PASSWORD}\n")
        else:  # where the password would be too weak
            posthouse(directory, "account", "add", f"{name}@{DOMAIN}", "--no-password")
    return directory


def until(condition: object, seconds: float = 10.0) -> bool:
    """Wait until a callable says yes; tells whether it did."""
    assert callable(condition)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.02)
    return bool(condition())
