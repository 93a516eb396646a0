"""A way to a server that breaks in the middle of a connection when it is told to, and holds otherwise."""

import contextlib
import socket
import threading
from collections.abc import Callable
from typing import Self


def _nothing() -> None:
    """What happens when a connection is cut, unless more is wanted."""


class CuttingProxy:
    """Cuts the connection in use once so many octets have come from clients (0: never), and each time ``cut_after`` says so."""

    def __init__(self, port: int, octets: int = 0) -> None:
        self._to = port
        self._left = octets
        self._then: Callable[[], None] = _nothing
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.connections = 0
        self._thread = threading.Thread(target=self._accept, daemon=True)

    def __enter__(self) -> Self:
        """Begin."""
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        """Stop."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()

    def cut_after(self, octets: int, then: Callable[[], None]) -> None:
        """Cut after so many more octets from clients; ``then`` is called before either side hears of it."""
        self._left, self._then = octets, then

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                self.connections += 1
                try:
                    server = socket.create_connection(("127.0.0.1", self._to))
                except OSError:  # nobody is there at the moment
                    client.close()
                    continue
                for source, target, passes in ((client, server, self._passes), (server, client, _always)):
                    threading.Thread(target=_carry, args=(source, target, passes), daemon=True).start()

    def _passes(self, octets: bytes) -> bool:
        """Whether octets from a client go on."""
        if not self._left:
            return True
        self._left = max(self._left - len(octets), 0)
        if self._left:
            return True
        then, self._then = self._then, _nothing
        then()
        return False


def _always(_: bytes) -> bool:
    return True


def _carry(source: socket.socket, target: socket.socket, passes: Callable[[bytes], bool]) -> None:
    with contextlib.suppress(OSError):
        while (octets := source.recv(65_536)) and passes(octets):
            target.sendall(octets)
    for side in (source, target):
        with contextlib.suppress(OSError):
            side.shutdown(socket.SHUT_RDWR)
        side.close()
