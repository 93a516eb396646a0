"""The queue's runner: takes what is due, destination by destination, and writes down what became of it.

Leases are short and renewed while the work goes on, so that the work of a dead runner is due again within two minutes. A
runner that has lost its lease can record nothing (Fenced) and forgets the attempt. Woken by a hint of the queue, by its own
clock, and every half minute whatever happens.
"""

import asyncio
import contextlib
import logging
from collections import Counter
from collections.abc import Callable
from itertools import zip_longest
from typing import Final

from posthouse.foundation.errors import PosthouseError
from posthouse.model.delivery import Leased
from posthouse.model.settings.relay import QUEUE_PARALLEL, QUEUE_PER_DESTINATION
from posthouse.ports.bus import QUEUE, QUEUE_BY_HAND
from posthouse.services.receive.acceptance import LOCAL
from posthouse.services.relay.attempt import LEASE_SECONDS, Attempts
from posthouse.services.relay.parts import RelayParts

LOCAL_LEASE_SECONDS: Final = 20.0
"""A local delivery takes milliseconds, and doing it twice is harmless."""
LOOK_SECONDS: Final = 30.0
TROUBLE_SECONDS: Final = 1.0
"""Wait after the queue itself has failed."""
STOP_SECONDS: Final = 5.0
DESTINATIONS: Final = 500
"""Destinations looked at in one go, of the longest waiting and of the newest each."""
REST_SECONDS: Final = 30.0
"""A destination of which no server could be reached is left alone: its other messages must not use up the slots."""
_log = logging.getLogger(__name__)


class Runner:
    """One per queue. ``start`` returns at once; ``stop`` gives back what has not begun."""

    def __init__(self, parts: RelayParts) -> None:
        self._parts = parts
        self._attempts = Attempts(parts)
        self._awake = asyncio.Event()
        self._busy: Counter[str] = Counter()
        self._resting: dict[str, float] = {}
        self._newest = True
        """Which end of a destination's messages the last lease took from: they take turns."""
        self._work: set[asyncio.Task[bool]] = set()
        self._loop: asyncio.Task[None] | None = None
        self._subscriptions: list[Callable[[], None]] = []

    @property
    def working(self) -> int:
        """Attempts under way."""
        return len(self._work)

    async def start(self) -> None:
        """Begin to work."""
        bus = self._parts.bus
        self._subscriptions = [
            bus.subscribe(QUEUE, lambda _topic: self._awake.set()),
            bus.subscribe(QUEUE_BY_HAND, self._told_by_hand),
        ]
        self._loop = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Take nothing new, wait a moment for what is under way, then break it off."""
        for unsubscribe in self._subscriptions:
            unsubscribe()
        if self._loop is not None:
            self._loop.cancel()
            await asyncio.wait([self._loop])
        if self._work:
            await asyncio.wait(self._work, timeout=STOP_SECONDS)
        for task in self._work:
            task.cancel()
        if self._work:
            await asyncio.wait(self._work)

    def _told_by_hand(self, _topic: bytes) -> None:
        """Whoever says *try now* knows more than we do: no destination rests any longer."""
        self._resting.clear()
        self._attempts.pacing.forget_rests()
        self._awake.set()

    async def _run(self) -> None:
        while True:
            self._awake.clear()
            try:
                now = self._parts.clock.now()
                await self._take_due(now)
                wait = await self._until_next(now)
            except PosthouseError as error:
                _log.warning("the queue cannot be read: %s", error)
                wait = TROUBLE_SECONDS
            # Not wait_for: until Python 3.12 it swallows a cancellation that comes together with the event.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await self._awake.wait()

    async def _until_next(self, looked_at: float) -> float:
        """Seconds to wait; ``looked_at`` is the moment for which all that was due has been looked at."""
        due = await self._parts.queue.next_due()
        # What was due then waits for a slot: the work that ends wakes us, or the rest of a destination or server that does.
        # What has become due since has not been looked at.
        moments = [*self._resting.values(), *self._attempts.pacing.rests()]
        if due is not None and due > looked_at:
            moments.append(due)
        now = self._parts.clock.now()
        return min([LOOK_SECONDS, *(max(moment - now, 0.0) for moment in moments if moment > looked_at)])

    async def _take_due(self, now: float) -> None:
        """Lease as much as there are slots for."""
        queue = self._parts.queue
        self._resting = {name: until for name, until in self._resting.items() if until > now}
        for destination in await self._due(now):
            slots = self._slots(destination)
            if slots <= 0:
                continue
            seconds = LOCAL_LEASE_SECONDS if destination == LOCAL else LEASE_SECONDS
            self._newest = not self._newest
            for leased in await queue.lease([destination], slots, now, now + seconds, newest=self._newest):
                self._begin(destination, leased)

    async def _due(self, now: float) -> list[str]:
        """What is due, the longest waiting and the newest by turns: a new message does not wait behind very many old ones."""
        queue = self._parts.queue
        oldest = await queue.due_destinations(now, DESTINATIONS)
        if len(oldest) < DESTINATIONS:
            return oldest
        newest = await queue.due_destinations(now, DESTINATIONS, newest=True)
        return list(dict.fromkeys(name for pair in zip_longest(newest, oldest) for name in pair if name is not None))

    def _slots(self, destination: str) -> int:
        """How many more attempts a destination may have now; slow servers elsewhere never hold up local deliveries."""
        if destination in self._resting:
            return 0
        settings = self._parts.settings
        own = settings[QUEUE_PER_DESTINATION] - self._busy[destination]
        host = self._attempts.hosts.get(destination)
        if host is not None:
            own = min(own, self._attempts.pacing.free(host))
        elsewhere = len(self._work) - self._busy[LOCAL]
        return own if destination == LOCAL else min(own, settings[QUEUE_PARALLEL] - elsewhere)

    def _begin(self, destination: str, leased: Leased) -> None:
        self._busy[destination] += 1
        task = asyncio.create_task(self._attempts.attempt(destination, leased))
        self._work.add(task)
        task.add_done_callback(lambda done: self._ended(destination, done))

    def _ended(self, destination: str, task: asyncio.Task[bool]) -> None:
        self._work.discard(task)
        self._busy[destination] -= 1
        if not self._busy[destination]:
            del self._busy[destination]
        self._awake.set()
        if task.cancelled():
            return
        if (error := task.exception()) is not None:
            _log.error("an attempt for %s failed; its lease will end by itself", destination, exc_info=error)
        elif not task.result():
            self._resting[destination] = self._parts.clock.now() + REST_SECONDS
