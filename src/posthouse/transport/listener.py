"""Listening sockets that somebody else has opened, served by sessions."""

import asyncio
import socket
import ssl
from collections.abc import Callable, Sequence

from posthouse.transport.proxy import ProxiedListener
from posthouse.transport.wire import HANDSHAKE_SECONDS, Session, Wire

BACKLOG = 1024


def listen(host: str, port: int, *, shared: bool) -> socket.socket:
    """Open a TCP listener; ``shared`` ones divide the connections of one port among several sockets (SO_REUSEPORT).

    Raises: OSError when the address is taken or not ours.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if shared:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        if family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        listener.bind((host, port))
        listener.listen(BACKLOG)
        listener.setblocking(False)
    except OSError:
        listener.close()
        raise
    return listener


async def serve(
    listener: socket.socket,
    make_session: Callable[[Wire], Session],
    context: ssl.SSLContext | None = None,
    proxies: Sequence[str] = (),
) -> asyncio.Server | ProxiedListener:
    """Accept connections on a listener; with a context, TLS comes first (implicit TLS, RFC 8314).

    Connections from the networks in ``proxies`` begin with a PROXY header.
    """
    if proxies:
        return ProxiedListener(listener, make_session, context, proxies)
    loop = asyncio.get_running_loop()
    timeout = HANDSHAKE_SECONDS if context is not None else None
    return await loop.create_server(
        lambda: Wire(make_session, loop), sock=listener, ssl=context, backlog=BACKLOG, ssl_handshake_timeout=timeout
    )
