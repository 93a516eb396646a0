"""The web worker: HTTP on the sockets it was given."""

import asyncio
import contextlib
import ssl
from collections.abc import Iterator, Mapping, Sequence
from socket import socket

import uvicorn
from starlette.types import ASGIApp

from posthouse.bootstrap.config import Config
from posthouse.bootstrap.layout import Layout
from posthouse.foundation.errors import Unavailable
from posthouse.transport.tls import reload, server_context
from posthouse.web.app import web_application

IDLE_SECONDS = 15
"""How long a connection may wait for its next request."""
STOP_SECONDS = 3
CONNECTIONS = 2_000
"""At more the answer is 503."""


class WebWorker:
    """The process behind ``http`` and ``https``."""

    def __init__(self, layout: Layout, config: Config, sockets: Mapping[str, Sequence[socket]]) -> None:
        self._layout = layout
        self._config = config
        self._sockets = sockets
        self._context = server_context(layout.certificate, layout.private_key)
        self._servers: list[_Server] = []
        self._running: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Accept connections. Raises: Unavailable."""
        application = web_application()
        for service, sockets in self._sockets.items():
            context = self._context if service == "https" else None
            server = _Server(_configuration(application, context))
            self._servers.append(server)
            self._running.append(asyncio.create_task(server.serve(sockets=list(sockets))))
        await asyncio.gather(*(_started(*pair) for pair in zip(self._servers, self._running, strict=True)))

    async def reload(self) -> None:
        """Read the certificate anew."""
        reload(self._context, self._layout.certificate, self._layout.private_key)

    async def stop(self) -> None:
        """Stop accepting and finish what is being answered."""
        for server in self._servers:
            server.should_exit = True
        await asyncio.gather(*self._running, return_exceptions=True)


class _Server(uvicorn.Server):
    """Uvicorn without its signal handlers: signals are the process's own business."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _configuration(application: ASGIApp, context: ssl.SSLContext | None) -> uvicorn.Config:
    return uvicorn.Config(
        application,
        http="httptools",
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        limit_concurrency=CONNECTIONS,
        timeout_keep_alive=IDLE_SECONDS,
        timeout_graceful_shutdown=STOP_SECONDS,
        ssl_context_factory=None if context is None else lambda *_: context,
    )


async def _started(server: uvicorn.Server, running: asyncio.Task[None]) -> None:
    while not server.started:  # uvicorn has no event for it
        if running.done():
            raise Unavailable("the web server did not start") from running.exception()
        await asyncio.sleep(0.01)
