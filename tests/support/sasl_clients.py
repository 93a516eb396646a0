"""Signing in with a mechanism over a plain socket, in the words of each protocol."""

import base64
import itertools
import socket
from typing import BinaryIO, Final

from posthouse.protocols.sasl.registry import TOKEN_MECHANISMS, client_mechanism
from posthouse.protocols.sasl.scram_client import ScramClient
from posthouse.protocols.sasl.types import ClientMechanism, Credentials

SERVICES: Final = ("imap", "pop3", "submission")
_BEGIN: Final = {"imap": "a AUTHENTICATE {}", "pop3": "AUTH {}", "submission": "AUTH {}"}
_CHALLENGE: Final = {"imap": b"+ ", "pop3": b"+ ", "submission": b"334 "}
_WELCOME: Final = {"imap": b"a OK", "pop3": b"+OK", "submission": b"235 "}
_nonces = itertools.count(1)


class SaslClient:
    """One connection, signed in with one mechanism or refused."""

    def __init__(self, connection: socket.socket, service: str) -> None:
        self._socket, self._service = connection, service
        self._lines: BinaryIO = connection.makefile("rb")
        self.line()
        if service == "submission":
            self.send(b"EHLO phone.example")
            while self.line()[3:4] == b"-":
                pass

    def send(self, octets: bytes) -> None:
        """Send a line."""
        self._socket.sendall(octets + b"\r\n")

    def line(self) -> bytes:
        """The next line without its end; empty when the server has closed."""
        return self._lines.readline().removesuffix(b"\r\n")

    def authenticate(self, mechanism: str, name: str, password: str) -> bytes:
        """Sign in; the last line of the server's answer."""
        return self._exchanged(
            mechanism, client_mechanism([mechanism], Credentials(name, password), f"nonce{next(_nonces)}", mechanism)
        )

    def authenticate_bound(self, mechanism: str, name: str, password: str, binding: tuple[str, bytes]) -> bytes:
        """The same with SCRAM and channel binding."""
        return self._exchanged(mechanism, ScramClient(mechanism, Credentials(name, password), f"nonce{next(_nonces)}", binding))

    def show(self, mechanism: str, name: str, token: str) -> bytes:
        """Sign in with a token; the last line of the server's answer."""
        return self._exchanged(mechanism, TOKEN_MECHANISMS[mechanism](Credentials(name, token)))

    def _exchanged(self, mechanism: str, exchange: ClientMechanism) -> bytes:
        self.send(_BEGIN[self._service].format(mechanism).encode())
        response: bytes | None = exchange.start()
        while (said := self.line()).startswith(_CHALLENGE[self._service]):
            challenge = base64.b64decode(said.removeprefix(_CHALLENGE[self._service]))
            if challenge or response is None:
                response = exchange.respond(challenge)
            self.send(b"*" if response is None else base64.b64encode(response))
        return said

    def is_welcome(self, said: bytes) -> bool:
        """Whether the answer says that somebody is signed in."""
        return said.startswith(_WELCOME[self._service])

    def close(self) -> None:
        """Hang up."""
        self._lines.close()
        self._socket.close()
