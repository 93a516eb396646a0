"""How much one server is given."""

import asyncio

import pytest
from tests.support.fakes import FakeClock

from posthouse.ports.transmitter import Result, Route
from posthouse.services.relay.pacing import EARNED_BY, FIRST, REST_SECONDS, Pacing, Resting, host_of

OK = Result(250, "2.0.0", "", "mx")
BUSY = Result(421, "4.7.0", "", "mx")


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


async def test_more_is_earned_and_lost(clock: FakeClock) -> None:
    pacing = Pacing(clock, lambda: 7)
    assert pacing.free("mx") == FIRST
    for _ in range(EARNED_BY * 10):
        pacing.learn("mx", [OK])
    assert pacing.free("mx") == 7
    pacing.learn("mx", [BUSY])
    assert pacing.free("mx") == 0
    with pytest.raises(Resting):
        async with pacing.turn("mx"):
            pass
    clock.advance(REST_SECONDS + 1)
    assert pacing.free("mx") == 3
    assert pacing.free("other") == FIRST


async def test_rests_grow_until_mail_is_taken(clock: FakeClock) -> None:
    pacing = Pacing(clock, lambda: 20)
    waits = []
    for _ in range(3):
        pacing.learn("mx", [BUSY])
        waits.append(pacing.rests_until("mx") - clock.now())
    assert waits == [REST_SECONDS, 2 * REST_SECONDS, 4 * REST_SECONDS]
    pacing.learn("mx", [OK])
    pacing.learn("mx", [BUSY])
    assert pacing.rests_until("mx") - clock.now() == REST_SECONDS
    pacing.forget_rests()
    assert pacing.free("mx") == 1


@pytest.mark.parametrize(
    "result", [Result(450, "4.2.1", "greylisted", "mx"), Result(550, "5.1.1", "", "mx"), Result(0, "", "", "mx")]
)
async def test_what_is_about_one_message_slows_nobody_down(clock: FakeClock, result: Result) -> None:
    pacing = Pacing(clock, lambda: 20)
    pacing.learn("mx", [result])
    assert pacing.free("mx") == FIRST


async def test_turns_are_taken_in_order_and_never_too_many(clock: FakeClock) -> None:
    pacing = Pacing(clock, lambda: 2)
    running, most, order = 0, 0, []

    async def work(number: int) -> None:
        nonlocal running, most
        async with pacing.turn("mx"):
            order.append(number)
            running += 1
            most = max(most, running)
            await asyncio.sleep(0)
            running -= 1

    await asyncio.gather(*(work(number) for number in range(10)))
    assert (most, order) == (2, list(range(10)))
    assert pacing.free("mx") == 2


async def test_who_leaves_the_line_blocks_nobody(clock: FakeClock) -> None:
    pacing = Pacing(clock, lambda: 1)
    release = asyncio.Event()

    async def work() -> None:
        async with pacing.turn("mx"):
            await release.wait()

    first, second, third = (asyncio.create_task(work()) for _ in range(3))
    await asyncio.sleep(0)
    second.cancel()
    release.set()
    await asyncio.gather(first, third)
    assert pacing.free("mx") == 1


async def test_whoever_waits_hears_that_the_server_has_had_enough(clock: FakeClock) -> None:
    pacing = Pacing(clock, lambda: 1)

    async def work() -> None:
        async with pacing.turn("mx"):
            await asyncio.sleep(0)
            pacing.learn("mx", [BUSY])

    outcomes = await asyncio.gather(*(work() for _ in range(3)), return_exceptions=True)
    assert [type(outcome).__name__ for outcome in outcomes] == ["NoneType", "Resting", "Resting"]


def test_one_server_is_one_name_and_port() -> None:
    assert host_of(Route("smtp", "MX.example", 25)) == host_of(Route("smtps", "mx.example", 25))
    assert host_of(Route("pipe", "cat")) == "pipe:cat"
