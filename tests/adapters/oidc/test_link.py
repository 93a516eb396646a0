"""Requests to providers: what arrives there, and servers that are slow, talkative, dumb, or somebody else."""

import asyncio
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from tests.support.identity_provider import CLIENT, basic, provider_on_loopback

from posthouse.adapters.dns.table import TableResolver
from posthouse.adapters.oidc import link
from posthouse.adapters.oidc.link import HttpProviderLink
from posthouse.bootstrap.certificate import create_certificate
from posthouse.foundation.errors import Unavailable

OK = b"HTTP/1.1 200 OK\r\n"
ELSEWHERE = TableResolver({("id.example.org", "A"): ["127.0.0.1"]})
Speak = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def speaking(speak: Speak, context: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await speak(reader, writer)
        finally:
            writer.transport.abort()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    async with server:
        yield server.sockets[0].getsockname()[1]


def saying(octets: bytes) -> Speak:
    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(octets)
        await writer.drain()

    return speak


async def test_a_form_arrives_as_it_was_sent() -> None:
    with provider_on_loopback() as provider:
        made = HttpProviderLink(TableResolver())
        assert (await made.get(f"{provider.issuer}/jwks")).status == 200
        provider.opaque["a b&c="] = {"active": True}
        answer = await made.post(f"{provider.issuer}/introspect", {"token": "a b&c="}, CLIENT)
        assert (answer.status, answer.octets) == (200, b'{"active": true}')
        assert (await made.post(f"{provider.issuer}/introspect", {"token": "x"})).status == 401
        assert (await made.get(f"{provider.issuer}/none")).status == 404
    assert basic(("a:b", "c")) == "Basic YSUzQWI6Yw=="


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"220 mail ESMTP\r\n",
        OK + b"\r\n" + b"x" * 600_000,
        OK + b"X: " + b"x" * 700_000,
        b"\0" * 100,
    ],
    ids=["nothing", "smtp", "long", "long-header", "nul"],
)
async def test_what_is_no_answer(octets: bytes) -> None:
    async with speaking(saying(octets)) as port:
        with pytest.raises(Unavailable):
            await HttpProviderLink(TableResolver()).get(f"http://127.0.0.1:{port}/")


async def test_nobody_waits_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link, "SECONDS", 0.05)

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        del writer
        await reader.read(-1)

    async with speaking(silent) as port:
        with pytest.raises(Unavailable, match="did not answer"):
            await HttpProviderLink(TableResolver()).get(f"http://127.0.0.1:{port}/")


async def test_nobody_is_there() -> None:
    async with speaking(saying(b"")) as port:
        pass
    for url in (f"http://127.0.0.1:{port}/", "https://nowhere.example/"):
        with pytest.raises(Unavailable):
            await HttpProviderLink(TableResolver()).get(url)


async def test_the_certificate_is_checked(tmp_path: Path) -> None:
    create_certificate(tmp_path / "pem", tmp_path / "key", "localhost", time.time())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "pem", tmp_path / "key")
    async with speaking(saying(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"), context) as port:
        url = f"https://localhost:{port}/"
        with pytest.raises(Unavailable, match="certificate"):
            await HttpProviderLink(TableResolver()).get(url)
        trusting = HttpProviderLink(TableResolver(), lambda: str(tmp_path / "pem"))
        assert (await trusting.get(url)).octets == b"{}"
        with pytest.raises(Unavailable, match="certificate"):
            await HttpProviderLink(ELSEWHERE, lambda: str(tmp_path / "pem")).get(f"https://id.example.org:{port}/")
    with pytest.raises(Unavailable):
        await HttpProviderLink(TableResolver(), lambda: str(tmp_path / "none")).get("https://localhost/")
