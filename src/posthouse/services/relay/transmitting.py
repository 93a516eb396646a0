"""Handing queued messages to other servers: one route after the other, as long as nobody has been reached."""

import asyncio
from collections.abc import Sequence

from posthouse.foundation.errors import PosthouseError
from posthouse.model.delivery import Leased, QueuedMessage
from posthouse.ports.transmitter import Route, Transmission, Transmitter
from posthouse.services.relay.answer import Answer, Fate, Undeliverable, answer_of
from posthouse.services.relay.routing import Routing

TRANSMISSION_SECONDS = 3_600.0
"""Longest work on one server: a large message over a slow line."""


class Transmitting:
    """One attempt for all recipients of a message at one destination."""

    def __init__(self, routing: Routing, transmitter: Transmitter) -> None:
        self._routing = routing
        self._transmitter = transmitter

    async def routes(self, destination: str) -> list[Route] | Answer:
        """Where to try; an answer where nothing is to be tried now."""
        try:
            return await self._routing.routes(destination)
        except Undeliverable as error:
            return Answer(Fate.NEVER, error.status, str(error))
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
                answers[number] = answer
        return [answer or Answer(Fate.LATER, "4.4.4", "no server to try") for answer in answers]

    async def _try(self, route: Route, message: QueuedMessage, numbers: Sequence[int]) -> Sequence[Answer]:
        transmission = Transmission(
            reverse_path=message.forward_path or message.reverse_path,
            recipients=tuple(message.recipients[number] for number in numbers),
            content=message.content,
            smtputf8=message.smtputf8,
            eight_bit=message.eight_bit,
            binary=message.binary,
            return_content=message.return_content,
            envelope_id=message.envelope_id,
        )
        try:
            async with asyncio.timeout(TRANSMISSION_SECONDS):
                return [answer_of(result) for result in await self._transmitter.transmit(route, transmission)]
        except TimeoutError:
            late = Answer(Fate.LATER, "4.4.2", "the transmission took too long", route.host, uncertain=True)
            return [late] * len(numbers)
