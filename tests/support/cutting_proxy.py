"""A way to a server that breaks in the middle of the first connection, and holds afterwards."""

import contextlib
import socket
import threading
from typing import Self


class CuttingProxy:
    """Cuts its first connection after so many octets from the client."""

    def __init__(self, port: int, octets: int) -> None:
        self._to = port
        self._octets = octets
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

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                self.connections += 1
                server = socket.create_connection(("127.0.0.1", self._to))
                limit = self._octets if self.connections == 1 else None
                for source, target, most in ((client, server, limit), (server, client, None)):
                    threading.Thread(target=_carry, args=(source, target, most), daemon=True).start()


def _carry(source: socket.socket, target: socket.socket, most: int | None) -> None:
    carried = 0
    with contextlib.suppress(OSError):
        while (octets := source.recv(65_536)) and (most is None or carried + len(octets) <= most):
            carried += len(octets)
            target.sendall(octets)
    for side in (source, target):
        with contextlib.suppress(OSError):
            side.shutdown(socket.SHUT_RDWR)
        side.close()
