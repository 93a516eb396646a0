"""One purse of memory for everything a worker holds for strangers."""

from collections.abc import Callable


class Budget:
    """Octets that bodies, literals, pages and compression states may take together (``limits.memory``)."""

    __slots__ = ("_free", "on_shortage", "total")

    def __init__(self, total: int) -> None:
        self.total = total
        self._free = total
        self.on_shortage: Callable[[int], None] | None = None
        """Called with the octets that are lacking: whoever keeps what can be had again gives it back."""

    @property
    def free(self) -> int:
        """Octets that may still be taken."""
        return self._free

    def take(self, octets: int) -> bool:
        """Take octets if there are as many left; the answer at the bound is the caller's."""
        if octets > self._free and self.on_shortage is not None:
            self.on_shortage(octets - self._free)
        if octets > self._free:
            return False
        self._free -= octets
        return True

    def give(self, octets: int) -> None:
        """Put octets back."""
        self._free = min(self.total, self._free + octets)
