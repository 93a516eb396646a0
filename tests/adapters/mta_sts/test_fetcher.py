"""Fetching a policy over HTTPS from servers on the loopback interface."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from tests.support.certificates import make, write

from posthouse.adapters.mta_sts.fetcher import PolicyFetcher
from posthouse.foundation.errors import NotFound, Unavailable
from posthouse.ports.resolver import Answer, MailExchanger
from posthouse.transport.tls import server_context

POLICY = b"version: STSv1\r\nmode: enforce\r\nmx: mx.far.example\r\nmax_age: 86400\r\n"
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\n"
WHOLE = HEAD + b"Content-Length: %d\r\n\r\n" % len(POLICY) + POLICY


class Hosts:
    async def addresses(self, host: str) -> list[str]:
        if host != "mta-sts.far.example":
            raise NotFound(f"there is no {host}")
        return ["127.0.0.1"]

    async def mail_exchangers(self, domain: str) -> list[MailExchanger]:
        raise NotImplementedError

    async def query(self, name: str, record_type: str) -> Answer:
        raise NotImplementedError


@asynccontextmanager
async def fetcher(folder: Path, *answers: bytes, name: str = "mta-sts.far.example") -> AsyncIterator[PolicyFetcher]:
    root = make("root", ca=True)
    context = server_context(*write(folder, make(name, root), root))
    trust = ssl.create_default_context(cadata=root.der)

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            request = await reader.readuntil(b"\r\n\r\n")
            assert request.startswith(b"GET /.well-known/mta-sts.txt HTTP/1.1\r\nHost: mta-sts.far.example\r\n")
            for octets in answers:
                writer.write(octets)
                await writer.drain()
            if not answers:
                await reader.read()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        writer.close()

    async with await asyncio.start_server(handle, "127.0.0.1", 0, ssl=context) as server:
        yield PolicyFetcher(Hosts(), trust, server.sockets[0].getsockname()[1])


async def test_a_policy(tmp_path: Path) -> None:
    async with fetcher(tmp_path, WHOLE) as made:
        assert await made.fetch("far.example") == POLICY.decode()


async def test_chunks(tmp_path: Path) -> None:
    chunks = b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n0\r\n\r\n" % (len(POLICY), POLICY)
    async with fetcher(tmp_path, HEAD, chunks) as made:
        assert await made.fetch("far.example") == POLICY.decode()


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ((b"HTTP/1.1 301 Moved\r\nLocation: https://elsewhere.example/\r\nContent-Length: 0\r\n\r\n",), "301"),
        ((b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",), "404"),
        ((WHOLE.replace(b"text/plain", b"text/html"),), "text/plain"),
        ((b"220 mx ESMTP\r\n",), "fetch-error"),
        ((b"\0" * 100,), "fetch-error"),
        ((HEAD + b"\r\n", *[b"x" * 10_000] * 30), "longer"),
        ((b"HTTP/1.1 200 OK\r\n", *[b"X: " + b"y" * 10_000 + b"\r\n"] * 100), "fetch-error"),
    ],
)
async def test_what_is_no_policy(tmp_path: Path, answers: tuple[bytes, ...], words: str) -> None:
    async with fetcher(tmp_path, *answers) as made:
        with pytest.raises(Unavailable, match="sts-policy-fetch-error") as caught:
            await made.fetch("far.example")
    assert words in str(caught.value)


async def test_a_certificate_for_another_name(tmp_path: Path) -> None:
    async with fetcher(tmp_path, WHOLE, name="www.far.example") as made:
        with pytest.raises(Unavailable, match="sts-webpki-invalid"):
            await made.fetch("far.example")


async def test_a_server_that_says_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("posthouse.adapters.mta_sts.fetcher.SECONDS", 0.3)
    async with fetcher(tmp_path) as made:
        with pytest.raises(Unavailable, match="did not answer"):
            await made.fetch("far.example")


async def test_a_host_that_is_not_there(tmp_path: Path) -> None:
    async with fetcher(tmp_path) as made:
        with pytest.raises(Unavailable, match=r"sts-policy-fetch-error: mta-sts\.other\.example"):
            await made.fetch("other.example")
