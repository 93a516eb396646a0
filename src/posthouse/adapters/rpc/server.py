"""The serving end: ports of this process, offered to the others on a Unix socket."""

import asyncio
import contextlib
import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import cast

import msgspec

from posthouse.adapters.rpc.framing import Frames, frame
from posthouse.adapters.rpc.verbs import PACK, Request, Response, Verb, verbs_of
from posthouse.foundation.errors import Corrupt, NotFound, PosthouseError

_REQUEST = msgspec.msgpack.Decoder(Request)
_NOTHING = msgspec.Raw(PACK(None))


class Office:
    """What a process offers: verbs named ``port.verb``, and one-way notices by name."""

    def __init__(self) -> None:
        self._verbs: dict[str, tuple[Verb, object]] = {}
        self._notices: dict[str, Callable[[bytes, object], None]] = {}
        self.left: Callable[[object], None] = lambda _caller: None
        """Called when a caller's connection ends."""

    def offer(self, name: str, port: type, implementation: object) -> None:
        """Offer all verbs of a port."""
        for verb in verbs_of(port).values():
            self._verbs[f"{name}.{verb.name}"] = (verb, implementation)

    def listen(self, name: str, notice: Callable[[bytes, object], None]) -> None:
        """Take one-way notices: the packed arguments and a token of the caller's connection."""
        self._notices[name] = notice

    def notice(self, request: Request, caller: object) -> None:
        """Handle a one-way notice; unknown ones are ignored."""
        found = self._notices.get(request.verb)
        if found is not None:
            found(bytes(request.arguments), caller)

    async def answer(self, request: Request) -> Response:
        """Call a verb; errors become answers."""
        try:
            if request.verb not in self._verbs:
                raise NotFound(f"this process has no verb {request.verb}")
            verb, implementation = self._verbs[request.verb]
            result = await verb.invoke(implementation, bytes(request.arguments))
        except PosthouseError as error:
            return Response(request.number, type(error).__name__, str(error), _NOTHING)
        except Exception as error:  # noqa: BLE001 - the caller is told; this process goes on
            return Response(request.number, "Unavailable", f"{type(error).__name__}: {error}", _NOTHING)
        return Response(request.number, "", "", msgspec.Raw(result))


class _Caller(asyncio.Protocol):
    """One connected process. Calls run side by side; answers go back as they come."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._frames = Frames()
        self._transport: asyncio.Transport | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop has classes of its own

    def data_received(self, data: bytes) -> None:
        try:
            for message in self._frames.feed(data):
                request = _REQUEST.decode(message)
                if request.number == 0:
                    self._office.notice(request, self)
                else:
                    task = asyncio.get_running_loop().create_task(self._serve(request))
                    self._tasks.add(task)
                    task.add_done_callback(self._tasks.discard)
        except (Corrupt, msgspec.DecodeError):
            if self._transport is not None:
                self._transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        self._transport = None
        self._office.left(self)

    async def _serve(self, request: Request) -> None:
        response = await self._office.answer(request)
        if self._transport is not None:
            self._transport.write(frame(PACK(response)))


async def open_office(path: Path, office: Office) -> asyncio.Server:
    """Serve an office on a Unix socket that only this user can reach; an old socket of that name is replaced."""
    listener = _bind(path)
    return await asyncio.get_running_loop().create_unix_server(lambda: _Caller(office), sock=listener, backlog=128)


def _bind(path: Path) -> socket.socket:
    with contextlib.suppress(FileNotFoundError):
        path.unlink()
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    mask = os.umask(0o177)
    try:
        listener.bind(str(path))
    finally:
        os.umask(mask)
    listener.setblocking(False)
    return listener
