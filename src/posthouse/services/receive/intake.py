"""The octets of a message as they come in: a small one stays in memory, a larger one goes to the spool.

What is held in memory is taken from the worker's one budget; where that is empty the spool is used from the first octet.
"""

from typing import Final

from posthouse.formats.header.fields import header_end
from posthouse.foundation.budget import Budget
from posthouse.foundation.limits import INLINE_BODY_OCTETS
from posthouse.model.content import Body
from posthouse.ports.spool import Spool, SpoolFile

HEAD_OCTETS: Final = INLINE_BODY_OCTETS
"""Longest header that stays at hand to be looked at, when the message itself goes to the spool."""
PORTION_OCTETS: Final = 131_072
"""Octets that are collected before one hop to the spool's threads."""


class Intake:
    """One message being received. Either ``finish`` or ``discard`` must be called, and ``discard`` after the last use."""

    __slots__ = ("_budget", "_file", "_held", "_pieces", "_seen", "_spool", "head", "size_octets")

    def __init__(self, spool: Spool, budget: Budget) -> None:
        self._spool = spool
        self._budget = budget
        self._file: SpoolFile | None = None
        self._pieces: list[bytes] = []
        self._held = 0
        self._seen = False
        """The whole header is in ``head``."""
        self.head = b""
        """The header and perhaps more, once ``finish`` has returned; an octet at least where there are some."""
        self.size_octets = 0

    def add(self, octets: bytes) -> bool:
        """Take octets; tells whether ``relieve`` is to be awaited before the next."""
        self._pieces.append(octets)
        self.size_octets += len(octets)
        room = self._budget.take(len(octets))
        if room:
            self._held += len(octets)
        limit = INLINE_BODY_OCTETS if self._file is None else PORTION_OCTETS
        return not room or self._held > limit

    async def relieve(self) -> None:
        """Move what is held to the spool. Raises: OutOfSpace, Unavailable."""
        if self._file is None:
            self._file = await self._spool.create()
        portion = self._take()
        self._look(portion)
        await self._file.write(portion)

    async def finish(self) -> Body:
        """The whole message, durable where it is spooled. Raises: OutOfSpace, Unavailable."""
        if self._file is None:
            body = b"".join(self._pieces) if len(self._pieces) != 1 else self._pieces[0]
            self._pieces = [body]
            self.head = body
            return body
        if self._pieces:
            await self.relieve()
        self.head = self.head[: max(header_end(self.head), 1)]
        return await self._file.finish()

    async def discard(self) -> None:
        """Let go of everything; whoever accepted a spooled body has its own link to it by now."""
        self._take()
        if self._file is not None:
            file, self._file = self._file, None
            await file.discard()

    def _look(self, portion: bytes) -> None:
        """Keep the header, and an octet where there is none: portions may be as small as the budget is empty."""
        if self._seen:
            return
        self.head += portion[: HEAD_OCTETS - len(self.head)]
        end = header_end(self.head)
        if 0 < end < len(self.head) or len(self.head) == HEAD_OCTETS:
            self.head = self.head[: max(end, 1)]
            self._seen = True

    def _take(self) -> bytes:
        portion = b"".join(self._pieces)
        self._pieces = []
        self._budget.give(self._held)
        self._held = 0
        return portion
