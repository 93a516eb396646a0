"""Octets of a message on their way into an account: small ones in memory, larger ones in the spool."""

from posthouse.foundation.limits import INLINE_BODY_OCTETS
from posthouse.model.content import Body
from posthouse.ports.spool import Spool, SpoolFile


async def body_of(spool: Spool, octets: bytes, files: list[SpoolFile]) -> Body:
    """The octets as they are handed over; a file that is made for them is added to ``files``. Raises: OutOfSpace, Unavailable."""
    if len(octets) <= INLINE_BODY_OCTETS:
        return octets
    file = await spool.create()
    files.append(file)
    await file.write(octets)
    return await file.finish()
