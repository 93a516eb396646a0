"""Archives in memory, and a sealing that costs nothing."""

from collections.abc import AsyncIterator, Callable, Mapping

from posthouse.foundation.errors import Invalid
from posthouse.ports.moving.archive import Member
from posthouse.ports.moving.sealing import Sealing


class MemoryArchive:
    """What is written is read."""

    def __init__(self) -> None:
        self.written: list[Member] = []
        self.is_finished = False

    async def add(self, name: str, octets: bytes, attributes: Mapping[str, str] | None = None) -> None:
        """Remember a member."""
        self.written.append(Member(name, octets, dict(attributes or {}), len(octets)))

    async def finish(self) -> None:
        """Let it be read."""
        self.is_finished = True

    async def discard(self) -> None:
        """Forget what is not finished."""
        if not self.is_finished:
            self.written.clear()

    async def members(self, wanted: Callable[[str], bool]) -> AsyncIterator[Member]:
        """All members."""
        for member in list(self.written):
            yield member if wanted(member.name) else Member(member.name, b"", member.attributes, member.size_octets)


class PlainSealing:
    """Reads what it wrote, under the same passphrase."""

    def __init__(self, mark: bytes) -> None:
        self._mark = mark

    def seal(self, octets: bytes) -> bytes:
        """Put the passphrase in front."""
        return self._mark + octets[::-1]

    def unseal(self, sealed: bytes) -> bytes:
        """Take it away."""
        if not sealed.startswith(self._mark):
            raise Invalid("another passphrase")
        return sealed[len(self._mark) :][::-1]


class PlainPassphrases:
    """Keys that cost nothing."""

    async def key(self, passphrase: str, salt: bytes) -> Sealing:
        """The passphrase itself."""
        return PlainSealing(passphrase.encode() + salt)
