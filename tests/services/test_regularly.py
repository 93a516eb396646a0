"""Work that is done now and then: at once, again, and whatever fails does not end the rest."""

import asyncio
import logging

import pytest

from posthouse.foundation.errors import Unavailable
from posthouse.services.regularly import Regularly


async def test_each_piece_is_done_again_and_failures_are_told(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    done: list[str] = []
    enough = asyncio.Event()

    async def away() -> int:
        done.append("away")
        raise Unavailable("the keeper is away")

    async def broken() -> int:
        done.append("broken")
        raise ZeroDivisionError

    async def good() -> int:
        done.append("good")
        if done.count("good") == 3:
            enough.set()
        return len(done)

    regularly = Regularly({"one": away, "two": broken, "three": good}, 0.001)
    regularly.start()
    async with asyncio.timeout(10):
        await enough.wait()
    await regularly.stop()
    assert done[:6] == ["away", "broken", "good"] * 2
    assert "one: the keeper is away; tried again later" in caplog.text
    assert "two failed" in caplog.text
    assert "three: 3" in caplog.text
    await Regularly({}, 1).stop()
