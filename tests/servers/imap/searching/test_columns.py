"""Columns grow and shrink like lists of values; ranks are the places of texts among all texts."""

import struct

from hypothesis import given, settings
from hypothesis import strategies as st

from posthouse.protocols.imap.projections.summary import NO_DATE
from posthouse.servers.imap.searching.columns import Dates, Numbers, Ranks, SentDates

_texts = st.sampled_from([b"", b"A", b"AB", b"B", b"\xc3\x84"]) | st.binary(max_size=3).map(lambda text: text.replace(b"\n", b""))
_steps = st.lists(st.one_of(st.lists(_texts, max_size=50), st.sets(st.integers(0, 100))), max_size=5)


def _line(text: bytes) -> bytes:
    return b"\n".join([b"x", b"y", b"z", b"", b"", text])


@settings(max_examples=150)
@given(_steps)
async def test_ranks_compare_as_their_texts_do(steps: list[list[bytes] | set[int]]) -> None:
    column, texts = Ranks("subject"), list[bytes]()
    for step in steps:
        before, copy = column.snapshot(), list(column.snapshot())
        if isinstance(step, list):
            await column.extend([_line(text) for text in step])
            texts += step
        else:
            column.keep(bytes([row not in step for row in range(len(texts))]))
            texts = [text for row, text in enumerate(texts) if row not in step]
        assert list(before) == copy, "what was handed out has changed"
        ranks = column.snapshot()
        assert len(ranks) == len(texts)
        assert sorted(range(len(texts)), key=ranks.__getitem__) == sorted(range(len(texts)), key=texts.__getitem__)
        assert [rank == 0 for rank in ranks] == [text == b"" for text in texts]
        assert len(set(ranks)) == len(set(texts))


async def test_numbers() -> None:
    column = Numbers("d")
    await column.extend([1.5, 2.0])
    early = column.snapshot()
    await column.extend([3.0])
    column.keep(b"\x01\x00\x01")
    assert list(column.snapshot()) == [1.5, 3.0]
    assert list(early) == [1.5, 2.0]
    assert column.size_octets == 16


async def test_dates() -> None:
    column = SentDates()
    await column.extend([struct.pack("<qq", 7, 70), NO_DATE, b""])
    assert column.snapshot() == Dates(*[type(column.days)("q", values) for values in ([7, 0, 0], [70, 0, 0])])
    column.keep(b"\x00\x01\x01")
    await column.extend([struct.pack("<qq", 8, -80)])
    assert list(column.snapshot().days) == [0, 0, 8]
    assert list(column.snapshot().seconds) == [0, 0, -80]
    assert column.size_octets == 48
