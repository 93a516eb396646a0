"""Counting how TLS goes."""

import asyncio

import pytest
from tests.support.fakes import FakeClock
from tests.support.waiting import eventually

from posthouse.adapters.memory.tls.results import MemoryTlsResults
from posthouse.foundation.errors import Unavailable
from posthouse.ports.tls_results import TlsSession
from posthouse.services.relay.tls.tally import TlsTally

GOOD = TlsSession("sts", "a.example", "mx.a.example")


async def test_what_is_noted_is_written_after_a_while_and_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("posthouse.services.relay.tls.tally.DELAY_SECONDS", 0.01)
    clock, results = FakeClock(), MemoryTlsResults()
    tally = TlsTally(results, clock)
    for _ in range(3):
        tally.note(GOOD)

    async def written() -> bool:
        return [one.count for one in await results.of_day("2023-11-14")] == [3]

    await eventually(written)
    clock.advance(86_400)
    tally.note_failure("a.example", "sts", "sts-policy-invalid")
    await tally.stop()
    (one,) = await results.of_day("2023-11-15")
    assert (one.session.result, one.count) == ("sts-policy-invalid", 1)


async def test_nothing_is_lost_while_the_store_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    results = MemoryTlsResults()
    tally = TlsTally(results, FakeClock())

    async def away(_: object) -> None:
        raise Unavailable("away")

    add = results.add
    monkeypatch.setattr(results, "add", away)
    tally.note(GOOD)
    await tally.flush()
    monkeypatch.setattr(results, "add", add)
    await asyncio.sleep(0)
    await tally.stop()
    assert [one.count for one in await results.of_day("2023-11-14")] == [1]
