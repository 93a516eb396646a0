"""The calling end: another process's ports, as if they were here."""

import asyncio
from pathlib import Path
from typing import Any, TypeVar, cast

import msgspec

from posthouse.adapters.rpc.framing import Frames, frame
from posthouse.adapters.rpc.verbs import PACK, Request, Response, Verb, error_named, verbs_of
from posthouse.foundation.errors import Corrupt, Unavailable

T = TypeVar("T")
_RESPONSE = msgspec.msgpack.Decoder(Response)
RECONNECT_SECONDS = 2.0
"""How long a call waits for a process that is being replaced."""
ANSWER_SECONDS = 30.0


class Neighbour:
    """A connection to another process's office; opened by the first call and again after it broke."""

    def __init__(self, path: Path, *, patience_seconds: float = RECONNECT_SECONDS) -> None:
        self._path = path
        self._patience = patience_seconds
        self._link: _Link | None = None
        self._opening: asyncio.Lock | None = None

    async def call(self, verb: str, arguments: bytes, *, seconds: float = ANSWER_SECONDS) -> bytes:
        """Call a verb with packed arguments; returns the packed result.

        Raises: what the verb raises; Unavailable when the process is away, or dies or stays silent before it has answered.
        """
        link = await self._linked()
        response = await link.ask(verb, arguments, seconds)
        if response.error:
            raise error_named(response.error, response.text)
        return bytes(response.result)

    def notify(self, verb: str, arguments: bytes) -> bool:
        """Send a one-way notice if the link stands; tells whether it did."""
        if self._link is None or self._link.transport is None:
            return False
        self._link.send(Request(0, verb, msgspec.Raw(arguments)))
        return True

    async def connect(self) -> None:
        """Open the link now. Raises: Unavailable."""
        await self._linked()

    def close(self) -> None:
        """Close the link."""
        if self._link is not None and self._link.transport is not None:
            self._link.transport.abort()
        self._link = None

    async def _linked(self) -> "_Link":
        if self._link is not None and self._link.transport is not None:
            return self._link
        self._opening = self._opening or asyncio.Lock()
        async with self._opening:
            if self._link is None or self._link.transport is None:
                self._link = await self._open()
            return self._link

    async def _open(self) -> "_Link":
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._patience
        while True:
            try:
                _, link = await loop.create_unix_connection(_Link, str(self._path))
            except OSError as error:
                if loop.time() >= deadline:
                    raise Unavailable(f"the process behind {self._path.name} is away") from error
                await asyncio.sleep(0.02)
            else:
                return link


class _Link(asyncio.Protocol):
    def __init__(self) -> None:
        self.transport: asyncio.Transport | None = None
        self._frames = Frames()
        self._number = 0
        self._waiting: dict[int, asyncio.Future[Response]] = {}

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)  # uvloop has classes of its own

    def data_received(self, data: bytes) -> None:
        try:
            for message in self._frames.feed(data):
                response = _RESPONSE.decode(message)
                waiting = self._waiting.pop(response.number, None)
                if waiting is not None and not waiting.done():
                    waiting.set_result(response)
        except (Corrupt, msgspec.DecodeError):
            if self.transport is not None:
                self.transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        self.transport = None
        waiting, self._waiting = self._waiting, {}
        for future in waiting.values():
            if not future.done():
                future.set_exception(Unavailable("the process died before it answered"))

    def send(self, request: Request) -> None:
        if self.transport is None:
            raise Unavailable("the process is away")
        self.transport.write(frame(PACK(request)))

    async def ask(self, verb: str, arguments: bytes, seconds: float) -> Response:
        self._number += 1
        number = self._number
        future: asyncio.Future[Response] = asyncio.get_running_loop().create_future()
        self._waiting[number] = future
        self.send(Request(number, verb, msgspec.Raw(arguments)))
        timer = asyncio.get_running_loop().call_later(seconds, self._late, number)
        try:
            return await future
        finally:
            timer.cancel()
            self._waiting.pop(number, None)

    def _late(self, number: int) -> None:
        future = self._waiting.pop(number, None)
        if future is not None and not future.done():
            future.set_exception(Unavailable("the process did not answer in time"))


class _Remote:
    """All verbs of a port, sent to a neighbour."""

    def __init__(self, name: str, port: type, neighbour: Neighbour) -> None:
        self._name = name
        self._verbs = verbs_of(port)
        self._neighbour = neighbour

    def __getattr__(self, verb: str) -> Any:
        if verb not in self._verbs:
            raise AttributeError(verb)
        invoke = _invoker(self._name, self._verbs[verb], self._neighbour)
        setattr(self, verb, invoke)
        return invoke


def _invoker(name: str, verb: Verb, neighbour: Neighbour) -> Any:
    async def invoke(*args: Any, **kwargs: Any) -> Any:
        return verb.result.decode(await neighbour.call(f"{name}.{verb.name}", verb.pack(args, kwargs)))

    return invoke


def remote(name: str, port: type[T], neighbour: Neighbour) -> T:
    """A port of another process, offered there under ``name``."""
    return cast("T", _Remote(name, port, neighbour))
