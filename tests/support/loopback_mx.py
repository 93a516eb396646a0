"""A small mail exchanger on the loopback interface that offers what it is told to, and misbehaves when told to."""

import asyncio
import base64
import contextlib
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from posthouse.foundation.errors import NotFound
from posthouse.ports.resolver import Answer, MailExchanger

HOST = "mx.example.org"
OFFERS = ("PIPELINING", "8BITMIME", "SMTPUTF8", "SIZE 1000000", "DSN")


class Hosts:
    """One name with the loopback address."""

    async def addresses(self, host: str) -> list[str]:
        """Of ``HOST`` only."""
        if host != HOST:
            raise NotFound(f"there is no {host}")
        return ["127.0.0.1"]

    async def mail_exchangers(self, domain: str) -> list[MailExchanger]:
        """Nobody asks."""
        raise NotImplementedError

    async def query(self, name: str, record_type: str) -> Answer:
        """Nobody asks."""
        raise NotImplementedError


@dataclass
class MailExchangerPeer:
    """What it offers, and what it has heard."""

    context: ssl.SSLContext | None = None
    offers: tuple[str, ...] = OFFERS
    answers: dict[str, str] = field(default_factory=dict)
    """Verb to the answer it gets instead of the usual one; ``HANG`` says nothing, ``DROP`` hangs up."""
    lines: list[str] = field(default_factory=list)
    messages: list[bytes] = field(default_factory=list)
    clients: list[str] = field(default_factory=list)
    """Addresses that came."""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        self.clients.append(writer.get_extra_info("peername")[0] if writer.get_extra_info("peername") else "")
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            await self._say(writer, self.answers.get("GREETING", f"220 {HOST} ESMTP"))
            await self._converse(reader, writer)
        writer.close()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            text = line.decode().rstrip("\r\n")
            self.lines.append(text)
            verb = text.partition(" ")[0].upper()
            special = self.answers.get(verb)
            if special is not None:
                await self._say(writer, special)
            elif verb in {"EHLO", "LHLO"}:
                await self._say(writer, self._hello(writer))
            elif verb == "STARTTLS" and self.context is not None:
                await self._say(writer, "220 go ahead")
                await writer.start_tls(self.context)
            elif verb == "AUTH":
                await self._say(writer, "235 welcome" if self._is_right(text) else "535 5.7.8 no")
            elif verb == "DATA":
                await self._data(reader, writer)
            elif verb == "BDAT":
                await self._bdat(text, reader, writer)
            elif verb == "QUIT":
                await self._say(writer, "221 bye")
                return
            else:
                await self._say(writer, "250 2.1.0 ok")

    def _hello(self, writer: asyncio.StreamWriter) -> str:
        secured = writer.get_extra_info("ssl_object") is not None
        offers = (*self.offers, *(("STARTTLS",) if self.context and not secured else ()), *(("AUTH PLAIN",) if secured else ()))
        return "\n".join((f"250-{HOST}", *(f"250-{offer}" for offer in offers), "250 HELP"))

    @staticmethod
    def _is_right(text: str) -> bool:
        return base64.b64decode(text.rsplit(maxsplit=1)[-1]) == b"\0alice\0secret"

    async def _data(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._say(writer, "354 go on")
        octets = b""
        while (line := await reader.readline()) not in {b".\r\n", b""}:
            octets += line.removeprefix(b".")
        await self._keep(octets, writer)

    async def _bdat(self, text: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._keep(await reader.readexactly(int(text.split()[1])), writer)

    async def _keep(self, octets: bytes, writer: asyncio.StreamWriter) -> None:
        answer = self.answers.get("END", "250 2.0.0 kept")
        if answer.startswith("250"):
            self.messages.append(octets)
        await self._say(writer, answer)

    async def _say(self, writer: asyncio.StreamWriter, text: str) -> None:
        if text == "DROP":
            raise ConnectionResetError
        if text == "HANG":
            await asyncio.sleep(3_600)
        writer.write(text.replace("\n", "\r\n").encode() + b"\r\n")
        await writer.drain()


@asynccontextmanager
async def mail_exchanger(
    context: ssl.SSLContext | None = None, *, at_once: bool = False, path: str = "", **more: object
) -> AsyncIterator[tuple[int, MailExchangerPeer]]:
    """Serve; gives the port (0 for a Unix socket) and the peer."""
    peer = MailExchangerPeer(None if at_once else context, **more)  # type: ignore[arg-type]
    running: set[asyncio.Task[None]] = set()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        running.add(task)
        try:
            await peer.serve(reader, writer)
        except asyncio.CancelledError:
            writer.transport.abort()
        finally:
            running.discard(task)

    if path:
        server = await asyncio.start_unix_server(handle, path)
    else:
        server = await asyncio.start_server(handle, "127.0.0.1", 0, ssl=context if at_once else None)
    port = 0 if path else server.sockets[0].getsockname()[1]
    try:
        yield port, peer
    finally:
        server.close()
        for task in tuple(running):
            task.cancel()
        if running:
            await asyncio.wait(tuple(running))
