"""One HTTP request to an identity provider: valid certificate, no redirect, bounded in size and time (port ``ProviderLink``)."""

import asyncio
import base64
import ipaddress
import ssl
import urllib.parse
from collections.abc import Callable, Mapping
from typing import Final

import httptools

from posthouse.foundation.errors import PosthouseError, Unavailable
from posthouse.ports.resolver import Resolver
from posthouse.ports.signing_in.provider_link import ANSWER_OCTETS, ProviderAnswer

SECONDS: Final = 4.0
"""For the whole request: whoever signs in waits no longer than ten (capability A9)."""
ADDRESSES: Final = 4
OVERHEAD_OCTETS: Final = 65_536
"""Header and framing of an answer."""


class _Response:
    """What the parser calls."""

    def __init__(self) -> None:
        self.body = b""
        self.complete = False

    def on_body(self, octets: bytes) -> None:
        self.body += octets

    def on_message_complete(self) -> None:
        self.complete = True


class HttpProviderLink:
    """A connection for each request; addresses come from the house's own resolver.

    ``ca_file``: where the certificates lie by which the provider's is checked; empty: the system's.
    """

    def __init__(self, resolver: Resolver, ca_file: Callable[[], str] = str) -> None:
        self._resolver = resolver
        self._ca_file = ca_file

    async def get(self, url: str, token: str = "") -> ProviderAnswer:
        """Read a document; with a token, as whoever has it."""
        bearer = f"Authorization: Bearer {_one_word(token)}\r\n" if token else ""
        return await self._exchange(url, "GET", f"Accept: application/json\r\n{bearer}", b"")

    async def post(self, url: str, form: Mapping[str, str], client: tuple[str, str] | None = None) -> ProviderAnswer:
        """Send a form, as a client with its name and secret (RFC 6749 §2.3.1), or as nobody."""
        body = urllib.parse.urlencode(form).encode()
        fields = f"Accept: application/json\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n"
        if client is not None:
            pair = ":".join(urllib.parse.quote_plus(part) for part in client)
            fields += f"Authorization: Basic {base64.b64encode(pair.encode()).decode()}\r\n"
        return await self._exchange(url, "POST", fields, body)

    async def _exchange(self, url: str, method: str, fields: str, body: bytes) -> ProviderAnswer:
        parts = urllib.parse.urlsplit(url)
        host = parts.hostname or ""
        try:
            async with asyncio.timeout(SECONDS):
                reader, writer = await self._connect(host, parts.port, secure=parts.scheme == "https")
                try:
                    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
                    head = f"{method} {path} HTTP/1.1\r\nHost: {parts.netloc}\r\nUser-Agent: Posthouse\r\nConnection: close\r\n"
                    writer.write(f"{head}{fields}\r\n".encode("ascii") + body)
                    return await _read(reader, host)
                finally:
                    writer.transport.abort()
        except TimeoutError:
            raise Unavailable(f"{host} did not answer within {SECONDS:.0f} s") from None
        except ssl.SSLCertVerificationError as error:
            raise Unavailable(f"the certificate of {host} is not accepted: {error.verify_message}") from error
        except (OSError, ValueError, PosthouseError, httptools.HttpParserError) as error:
            raise Unavailable(f"{host}: {error}") from error

    async def _connect(self, host: str, port: int | None, *, secure: bool) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        context = ssl.create_default_context(cafile=self._ca_file() or None) if secure else None
        failure: OSError = OSError(f"{host} has no address")
        for address in (await self._addresses(host))[:ADDRESSES]:
            try:
                return await asyncio.open_connection(
                    address, port or (443 if secure else 80), ssl=context, server_hostname=host if secure else None
                )
            except ssl.SSLCertVerificationError:
                raise
            except OSError as error:
                failure = error
        raise failure

    async def _addresses(self, host: str) -> list[str]:
        if host == "localhost":
            return ["127.0.0.1", "::1"]
        try:
            return [str(ipaddress.ip_address(host))]
        except ValueError:
            return await self._resolver.addresses(host)


def _one_word(token: str) -> str:
    """Raises: Unavailable for what would be more than a token in a header."""
    if not all("!" <= character <= "~" for character in token):
        raise Unavailable("the provider gave a token that is none")
    return token


async def _read(reader: asyncio.StreamReader, host: str) -> ProviderAnswer:
    response = _Response()
    parser = httptools.HttpResponseParser(response)
    octets = 0
    while not response.complete and (piece := await reader.read(16_384)):
        octets += len(piece)
        parser.feed_data(piece)
        if len(response.body) > ANSWER_OCTETS or octets > ANSWER_OCTETS + OVERHEAD_OCTETS:
            raise Unavailable(f"{host}: the answer is longer than {ANSWER_OCTETS} octets")
    if octets == 0:
        raise Unavailable(f"{host}: no answer")
    return ProviderAnswer(parser.get_status_code(), response.body)
