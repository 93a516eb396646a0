"""What holds for every test: nobody waits for ever."""

import os
import signal
from collections.abc import Iterator
from types import FrameType

import pytest

_LONG = float(os.environ.get("POSTHOUSE_CROWD_SECONDS", "0")) + float(os.environ.get("POSTHOUSE_EDGE_MESSAGES", "0")) / 20
SECONDS = 300 + int(_LONG)
"""Longer for what `make soak` runs."""


@pytest.fixture(autouse=True)
def _patience() -> Iterator[None]:
    """End a test that hangs, with the place where it hangs."""

    def hang(_number: int, _frame: FrameType | None) -> None:
        raise TimeoutError(f"the test has not ended in {SECONDS} s")

    before = signal.signal(signal.SIGALRM, hang)
    signal.alarm(SECONDS)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)
