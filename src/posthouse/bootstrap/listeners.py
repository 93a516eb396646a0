"""The listening sockets of an installation: opened once, by the supervisor, and handed on."""

import errno
import socket
from typing import NamedTuple

from posthouse.bootstrap.config import SERVICES, Config
from posthouse.foundation.errors import Invalid, PosthouseError, Unavailable
from posthouse.transport.listener import listen

MOST_PORT = 65_535
LOOPBACK = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - the two that mean everybody


class Listener(NamedTuple):
    """One open socket: the service it is for and the process that serves it (``worker-0``, ``web``)."""

    service: str
    process: str
    socket: socket.socket


def open_listeners(config: Config, bind: list[str], offset: int, roles: frozenset[str]) -> list[Listener]:
    """Open every listener: one for each mail worker, so that the kernel divides the connections; one for the web.

    Raises: Unavailable, naming the address and what to do; Invalid for a port no machine has. Nothing stays open then.
    """
    opened: list[Listener] = []
    try:
        for name, service in SERVICES.items():
            port = config.port(name, offset)
            if not port or not _wanted(name, service.server, roles):
                continue
            processes = ["web"] if service.server == "web" else [f"worker-{slot}" for slot in range(config.worker_count)]
            for host in _reachable(name, bind):
                for process in processes:
                    listener = _open(name, host, port, shared=len(processes) > 1)
                    opened += [] if listener is None else [Listener(name, process, listener)]
    except PosthouseError:
        for one in opened:
            one.socket.close()
        raise
    return opened


def _reachable(name: str, bind: list[str]) -> list[str]:
    """LMTP is for a mail server on the same machine: where everybody could reach it, it listens on loopback only."""
    return [LOOPBACK.get(host, host) for host in bind] if name == "lmtp" else bind


def _wanted(name: str, server: str, roles: frozenset[str]) -> bool:
    return not roles or server in roles or name in roles or (server == "smtp" and name == "smtp" and "mx" in roles)


def _open(name: str, host: str, port: int, *, shared: bool) -> socket.socket | None:
    """Open one; None for the sixth version of everywhere, or of loopback, on a machine that has it not."""
    if port > MOST_PORT:
        raise Invalid(f"there is no port {port} for {name}: the highest is {MOST_PORT}")
    try:
        return listen(host, port, shared=shared)
    except OSError as error:
        if host in {"::", "::1"} and error.errno in {errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL}:
            return None
        hint = "use --port-offset, or start as root and set user in posthouse.toml" if port < 1024 else "is it in use?"
        raise Unavailable(f"cannot listen on {host} port {port} for {name}: {error.strerror}; {hint}") from error
