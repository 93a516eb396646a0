"""One attempt: a leased message goes to its destination, and what became of each recipient is written down.

``begin`` is durable before the first octet of MAIL goes out, so that a runner that dies after the other server's 250 leaves
a *possible duplicate* for the next one to tell of. Leases are renewed while the work lasts.
"""

import asyncio
import logging
from collections.abc import Coroutine, Sequence
from typing import Any, Final, TypeVar

import msgspec

from posthouse.foundation.errors import Fenced, PosthouseError, TemporaryFailure
from posthouse.model.delivery import Lease, Leased, Outcome, QueuedMessage
from posthouse.model.settings.relay import (
    QUEUE_DELAY_SECONDS,
    QUEUE_DOUBLE_BOUNCES,
    QUEUE_LIFETIME_SECONDS,
    QUEUE_PER_HOST,
    QUEUE_SCHEDULE,
)
from posthouse.ports.trace import TraceEvent
from posthouse.ports.transmitter import Route
from posthouse.services.receive.acceptance import LOCAL
from posthouse.services.relay.answer import Answer, Fate
from posthouse.services.relay.deciding import Decision, Patience, decide, is_answerable, was_submitted
from posthouse.services.relay.delivering import LocalDelivery
from posthouse.services.relay.notices import Notices, Report
from posthouse.services.relay.pacing import HOSTS, Pacing, host_of
from posthouse.services.relay.parts import RelayParts
from posthouse.services.relay.routing import Routing
from posthouse.services.relay.transmitting import Transmitting

LEASE_SECONDS: Final = 120.0
UNKNOWN_RECIPIENT: Final = "5.1."
"""How the status of an address begins that does not exist (RFC 3463 §3.2)."""
RENEWALS: Final = 3
"""Times a lease is renewed before it would end."""
LOCAL_SCHEDULE: Final = (5, 10, 20, 40)
"""First waits for our own mailboxes: a full disk or an owner that is being replaced passes soon, and asking costs nothing."""
AGAIN_SECONDS: Final = 60.0
"""Wait for a notification that could not be written."""
T = TypeVar("T")
_log = logging.getLogger(__name__)


class Attempts:
    """Makes attempts; knows nothing of slots and of what is due."""

    def __init__(self, parts: RelayParts) -> None:
        self._parts = parts
        self._local = LocalDelivery(parts)
        self.pacing = Pacing(parts.clock, lambda: parts.settings[QUEUE_PER_HOST])
        self.hosts: dict[str, str] = {}
        """The first server of destinations that mail went to lately, as ``pacing`` knows it."""
        routing = Routing(parts.hostname, parts.settings, parts.resolver, parts.entropy, parts.policies)
        self._transmitting = Transmitting(routing, parts.transmitter, self.pacing, parts.clock)
        self._notices = Notices(parts)

    async def attempt(self, destination: str, leased: Leased) -> bool:
        """Make one attempt; raises nothing but what is a bug. Tells whether anybody could be reached."""
        answers: Sequence[Answer] = ()
        try:
            if self._is_too_late(leased.message):
                answers = [Answer(Fate.LATER, "5.4.7", "the sender's deadline has passed")] * len(leased.leases)
            elif destination == LOCAL:
                answers = await self._local.deliver(leased.message)
            elif destination in self._parts.inside:
                answers = await self._parts.inside[destination].deliver(leased.message)
            else:
                answers = await self._elsewhere(destination, leased)
            await self._record(leased, answers, self._patience(destination))
        except Fenced:
            _log.warning("another runner has taken over a message for %s; nothing is recorded", destination)
        except PosthouseError as error:
            _log.warning("an attempt for %s cannot be recorded, its lease will end by itself: %s", destination, error)
        return not answers or not all(answer.absent for answer in answers)

    async def _elsewhere(self, destination: str, leased: Leased) -> Sequence[Answer]:
        now = self._parts.clock.now
        try:
            routes = await self._transmitting.routes(destination, leased.message)
        except asyncio.CancelledError:
            await self._parts.queue.renew(leased.leases, now())  # nothing has begun: due at once for whoever comes
            raise
        if isinstance(routes, Answer):
            return [routes] * len(leased.leases)
        self._remember_host(destination, routes)
        self._note_duplicates(leased)
        await self._parts.queue.begin(leased.leases, now() + LEASE_SECONDS)
        return await self._while_leased(leased.leases, self._transmitting.transmit(leased, routes))

    def _is_too_late(self, message: QueuedMessage) -> bool:
        """RFC 2852 §4: what is to be returned after its deadline is not delivered after it."""
        return message.deliver_mode.startswith("R") and self._parts.clock.now() >= message.deliver_by

    def _remember_host(self, destination: str, routes: Sequence[Route]) -> None:
        if len(self.hosts) >= HOSTS:
            self.hosts.clear()
        if routes:
            self.hosts[destination] = host_of(routes[0])

    async def _while_leased(self, leases: Sequence[Lease], work: Coroutine[Any, Any, T]) -> T:
        """Do the work and renew the leases meanwhile. Raises: Fenced when one is lost; the work is broken off then."""
        task = asyncio.create_task(work)
        try:
            while not (await asyncio.wait([task], timeout=LEASE_SECONDS / RENEWALS))[0]:
                try:
                    await self._parts.queue.renew(leases, self._parts.clock.now() + LEASE_SECONDS)
                except Fenced:
                    raise
                except TemporaryFailure as error:
                    _log.warning("leases cannot be renewed yet: %s", error)
            return task.result()
        finally:
            if not task.done():
                task.cancel()
                await asyncio.wait([task])

    async def _record(self, leased: Leased, answers: Sequence[Answer], patience: Patience) -> None:
        decisions = [decide(leased, number, answer, patience) for number, answer in enumerate(answers)]
        notices: list[QueuedMessage] = []
        caused = [message for answer in answers for message in answer.caused]
        try:
            notices = await self._notices_of(leased, decisions)
        except Exception:  # noqa: BLE001 - whatever is wrong with it, what was delivered must not be delivered again
            _log.exception("a notification cannot be written yet")
            decisions = [_postponed(decision, patience.now + AGAIN_SECONDS) for decision in decisions]
        await self._parts.queue.record([decision.attempt for decision in decisions], [*notices, *caused])
        self._note(leased, decisions, answers)
        await self._count_failures(leased.message, decisions)

    async def _count_failures(self, message: QueuedMessage, decisions: Sequence[Decision]) -> None:
        """Many recipients that do not exist tell that a mailbox of ours is in other hands."""
        unknown = [d for d in decisions if d.attempt.outcome is Outcome.FAILED and d.attempt.status.startswith(UNKNOWN_RECIPIENT)]
        if self._parts.brakes is not None and unknown and message.reverse_path and was_submitted(message):
            await self._parts.brakes.failed(message.reverse_path, len(unknown))

    async def _notices_of(self, leased: Leased, decisions: Sequence[Decision]) -> list[QueuedMessage]:
        reports = [
            Report(recipient, decision.attempt, decision.report)
            for recipient, decision in zip(leased.message.recipients, decisions, strict=True)
            if decision.report is not None
        ]
        if not reports:
            return []
        return await self._notices.notices(leased, reports)

    def _patience(self, destination: str) -> Patience:
        settings = self._parts.settings
        schedule = settings[QUEUE_SCHEDULE]
        return Patience(
            now=self._parts.clock.now(),
            schedule=(*LOCAL_SCHEDULE, *schedule) if destination == LOCAL else tuple(schedule),
            lifetime_seconds=settings[QUEUE_LIFETIME_SECONDS],
            delay_seconds=settings[QUEUE_DELAY_SECONDS],
            spread=self._parts.entropy.octets(1)[0] / 255,
            reports_lost_notices=settings[QUEUE_DOUBLE_BOUNCES] == "postmaster",
        )

    def _note(self, leased: Leased, decisions: Sequence[Decision], answers: Sequence[Answer]) -> None:
        for recipient, decision, answer in zip(leased.message.recipients, decisions, answers, strict=True):
            attempt = decision.attempt
            remote = f" ({'; '.join(filter(None, (attempt.remote, answer.tls)))})" if attempt.remote else ""
            words = f"{attempt.reply}{remote}"
            if attempt.outcome is Outcome.FAILED and decision.report is None:
                words += _silence(leased.message)
            self._trace(leased, str(attempt.outcome), words, recipient.address, attempt.at)

    def _note_duplicates(self, leased: Leased) -> None:
        for recipient, possible in zip(leased.message.recipients, leased.possible_duplicates, strict=True):
            if possible:
                words = "possible duplicate: an earlier attempt was broken off and may have arrived"
                self._trace(leased, "attempt", words, recipient.address, self._parts.clock.now())

    def _trace(self, leased: Leased, step: str, text: str, address: str, at: float) -> None:
        self._parts.trace.append(TraceEvent(leased.message.trace_id, at, step, text, address))


def _silence(message: QueuedMessage) -> str:
    """Why nobody is told of a failure, in words for the trace; empty where the sender did not want to hear."""
    if not message.reverse_path:
        return "; nobody is told: it has no sender"
    return "" if is_answerable(message) else "; nobody is told: its sender may be forged"


def _postponed(decision: Decision, retry_at: float) -> Decision:
    """A failure of which nobody can be told now is no failure yet; everything else is recorded as it is."""
    if decision.report is None or decision.attempt.outcome is not Outcome.FAILED:
        return decision
    return Decision(msgspec.structs.replace(decision.attempt, outcome=Outcome.RETRY, retry_at=retry_at), None)
