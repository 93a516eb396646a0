"""Ports of this process offered on a real Unix socket, and the way there."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from posthouse.adapters.rpc.client import Neighbour
from posthouse.adapters.rpc.server import Office, open_office


@asynccontextmanager
async def opened(path: Path, office: Office, *, patience_seconds: float = 2.0) -> AsyncIterator[Neighbour]:
    """Open an office and go to it."""
    server = await open_office(path, office)
    neighbour = Neighbour(path, patience_seconds=patience_seconds)
    try:
        yield neighbour
    finally:
        neighbour.close()
        server.close()
        await server.wait_closed()


@asynccontextmanager
async def neighbour_of(folder: Path, offers: Mapping[str, tuple[type, object]]) -> AsyncIterator[Neighbour]:
    """A neighbour that offers ports by name: the port and what stands behind it."""
    office = Office()
    for name, (port, implementation) in offers.items():
        office.offer(name, port, implementation)
    async with opened(folder / "office.sock", office) as neighbour:
        yield neighbour
