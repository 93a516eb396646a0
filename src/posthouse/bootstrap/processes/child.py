"""What every process below the supervisor does alike: signals, heartbeats, a loop, an orderly end."""

import asyncio
import contextlib
import ctypes
import gc
import logging
import os
import signal
from collections.abc import Awaitable, Callable
from typing import Protocol

HEARTBEAT_SECONDS = 1.0
STOP_SECONDS = 8.0
READY = b"R"
BEAT = b"."
_PR_SET_PDEATHSIG = 1


class Process(Protocol):
    """A role: started, told of signals, stopped."""

    async def start(self) -> None:
        """Open everything; returns when connections are accepted."""
        ...

    async def reload(self) -> None:
        """SIGHUP: read certificates anew."""
        ...

    async def stop(self) -> None:
        """Stop accepting, finish transactions, close everything."""
        ...


def run_child(make: Callable[[], Process], heartbeat: int) -> int:
    """Run a process to its end; returns the exit status. ``heartbeat`` is the writing end of a pipe to the supervisor."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    gc.freeze()
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        return runner.run(_live(make(), heartbeat))


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop]:
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop
    factory: Callable[[], asyncio.AbstractEventLoop] = uvloop.new_event_loop
    return factory


async def _live(process: Process, heartbeat: int) -> int:
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    reloads: set[asyncio.Task[None]] = set()
    loop.add_signal_handler(signal.SIGHUP, lambda: _in_background(reloads, process.reload))
    await process.start()
    _tell(heartbeat, READY)
    beats = asyncio.create_task(_beat(heartbeat, ended))
    await ended.wait()
    beats.cancel()
    try:
        await asyncio.wait_for(process.stop(), STOP_SECONDS)
    except TimeoutError:
        logging.getLogger(__name__).warning("did not stop in %s seconds", STOP_SECONDS)
    return 0


def _in_background(tasks: set[asyncio.Task[None]], work: Callable[[], Awaitable[None]]) -> None:
    async def run() -> None:
        try:
            await work()
        except Exception:
            logging.getLogger(__name__).exception("reload failed; what was in use stays in use")

    task = asyncio.create_task(run())
    tasks.add(task)
    task.add_done_callback(tasks.discard)


async def _beat(heartbeat: int, ended: asyncio.Event) -> None:
    while _tell(heartbeat, BEAT):  # noqa: ASYNC110 - a beat is a matter of time, not of an event
        await asyncio.sleep(HEARTBEAT_SECONDS)
    ended.set()  # the supervisor is gone


def _tell(heartbeat: int, word: bytes) -> bool:
    try:
        os.write(heartbeat, word)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return True
