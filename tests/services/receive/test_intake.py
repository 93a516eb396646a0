"""Octets coming in: memory first, then the spool, and nothing left behind."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.support.fakes import CountingEntropy, FakeClock

from posthouse.adapters.blobs.spool import FileSpool
from posthouse.formats.header.fields import header_end
from posthouse.foundation.budget import Budget
from posthouse.foundation.errors import OutOfSpace
from posthouse.foundation.limits import INLINE_BODY_OCTETS
from posthouse.model.content import Spooled
from posthouse.services.receive.intake import HEAD_OCTETS, PORTION_OCTETS, Intake

TOTAL = 2_000_000


@pytest.fixture
async def spool(tmp_path: Path) -> AsyncIterator[FileSpool]:
    made = FileSpool(tmp_path / "spool", FakeClock(), CountingEntropy())
    yield made
    made.stop()


async def take(intake: Intake, pieces: list[bytes]) -> None:
    for piece in pieces:
        if intake.add(piece):
            await intake.relieve()


@pytest.mark.parametrize("pieces", [[], [b"one piece"], [b"two ", b"pieces"], [b"x" * INLINE_BODY_OCTETS]])
async def test_small_messages_stay_in_memory(spool: FileSpool, tmp_path: Path, pieces: list[bytes]) -> None:
    budget = Budget(TOTAL)
    intake = Intake(spool, budget)
    await take(intake, pieces)
    body = await intake.finish()
    assert body == b"".join(pieces) == intake.head
    assert intake.size_octets == len(b"".join(pieces))
    assert budget.free == TOTAL - intake.size_octets
    await intake.discard()
    assert budget.free == TOTAL
    assert not list((tmp_path / "spool").iterdir())


@pytest.mark.parametrize("size", [1_000, 70_000, PORTION_OCTETS + 1])
async def test_large_messages_go_to_the_spool(spool: FileSpool, tmp_path: Path, size: int) -> None:
    budget = Budget(TOTAL)
    intake = Intake(spool, budget)
    pieces = [bytes([number % 256]) * size for number in range(INLINE_BODY_OCTETS // size + 5)]
    await take(intake, pieces)
    body = await intake.finish()
    assert isinstance(body, Spooled)
    whole = b"".join(pieces)
    assert await spool.read(body) == whole
    assert body.size_octets == intake.size_octets == len(whole)
    assert intake.head == whole[: len(intake.head)]
    assert 0 < len(intake.head) <= HEAD_OCTETS
    assert budget.free == TOTAL
    await intake.discard()
    assert not list((tmp_path / "spool").iterdir())


async def test_an_empty_budget_means_spool(spool: FileSpool) -> None:
    intake = Intake(spool, Budget(10))
    await take(intake, [b"0123456789", b"more", b"and more"])
    body = await intake.finish()
    assert isinstance(body, Spooled)
    assert await spool.read(body) == b"0123456789moreand more"
    await intake.discard()


@pytest.mark.parametrize("size", [1, 3, 7, 1_000])
@pytest.mark.parametrize("octets", [b"Subject: x\r\nTo: y\r\n\r\nbody\r\n", b"no header\r\n\r\nSubject: x\r\n", b"To: y\r\n"])
async def test_the_header_stays_at_hand_however_small_the_portions(spool: FileSpool, octets: bytes, size: int) -> None:
    intake = Intake(spool, Budget(0))
    await take(intake, [octets[at : at + size] for at in range(0, len(octets), size)])
    await intake.finish()
    assert intake.head[: header_end(intake.head)] == octets[: header_end(octets)]
    assert intake.head
    await intake.discard()


class FullSpool:
    async def create(self) -> FileSpool:
        raise OutOfSpace("the disk is full")


async def test_a_full_disk_is_told_and_nothing_is_kept() -> None:
    budget = Budget(TOTAL)
    intake = Intake(FullSpool(), budget)  # type: ignore[arg-type]  # only create is called
    with pytest.raises(OutOfSpace):
        await take(intake, [b"x" * (INLINE_BODY_OCTETS + 1)])
    await intake.discard()
    assert budget.free == TOTAL
