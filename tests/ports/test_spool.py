"""What every spool must do, whatever stands behind it."""

import asyncio
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.support.fakes import CountingEntropy, FakeClock

from posthouse.adapters.blobs.spool import FileSpool
from posthouse.adapters.memory.spool import MemorySpool
from posthouse.foundation.errors import NotFound
from posthouse.foundation.limits import BLOB_CHUNK_OCTETS
from posthouse.model.content import Spooled
from posthouse.ports.spool import Spool


@contextmanager
def _stored(folder: Path) -> Iterator[Spool]:
    spool = FileSpool(folder, FakeClock(), CountingEntropy())
    yield spool
    spool.stop()


@contextmanager
def _compressed(folder: Path) -> Iterator[Spool]:
    spool = FileSpool(folder, FakeClock(), CountingEntropy(), compress=True)
    yield spool
    spool.stop()


@contextmanager
def _memory(_folder: Path) -> Iterator[Spool]:
    yield MemorySpool()


ADAPTERS: dict[str, Callable[[Path], AbstractContextManager[Spool]]] = {
    "stored": _stored,
    "compressed": _compressed,
    "memory": _memory,
}


@pytest.fixture(params=ADAPTERS)
def spool(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Spool]:
    with ADAPTERS[request.param](tmp_path / "spool") as made:
        yield made


async def put(spool: Spool, *portions: bytes) -> Spooled:
    file = await spool.create()
    for portion in portions:
        await file.write(portion)
    return await file.finish()


async def test_what_was_written_is_read(spool: Spool) -> None:
    done = await put(spool, b"Subject: x\r\n", b"", b"\r\nhello\r\n")
    assert done.size_octets == 21
    assert await spool.read(done) == b"Subject: x\r\n\r\nhello\r\n"
    assert await spool.read(done, 9, 1) == b"x"
    assert await spool.read(done, 19, 100) == b"\r\n"
    assert await spool.read(done, 21) == await spool.read(done, 100, 5) == await spool.read(done, 3, 0) == b""


async def test_nothing_is_something(spool: Spool) -> None:
    done = await put(spool)
    assert done.size_octets == 0
    assert await spool.read(done) == b""


async def test_blobs_do_not_mix(spool: Spool) -> None:
    first, second = await spool.create(), await spool.create()
    for number in range(50):
        await asyncio.gather(first.write(b"%d," % number), second.write(b"%d;" % number))
    one, two = await first.finish(), await second.finish()
    assert await spool.read(one) == b"".join(b"%d," % number for number in range(50))
    assert await spool.read(two) == b"".join(b"%d;" % number for number in range(50))


async def test_what_is_discarded_is_gone(spool: Spool) -> None:
    kept = await put(spool, b"kept")
    unfinished = await spool.create()
    await unfinished.write(b"never finished")
    await unfinished.discard()
    file = await spool.create()
    done = await file.finish()
    await file.discard()
    await file.discard()
    with pytest.raises(NotFound):
        await spool.read(done)
    assert await spool.read(kept) == b"kept"


SIZES = st.sampled_from([0, 1, 5_000, BLOB_CHUNK_OCTETS - 1, BLOB_CHUNK_OCTETS, BLOB_CHUNK_OCTETS + 1, 2 * BLOB_CHUNK_OCTETS])
PORTIONS = st.lists(st.tuples(SIZES, st.sampled_from([b"text that repeats itself\r\n", bytes(range(256))])), max_size=4)
RANGES = st.lists(st.tuples(st.integers(0, 500_000), st.none() | st.integers(0, 300_000)), min_size=1, max_size=5)


async def _compare(adapter: str, portions: list[bytes], ranges: list[tuple[int, int | None]]) -> None:
    whole = b"".join(portions)
    with tempfile.TemporaryDirectory() as folder, ADAPTERS[adapter](Path(folder)) as spool:
        done = await put(spool, *portions)
        assert done.size_octets == len(whole)
        for start, length in ranges:
            assert await spool.read(done, start, length) == whole[start : None if length is None else start + length]


@pytest.mark.parametrize("adapter", ADAPTERS)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(PORTIONS, RANGES)
def test_a_range_is_a_slice(adapter: str, portions: list[tuple[int, bytes]], ranges: list[tuple[int, int | None]]) -> None:
    written = [(text * (size // len(text) + 1))[:size] for size, text in portions]
    asyncio.run(_compare(adapter, written, ranges))
