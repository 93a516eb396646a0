"""The web worker: HTTP on the sockets it was given."""

import asyncio
import contextlib
import ssl
from collections.abc import Iterator, Mapping, Sequence
from socket import socket

import uvicorn
from starlette.types import ASGIApp

from posthouse.adapters.rpc.client import Neighbour, remote
from posthouse.adapters.sql.sqlite.directory.store import SqliteDirectoryReader
from posthouse.bootstrap.certificate import own_fingerprint
from posthouse.bootstrap.config import SERVICES, Config
from posthouse.bootstrap.house import read_server_file
from posthouse.bootstrap.layout import Layout
from posthouse.bootstrap.storage import CLOCK, worker_name
from posthouse.foundation.errors import PosthouseError, Unavailable
from posthouse.ports.audit import Audit
from posthouse.ports.guard import Guard
from posthouse.ports.queue import Queue
from posthouse.services.administer.audit.recording import Recorder
from posthouse.services.guard.blocking import Blocks
from posthouse.services.settings import Settings
from posthouse.transport.tls import reload, server_context
from posthouse.web.app import web_application
from posthouse.web.house import WebHouse

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
        self._reader: SqliteDirectoryReader | None = None
        self._workers: dict[str, Neighbour] = {}
        self._keeper: Neighbour | None = None
        self._fingerprint = ""

    async def start(self) -> None:
        """Accept connections. Raises: Unavailable."""
        application = web_application(await self._furnish())
        for service, sockets in self._sockets.items():
            context = self._context if service == "https" else None
            server = _Server(_configuration(application, context))
            self._servers.append(server)
            self._running.append(asyncio.create_task(server.serve(sockets=list(sockets))))
        await asyncio.gather(*(_started(*pair) for pair in zip(self._servers, self._running, strict=True)))

    async def reload(self) -> None:
        """Read the certificate anew."""
        reload(self._context, self._layout.certificate, self._layout.private_key)
        self._fingerprint = own_fingerprint(self._layout.certificate)

    async def stop(self) -> None:
        """Stop accepting and finish what is being answered."""
        for server in self._servers:
            server.should_exit = True
        await asyncio.gather(*self._running, return_exceptions=True)
        for neighbour in (*self._workers.values(), self._keeper):
            if neighbour is not None:
                neighbour.close()
        if self._reader is not None:
            self._reader.close()

    async def _furnish(self) -> WebHouse:
        server = read_server_file(self._layout)
        offset, workers = (0, self._config.worker_count) if server is None else (server.port_offset, server.workers)
        names = [worker_name(slot) for slot in range(workers)]
        self._workers = {name: Neighbour(self._layout.socket(name)) for name in names}
        self._reader = SqliteDirectoryReader(self._layout.directory)
        self._fingerprint = own_fingerprint(self._layout.certificate)
        keeper = self._keeper = Neighbour(self._layout.socket("keeper"))
        settings = Settings(self._reader)
        guard: Guard = remote("guard", Guard, keeper)  # type: ignore[type-abstract]
        audit: Audit = remote("audit", Audit, keeper)  # type: ignore[type-abstract]
        return WebHouse(
            hostname=self._config.hostname,
            ports={name: port for name in SERVICES if (port := self._config.port(name, offset))},
            directory=self._reader,
            settings=settings,
            blocks=Blocks(guard, settings, CLOCK, Recorder(audit, CLOCK)),
            ask_workers=self._ask_workers,
            fingerprint=lambda: self._fingerprint,
        )

    async def _ask_workers(self) -> dict[str, bool]:
        answers = await asyncio.gather(*map(_answers, self._workers.values()))
        return dict(zip(self._workers, answers, strict=True))


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


async def _answers(worker: Neighbour) -> bool:
    queue: Queue = remote("queue", Queue, worker)  # type: ignore[type-abstract]
    try:
        await queue.next_due()
    except PosthouseError:
        return False
    return True
