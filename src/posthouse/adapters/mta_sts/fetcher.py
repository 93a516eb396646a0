"""One GET for a policy file (port ``PolicySource``): valid certificate, no redirect, bounded in size and time (RFC 8461 §3.3)."""

import asyncio
import ssl
from typing import Final

import httptools

from posthouse.foundation.errors import PosthouseError, Unavailable
from posthouse.ports.resolver import Resolver
from posthouse.trust.mta_sts import POLICY_OCTETS

SECONDS: Final = 20.0
ADDRESSES: Final = 4
HEADER_OCTETS: Final = 16_384
PORT: Final = 443
PATH: Final = "/.well-known/mta-sts.txt"
FETCH_ERROR: Final = "sts-policy-fetch-error"
WEBPKI_INVALID: Final = "sts-webpki-invalid"


class _Response:
    """What the parser calls."""

    def __init__(self) -> None:
        self.body = b""
        self.media_type = ""
        self.complete = False

    def on_header(self, name: bytes, value: bytes) -> None:
        if name.lower() == b"content-type":
            self.media_type = value.decode("latin-1").partition(";")[0].strip().lower()

    def on_body(self, octets: bytes) -> None:
        self.body += octets

    def on_message_complete(self) -> None:
        self.complete = True


class PolicyFetcher:
    """Fetches from ``https://mta-sts.DOMAIN/.well-known/mta-sts.txt``; addresses come from the house's own resolver."""

    def __init__(self, resolver: Resolver, context: ssl.SSLContext | None = None, port: int = PORT) -> None:
        self._resolver = resolver
        self._context = context or ssl.create_default_context()
        self._port = port

    async def fetch(self, domain: str) -> str:
        """The policy file."""
        host = f"mta-sts.{domain}"
        try:
            async with asyncio.timeout(SECONDS):
                reader, writer = await self._connect(host)
                try:
                    return await _read(reader, writer, host)
                finally:
                    writer.transport.abort()
        except TimeoutError:
            raise Unavailable(f"{FETCH_ERROR}: {host} did not answer within {SECONDS:.0f} s") from None
        except ssl.SSLCertVerificationError as error:
            raise Unavailable(f"{WEBPKI_INVALID}: {host}: {error.verify_message}") from error
        except (OSError, PosthouseError, httptools.HttpParserError) as error:
            if isinstance(error, Unavailable) and str(error).startswith("sts-"):
                raise
            raise Unavailable(f"{FETCH_ERROR}: {host}: {error}") from error

    async def _connect(self, host: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        failure: OSError = OSError(f"{host} has no address")
        for address in (await self._resolver.addresses(host))[:ADDRESSES]:
            try:
                return await asyncio.open_connection(address, self._port, ssl=self._context, server_hostname=host)
            except ssl.SSLCertVerificationError:
                raise
            except OSError as error:
                failure = error
        raise failure


async def _read(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, host: str) -> str:
    request = f"GET {PATH} HTTP/1.1\r\nHost: {host}\r\nAccept: text/plain\r\nUser-Agent: Posthouse\r\nConnection: close\r\n\r\n"
    writer.write(request.encode())
    response = _Response()
    parser = httptools.HttpResponseParser(response)
    octets = 0
    while not response.complete and (piece := await reader.read(16_384)):
        octets += len(piece)
        parser.feed_data(piece)
        if len(response.body) > POLICY_OCTETS or octets > POLICY_OCTETS * 2 + HEADER_OCTETS:
            raise Unavailable(f"{FETCH_ERROR}: {host}: the policy is longer than {POLICY_OCTETS} octets")
    if octets == 0:
        raise Unavailable(f"{FETCH_ERROR}: {host}: no answer")
    status = parser.get_status_code()
    if status != 200:
        raise Unavailable(f"{FETCH_ERROR}: {host}: the answer was {status}")
    if response.media_type != "text/plain":
        raise Unavailable(f"{FETCH_ERROR}: {host}: the answer is not text/plain")
    return response.body.decode("utf-8", "replace")
