"""A hundred programs sign in at once while the store is busy or its owner is dying (A9): each gets OK or the truth, and soon."""

import asyncio
import contextlib
import os
import re
import signal
import time
from pathlib import Path

import pytest
from tests.support.running import DOMAIN, PASSWORD, Server, running

pytestmark = pytest.mark.long

LOGINS = 100
SECONDS = 10.0
TRUTHS = re.compile(rb"a1 (?:OK |NO \[(?:UNAVAILABLE|INUSE|LIMIT)\] |\* BYE \[UNAVAILABLE\] )")
MESSAGES = 600


class Program:
    """One mail program's connection."""

    def __init__(self, server: Server) -> None:
        self._server = server

    async def sign_in(self) -> tuple[bytes, float]:
        """Connect and sign in; the last word of the server, and how long it took."""
        began = time.monotonic()
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self._server.port("imap"), limit=1 << 24)
        try:
            greeting = await self.reader.readline()
        except ConnectionError:
            greeting = b""
        if not greeting.startswith(b"* OK "):
            return greeting and b"a1 " + greeting, time.monotonic() - began
        said = await self.ask(b"a1", f"LOGIN alice@{DOMAIN} {PASSWORD}")
        return said[-1], time.monotonic() - began

    async def ask(self, tag: bytes, line: str) -> list[bytes]:
        """Give a command; all lines up to the tagged one, or to the end of the connection (an empty line then)."""
        self.writer.write(tag + b" " + line.encode() + b"\r\n")
        said = []
        with contextlib.suppress(ConnectionError):
            while line_ := await self.reader.readline():
                said.append(line_)
                if line_.startswith((tag + b" ", b"* BYE")):
                    return said
        return [*said, b""]

    def close(self) -> None:
        self.writer.transport.abort()


async def fill(server: Server) -> None:
    program = Program(server)
    assert (await program.sign_in())[0].startswith(b"a1 OK")
    for number in range(MESSAGES // 100):
        for inner in range(100):
            text = b"Subject: %d\r\n\r\nText.\r\n" % (number * 100 + inner)
            program.writer.write(b"f%d APPEND INBOX {%d+}\r\n%b\r\n" % (inner, len(text), text))
        while not (await program.reader.readline()).startswith(b"f99 OK"):
            pass
    program.close()


async def keep_busy(server: Server, stopping: asyncio.Event) -> None:
    """Copy and expunge thousands of messages, over and over, whatever becomes of it."""
    program = Program(server)
    while not stopping.is_set():
        said = await program.sign_in()
        if not said[0].startswith(b"a1 OK"):
            program.close()
            await asyncio.sleep(0.1)
            continue
        for line in ("SELECT INBOX", "COPY 1:* Archive", "SELECT Archive", "STORE 1:* +FLAGS.SILENT (\\Deleted)", "EXPUNGE"):
            if not (await program.ask(b"b1", line))[-1]:
                break
        program.close()


async def rush(server: Server, disturb: bool) -> list[Program]:
    """Everybody signs in at the same moment."""
    stopping = asyncio.Event()
    busy = [asyncio.create_task(keep_busy(server, stopping)) for _ in range(2)]
    await asyncio.sleep(0.3)
    programs = [Program(server) for _ in range(LOGINS)]
    signing_in = asyncio.gather(*[program.sign_in() for program in programs])
    if disturb:
        await asyncio.sleep(0.2)
        for name, pid in server.children().items():
            if name == "worker-0":
                os.kill(pid, signal.SIGKILL)
    answers = await signing_in
    stopping.set()
    await asyncio.gather(*busy)
    for last, seconds in answers:
        # Whoever was connected to the worker that died has seen its connection end.
        assert TRUTHS.match(last) or (disturb and not last), last
        assert seconds < SECONDS, f"{last!r} after {seconds} s"
    inside = [program for program, (last, _) in zip(programs, answers, strict=True) if last.startswith(b"a1 OK")]
    # Some had signed in at the worker that died, a moment before.
    alive = [program for program in inside if (await program.ask(b"n0", "NOOP"))[-1].startswith(b"n0 OK")]
    for program in programs:
        if program not in alive:
            program.close()
    return alive


@pytest.mark.parametrize(("workers", "disturb"), [(1, False), (3, True)])
def test_a_hundred_sign_in_while_the_store_is_busy(tmp_path: Path, workers: int, disturb: bool) -> None:
    with running(tmp_path, ("alice",), workers=workers) as server:
        asyncio.run(_everything(server, disturb))
        server.command("verify", f"alice@{DOMAIN}")


async def _everything(server: Server, disturb: bool) -> None:
    await fill(server)
    inside = await rush(server, disturb)
    try:
        await _look(server, inside)
    finally:
        for program in inside:
            program.close()
        await asyncio.sleep(0.05)  # for the streams to notice


async def _look(server: Server, inside: list[Program]) -> None:
    assert len(inside) >= LOGINS // 4
    opened = await asyncio.gather(*[program.ask(b"s1", "SELECT INBOX") for program in inside[:11]])
    for said in opened:
        assert said[-1].startswith(b"s1 OK [READ-WRITE]"), said
        assert b"* %d EXISTS\r\n" % MESSAGES in said, "no message has vanished"
        assert any(b"\\*" in line for line in said if b"PERMANENTFLAGS" in line)
    listed = b"".join(await inside[0].ask(b"l1", 'LIST "" *'))
    assert b"\\Trash" in listed
    one, *others = inside[:11]
    assert (await one.ask(b"d1", "STORE 1:7 +FLAGS (\\Deleted)"))[-1].startswith(b"d1 OK")
    assert (await one.ask(b"d2", "EXPUNGE"))[-1].startswith(b"d2 OK")
    for said in await asyncio.gather(*[program.ask(b"n1", "NOOP") for program in others]):
        assert sum(line.endswith(b" EXPUNGE\r\n") for line in said) == 7
    again = Program(server)
    assert (await again.sign_in())[0].startswith(b"a1 OK")
    assert b"* %d EXISTS\r\n" % (MESSAGES - 7) in await again.ask(b"s2", "SELECT INBOX"), "and it stays so"
    again.close()
