"""One transmitter for every kind of route (port ``Transmitter``)."""

from collections.abc import Mapping, Sequence

from posthouse.ports.transmitter import Probe, Result, Route, Transmission, Transmitter


class Ways:
    """Hands each transmission to the transmitter of its route's scheme."""

    def __init__(self, transmitters: Mapping[str, Transmitter]) -> None:
        self._transmitters = transmitters

    async def transmit(self, route: Route, transmission: Transmission) -> Sequence[Result]:
        """Try to hand over a message."""
        return await self._transmitters[route.scheme].transmit(route, transmission)

    async def probe(self, route: Route) -> Probe:
        """Speak to a server without sending anything."""
        return await self._transmitters[route.scheme].probe(route)
