"""The machine's randomness (port ``Entropy``)."""

import os

_POOL_OCTETS = 4_096


class SystemEntropy:
    """The kernel's generator, asked in larger portions: ids are made for every message."""

    def __init__(self) -> None:
        self._pool = b""
        os.register_at_fork(after_in_child=self._forget)

    def octets(self, count: int) -> bytes:
        """Return unpredictable octets."""
        if count > 64:
            return os.urandom(count)
        if len(self._pool) < count:
            self._pool = os.urandom(_POOL_OCTETS)
        taken, self._pool = self._pool[:count], self._pool[count:]
        return taken

    def _forget(self) -> None:
        self._pool = b""
