"""Handing queued messages to other servers: one route after the other, as long as nobody has been reached."""

import asyncio
from collections.abc import Sequence

from posthouse.formats.address.key import domain_key
from posthouse.foundation.errors import PosthouseError
from posthouse.model.delivery import Leased, QueuedMessage
from posthouse.ports.clock import Clock
from posthouse.ports.transmitter import Route, Transmission, Transmitter
from posthouse.services.relay.answer import Answer, Fate, Undeliverable, answer_of
from posthouse.services.relay.pacing import Pacing, Resting, host_of
from posthouse.services.relay.routing import NoneSafe, Routing, Wishes

TRANSMISSION_SECONDS = 3_600.0
"""Longest work on one server: a large message over a slow line."""


class Transmitting:
    """One attempt for all recipients of a message at one destination."""

    def __init__(self, routing: Routing, transmitter: Transmitter, pacing: Pacing, clock: Clock) -> None:
        self._routing = routing
        self._transmitter = transmitter
        self._pacing = pacing
        self._clock = clock

    async def routes(self, destination: str, message: QueuedMessage) -> list[Route] | Answer:
        """Where to try; an answer where nothing is to be tried now."""
        wishes = Wishes(_sender_domain(message), message.require_tls, message.tls_optional)
        try:
            return await self._routing.routes(destination, wishes)
        except Undeliverable as error:
            return Answer(Fate.NEVER, error.status, str(error))
        except NoneSafe as error:
            return Answer(Fate.LATER, "4.7.5", str(error))
        except PosthouseError as error:
            return Answer(Fate.LATER, "4.4.3", str(error))

    async def transmit(self, leased: Leased, routes: Sequence[Route]) -> Sequence[Answer]:
        """Try the routes in order; recipients who have an answer are not tried again."""
        message = leased.message
        answers: list[Answer | None] = [None] * len(message.recipients)
        for route in routes:
            waiting = [number for number, answer in enumerate(answers) if answer is None or answer.unreached]
            if not waiting:
                break
            for number, answer in zip(waiting, await self._try(route, message, waiting), strict=True):
                before = answers[number]
                # What one server lacks another may have; that the other was away says nothing about the first.
                if before is None or not (before.fate is Fate.NEVER and answer.unreached):
                    answers[number] = answer
        return [answer or Answer(Fate.LATER, "4.4.4", "no server to try") for answer in answers]

    async def _try(self, route: Route, message: QueuedMessage, numbers: Sequence[int]) -> Sequence[Answer]:
        host = host_of(route)
        try:
            async with self._pacing.turn(host), asyncio.timeout(TRANSMISSION_SECONDS):
                results = list(await self._transmitter.transmit(route, self._transmission(message, numbers)))
        except Resting as error:
            return [Answer(Fate.LATER, "4.4.5", str(error), route.host, unreached=True)] * len(numbers)
        except TimeoutError:
            late = Answer(Fate.LATER, "4.4.2", "the transmission took too long", route.host, uncertain=True)
            return [late] * len(numbers)
        self._pacing.learn(host, results)
        return [answer_of(result) for result in results]

    def _transmission(self, message: QueuedMessage, numbers: Sequence[int]) -> Transmission:
        return Transmission(
            reverse_path=message.forward_path or message.reverse_path,
            recipients=tuple(message.recipients[number] for number in numbers),
            content=message.content,
            smtputf8=message.smtputf8,
            eight_bit=message.eight_bit,
            binary=message.binary,
            return_content=message.return_content,
            envelope_id=message.envelope_id,
            require_tls=message.require_tls,
            deliver_within=int(message.deliver_by - self._clock.now()) if message.deliver_by else 0,
            deliver_mode=message.deliver_mode,
            priority=message.priority,
        )


def _sender_domain(message: QueuedMessage) -> str:
    try:
        return domain_key(message.reverse_path.rpartition("@")[2]) if message.reverse_path else ""
    except ValueError:
        return ""
