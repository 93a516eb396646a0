"""What was answered to requests that carry a key, so that one that is sent again is not done again."""

from typing import Protocol

import msgspec


class Kept(msgspec.Struct, frozen=True):
    """A request and, once it is done, what was answered."""

    request: bytes
    """Digest of the request."""
    answer: bytes = b""
    """Sealed; empty while it is being done."""


class KeptAnswers(Protocol):
    """All verbs raise Unavailable and OutOfSpace."""

    async def begin(self, key: bytes, request: bytes, now: float, keep_seconds: float) -> Kept | None:
        """Begin a request under a key (a digest); None: it is the first, and ``finish`` or ``forget`` is due. Old ones go."""
        ...

    async def finish(self, key: bytes, answer: bytes) -> None:
        """Keep the answer."""
        ...

    async def forget(self, key: bytes) -> None:
        """It was not done: the key may be used again."""
        ...
