"""The web worker: HTTP on the sockets it was given."""

import asyncio
import contextlib
import ssl
from collections.abc import Iterator, Mapping, Sequence
from socket import socket
from typing import cast

import uvicorn
from starlette.types import ASGIApp

from posthouse.adapters.limiter.remote import RemoteLimiter
from posthouse.adapters.rpc.client import Neighbour, remote
from posthouse.bootstrap.certificate import own_fingerprint
from posthouse.bootstrap.commands.administration import administration
from posthouse.bootstrap.commands.browsers import browsers
from posthouse.bootstrap.commands.publishing import publishing
from posthouse.bootstrap.config import SERVICES, Config
from posthouse.bootstrap.house import House, ServerFile, house_of, read_server_file
from posthouse.bootstrap.layout import Layout
from posthouse.bootstrap.outside import people_of
from posthouse.bootstrap.storage import CLOCK, resolver, worker_name
from posthouse.foundation.errors import PosthouseError, Unavailable
from posthouse.ports.kept_answers import KeptAnswers
from posthouse.ports.queue import Queue
from posthouse.services.administer.parts import TraceReader
from posthouse.services.guard.blocking import Blocks
from posthouse.transport.tls import reload, server_context
from posthouse.web.api.house import ApiHouse
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
        self._workers: dict[str, Neighbour] = {}
        self._opened = contextlib.AsyncExitStack()
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
        await self._opened.aclose()

    async def _furnish(self) -> WebHouse:
        server = read_server_file(self._layout)
        if server is None:
            server = ServerFile(pid=0, workers=self._config.worker_count, port_offset=0, bind=[])
        house = await self._opened.enter_async_context(house_of(self._layout, self._config, server))
        self._workers = {name: self._neighbour(name) for name in map(worker_name, range(server.workers))}
        self._fingerprint = own_fingerprint(self._layout.certificate)
        offset = server.port_offset
        return WebHouse(
            hostname=self._config.hostname,
            ports={name: port for name in SERVICES if (port := self._config.port(name, offset))},
            directory=house.directory,
            settings=house.settings,
            blocks=Blocks(house.guard, house.settings, CLOCK, administration(house).recorder),
            ask_workers=self._ask_workers,
            fingerprint=lambda: self._fingerprint,
            api=self._api(house),
        )

    def _api(self, house: House) -> ApiHouse:
        keeper = self._neighbour("keeper")
        limiter = RemoteLimiter(keeper, "web")
        found = browsers(house, limiter)
        self._opened.push_async_callback(found.recovery.stop)
        return ApiHouse(
            hostname=self._config.hostname,
            administration=administration(house),
            queues=house.queues,
            guard=house.guard,
            reports=house.reports,
            trace=cast("TraceReader", house.trace),
            outgoing=house.outgoing,
            uses=house.uses,
            publishing=publishing(house),
            resolver=resolver(house.settings),
            limiter=limiter,
            answers=remote("kept_answers", KeptAnswers, keeper),  # type: ignore[type-abstract]
            ask_workers=self._ask_workers,
            program_sessions=house.program_sessions,
            people=people_of(house.settings),
            browsers=found,
        )

    def _neighbour(self, name: str) -> Neighbour:
        neighbour = Neighbour(self._layout.socket(name))
        self._opened.callback(neighbour.close)
        return neighbour

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
