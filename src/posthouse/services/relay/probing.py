"""Which servers mail for a domain would go to, and what speaking to them comes to; nothing is sent."""

from collections.abc import Sequence

import msgspec

from posthouse.formats.address.key import domain_key
from posthouse.foundation.errors import Invalid
from posthouse.model.principal import Principal
from posthouse.model.role import Act
from posthouse.model.route import is_route, parse_targets
from posthouse.ports.transmitter import Probe, Route, Transmitter
from posthouse.services.relay.routing import Routing, Wishes


class Way(msgspec.Struct, frozen=True):
    """One server that would be tried."""

    route: Route
    probe: Probe | None
    """None: nobody has tried."""


class Prober:
    """The verbs; all raise NotPermitted unless for who administers everything."""

    def __init__(self, routing: Routing, transmitter: Transmitter) -> None:
        self._routing = routing
        self._transmitter = transmitter

    async def ways(self, principal: Principal, destination: str, wishes: Wishes, *, speak: bool) -> Sequence[Way]:
        """The servers for a domain (or a route written by hand) in their order; with ``speak`` each is spoken to.

        Raises: Invalid; Undeliverable and Unavailable, in words, where there is none.
        """
        principal.require(Act.ROUTE_LOOK)
        routes = await self._routing.routes(checked_destination(destination), wishes)
        return [Way(route, await self._transmitter.probe(route) if speak else None) for route in routes]


def checked_destination(text: str) -> str:
    """A destination as the queue knows it: a route that can be understood, or a normalised domain. Raises: Invalid."""
    if is_route(text):
        if any(target.password for target in parse_targets(text)):
            raise Invalid("a password has no place in the queue: name a domain whose route has it")
        return text
    try:
        return domain_key(text.rpartition("@")[2])
    except ValueError as error:
        raise Invalid(f"{text!r} is neither a domain nor a route: {error}") from error
