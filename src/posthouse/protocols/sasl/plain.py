"""PLAIN (RFC 4616): ``[authzid] NUL authcid NUL passwd`` in one message."""

from typing import ClassVar, Final

from posthouse.protocols.sasl.types import Challenge, Credentials, Failure, Secrets, Step

FIELD_OCTETS: Final = 1_024
"""Longest of each of the three; RFC 4616 asks for 255, pass phrases in other scripts are longer."""


class PlainServer:
    """The server's side of PLAIN."""

    name: ClassVar = "PLAIN"

    def start(self, initial_response: bytes | None) -> Step:
        """Ask with an empty challenge unless the message came with the command."""
        return Challenge(b"") if initial_response is None else self.respond(initial_response)

    def respond(self, octets: bytes) -> Step:
        """Take the one message apart."""
        fields = octets.split(b"\0")
        if len(fields) != 3 or not fields[1] or not fields[2]:
            return Failure("PLAIN wants authorization identity, user name and password, separated by NUL")
        if max(map(len, fields)) > FIELD_OCTETS:
            return Failure("user name or password is too long")
        try:
            authzid, authcid, password = (field.decode() for field in fields)
        except UnicodeDecodeError:
            return Failure("user name and password must be UTF-8")
        return Credentials(authcid, password, authzid)

    def supply(self, kept: Secrets) -> Step:  # noqa: ARG002 - see ServerMechanism
        """Nothing is wanted: the password comes with the exchange."""
        return Failure("this mechanism asks for nothing")


class PlainClient:
    """The client's side of PLAIN.

    Raises: ValueError for credentials that hold NUL, which PLAIN cannot carry.
    """

    name: ClassVar = "PLAIN"

    def __init__(self, credentials: Credentials) -> None:
        if any("\0" in field for field in credentials):
            raise ValueError("PLAIN cannot carry NUL")
        self._message = f"{credentials.authzid}\0{credentials.authcid}\0{credentials.password}".encode()
        self._said = False

    def start(self) -> bytes | None:
        """The whole message."""
        self._said = True
        return self._message

    def respond(self, challenge: bytes) -> bytes | None:  # noqa: ARG002 - servers fill the empty challenge with words
        """The whole message, unless it went out with the command."""
        if self._said:
            return None
        return self.start()
