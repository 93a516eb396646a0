"""A long command is spoken of every ten seconds, not before, and not after it has ended."""

import asyncio

import pytest

from posthouse.servers.imap import progress
from posthouse.servers.imap.modes import Modes
from posthouse.servers.imap.progress import Patience


class Speaker:
    def __init__(self) -> None:
        self.tag = b"a1"
        self.modes = Modes()
        self.said: list[bytes] = []
        self.flushed = 0
        self.spoken = asyncio.Event()

    def write(self, octets: bytes) -> None:
        self.said.append(octets)
        if len(self.said) > 1:
            self.spoken.set()

    def flush(self) -> None:
        self.flushed += 1


async def test_a_short_step_is_not_spoken_of() -> None:
    speaker = Speaker()
    with Patience(speaker, 9) as patience:
        patience.between(1)
        await asyncio.sleep(0)
    assert not speaker.said


async def test_a_long_step_is_spoken_of_until_it_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "PROGRESS_SECONDS", 0.001)
    speaker = Speaker()
    with Patience(speaker, 9) as patience:
        patience.done = 4
        async with asyncio.timeout(5):
            await speaker.spoken.wait()
    count = len(speaker.said)
    await asyncio.sleep(0.005)
    assert len(speaker.said) == count == speaker.flushed
    assert set(speaker.said) == {b'* OK [INPROGRESS ("a1" 4 9)] Still at it\r\n'}
