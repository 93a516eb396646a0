"""Handing messages to commands (port ``Transmitter``): the message on standard input, exit codes of sysexits.h for an answer.

The command is run without a shell, in a session of its own, with no handle of ours but a pipe each way, a small environment, and as
nobody where this process is root. What it says is read to a bound; when its time is over its whole group is killed.
"""

import asyncio
import contextlib
import os
import pwd
import shutil
import signal
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

from posthouse.adapters.pipe.command import arguments
from posthouse.adapters.smtp.pieces import pieces_of
from posthouse.foundation.errors import PosthouseError
from posthouse.ports.clock import Clock
from posthouse.ports.spool import Spool
from posthouse.ports.transmitter import Probe, Result, Route, Transmission

SECONDS: Final = 600.0
OUTPUT_OCTETS: Final = 4_096
LAST_WORDS_SECONDS: Final = 1.0
ENVIRONMENT: Final = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8", "HOME": "/"}
NOBODY: Final = "nobody"
_EXITS: Final[dict[int, tuple[int, str, str]]] = {
    0: (250, "2.0.0", "done"),
    64: (550, "5.3.5", "command line usage error"),
    65: (550, "5.6.0", "data format error"),
    66: (550, "5.3.0", "cannot open input"),
    67: (550, "5.1.1", "user unknown"),
    68: (550, "5.1.2", "host unknown"),
    69: (550, "5.3.0", "service unavailable"),
    70: (550, "5.3.0", "internal software error"),
    71: (451, "4.3.0", "system error"),
    72: (550, "5.3.0", "critical system file missing"),
    73: (550, "5.2.0", "cannot create output"),
    74: (451, "4.3.0", "input or output error"),
    75: (451, "4.0.0", "temporary failure"),
    76: (550, "5.5.0", "remote error in protocol"),
    77: (550, "5.7.0", "permission denied"),
    78: (451, "4.3.5", "configuration error"),
}
"""Of sysexits.h; what is the machine's own trouble may pass, everything unknown is tried again."""


class PipeTransmitter:
    """See the module."""

    def __init__(self, spool: Spool, clock: Clock) -> None:
        self._spool = spool
        self._clock = clock

    async def transmit(self, route: Route, transmission: Transmission) -> Sequence[Result]:
        """Run the command once for all recipients."""
        recipients = [recipient.address for recipient in transmission.recipients]
        try:
            argv = arguments(route.host, transmission.reverse_path, recipients)
        except ValueError as error:
            return [Result(550, "5.1.3", str(error), "")] * len(recipients)
        try:
            async with asyncio.timeout(SECONDS):
                result = await self._run(argv, route, transmission)
        except TimeoutError:
            result = Result(451, "4.3.0", f"{argv[0]} did not end within {SECONDS:.0f} s", "")
        except (OSError, PosthouseError) as error:
            result = Result(451, "4.3.0", f"{argv[0]} cannot be run: {error}", "")
        return [result] * len(recipients)

    async def probe(self, route: Route) -> Probe:
        """See whether the command is there; it is not run."""
        argv = arguments(route.host, "sender@example.org", ["recipient@example.org"])
        found = shutil.which(argv[0], path=ENVIRONMENT["PATH"])
        words = f"{argv[0]} is {found}" if found else f"{argv[0]} is not there, or may not be run"
        return Probe(found is not None, (words, "it would be run as: " + " ".join(argv)))

    async def _run(self, argv: list[str], route: Route, transmission: Transmission) -> Result:
        reading, writing = os.pipe()
        words = _Words()
        loop = asyncio.get_running_loop()
        listening, _ = await loop.connect_read_pipe(lambda: words, os.fdopen(reading, "rb", 0))
        process: asyncio.subprocess.Process | None = None
        try:
            try:
                process = await _started(argv, writing)
            finally:
                os.close(writing)
            assert process.stdin is not None
            await self._feed(process.stdin, route, transmission)
            status = await process.wait()
            await asyncio.wait([words.over], timeout=LAST_WORDS_SECONDS)  # what it has started may hold the pipe open
            return _result(argv[0], status, bytes(words.said))
        finally:
            listening.close()
            if process is not None:
                await _end(process)

    async def _feed(self, stdin: asyncio.StreamWriter, route: Route, transmission: Transmission) -> None:
        """Write the message; a command that reads no further has its reasons, and says them with its exit code."""
        with contextlib.suppress(ConnectionError):
            if "from" in route.options:
                stdin.write(self._from_line(transmission, route))
            lines = _Lines(keep="crlf" in route.options)
            async for piece in pieces_of(transmission.content, self._spool):
                stdin.write(lines.feed(piece))
                await stdin.drain()
            stdin.write(lines.end())
            await stdin.drain()
        stdin.close()

    def _from_line(self, transmission: Transmission, route: Route) -> bytes:
        """``From sender date remote from host``, as rmail reads it."""
        date = datetime.fromtimestamp(self._clock.now(), UTC).strftime("%a %b %e %H:%M:%S %Y")
        sender = "".join(transmission.reverse_path.split()) or "MAILER-DAEMON"
        remote = f" remote from {route.helo}" if route.helo else ""
        return f"From {sender} {date}{remote}\n".encode()


class _Lines:
    """CRLF to LF across pieces, unless they are to be kept."""

    def __init__(self, *, keep: bool) -> None:
        self._keep = keep
        self._held = b""

    def feed(self, octets: bytes) -> bytes:
        if self._keep:
            return octets
        octets = self._held + octets
        self._held = b"\r" if octets.endswith(b"\r") else b""
        return octets[: len(octets) - len(self._held)].replace(b"\r\n", b"\n")

    def end(self) -> bytes:
        held, self._held = self._held, b""
        return held


class _Words(asyncio.Protocol):
    """The beginning of what a command says; the rest is read and forgotten."""

    def __init__(self) -> None:
        self.said = bytearray()
        self.over: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def data_received(self, data: bytes) -> None:
        self.said += data[: OUTPUT_OCTETS - len(self.said)]

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - however it ended
        if not self.over.done():
            self.over.set_result(None)


async def _started(argv: list[str], output: int) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *argv,
        stdin=asyncio.subprocess.PIPE,
        stdout=output,
        stderr=output,
        env=ENVIRONMENT,
        cwd="/",
        close_fds=True,
        start_new_session=True,
        **_as_nobody(),
    )


def _result(name: str, status: int, said: bytes) -> Result:
    words = " ".join(said.decode("utf-8", "replace").split())[:500]
    if status < 0:
        return Result(451, "4.3.0", f"{name} was ended by signal {-status} {words}".strip(), "")
    code, enhanced, meaning = _EXITS.get(status, (451, "4.3.0", f"exit status {status}"))
    return Result(code, enhanced, f"{name}: {words or meaning}", "")


async def _end(process: asyncio.subprocess.Process) -> None:
    """Nothing is left of a command that has not ended; what one that has ended has started (uucico) goes on."""
    if process.stdin is not None:
        process.stdin.close()
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        await asyncio.shield(process.wait())


def _as_nobody() -> dict[str, Any]:
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam(NOBODY)
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
