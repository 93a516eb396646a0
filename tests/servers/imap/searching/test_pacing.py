"""Long work takes turns, and does what short work would."""

import asyncio

from hypothesis import given, settings
from hypothesis import strategies as st

from posthouse.servers.imap.searching.pacing import Pace, sort_in_turns


@settings(max_examples=60, deadline=None)
@given(st.lists(st.binary(max_size=3), max_size=300), st.booleans())
def test_sorting_in_turns_is_sorting(items: list[bytes], reverse: bool) -> None:
    done = asyncio.run(sort_in_turns(items, len, reverse=reverse, at_once=16))
    assert done == sorted(items, key=len, reverse=reverse), "equal items keep their order"


async def test_others_get_a_turn() -> None:
    turns = 0

    async def other() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    task = asyncio.create_task(other())
    pace, loop = Pace(), asyncio.get_running_loop()
    until = loop.time() + 0.05
    while loop.time() < until:
        await pace.step()
    task.cancel()
    assert turns > 1
