"""``posthouse queue route``: the way out, joined for one command."""

import asyncio
from collections.abc import Sequence

from posthouse.adapters.rpc.client import Neighbour
from posthouse.bootstrap.house import OPERATOR, House
from posthouse.bootstrap.outbound import open_outbound, own_tls_facts, remote_tls_facts
from posthouse.bootstrap.storage import ENTROPY, resolver
from posthouse.services.relay.probing import Prober, Way
from posthouse.services.relay.routing import Routing, Wishes


async def find_ways(house: House, destination: str, wishes: Wishes, *, speak: bool) -> Sequence[Way]:
    """The servers for a destination. Raises: what ``Prober.ways`` raises."""
    database = keeper = None
    if house.server is None:
        facts, database = own_tls_facts(house.layout.tls)
    else:
        keeper = Neighbour(house.layout.socket("keeper"))
        facts = remote_tls_facts(keeper)
    hostname = house.config.hostname
    outbound = open_outbound(hostname, house.settings, house.spool, facts, resolver(house.settings))
    routing = Routing(hostname, house.settings, outbound.resolver, ENTROPY, outbound.policies)
    try:
        return await Prober(routing, outbound.transmitter).ways(OPERATOR, destination, wishes, speak=speak)
    finally:
        await outbound.stop()
        if database is not None:
            await asyncio.to_thread(database.stop)
        if keeper is not None:
            keeper.close()
