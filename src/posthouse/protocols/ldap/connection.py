"""The client's side of a connection: requests are numbered, answers taken apart as they come (RFC 4511 §4.1.1, §5)."""

from typing import Final

from posthouse.formats.ber.elements import SEQUENCE, InvalidElement, frame_octets
from posthouse.protocols.ldap.messages import Answer, ExtendedResponse, Request, Response
from posthouse.protocols.ldap.requests import request_octets
from posthouse.protocols.ldap.responses import parse_answer

MESSAGE_OCTETS: Final = 1_048_576
"""Longest message of a server."""


class ProtocolViolation(ValueError):
    """The server has broken the protocol's rules, or said that it ends the connection; nothing more is to be read."""


class ClientConnection:
    """One request at a time; whoever drives it moves the octets."""

    def __init__(self) -> None:
        self._number = 0
        self._received = bytearray()

    def request(self, request: Request) -> bytes:
        """Octets of the next request. What is read from now on answers it."""
        self._number += 1
        return request_octets(self._number, request)

    def receive(self, octets: bytes) -> None:
        """Take octets from the server."""
        self._received += octets

    @property
    def unread_octets(self) -> int:
        """What the server has said and nobody has read yet. Before TLS begins, and before a request, there must be nothing."""
        return len(self._received)

    def next_response(self) -> Response | None:
        """The next response to the last request; None: octets are missing. Raises: ProtocolViolation."""
        while (answer := self._next()) is not None:
            if answer.number == self._number:
                return answer.response
            if answer.number == 0:
                raise ProtocolViolation(f"the server ends the connection: {_words(answer.response)}")
            if answer.number > self._number:
                raise ProtocolViolation("the server answers what nobody has asked")
        return None

    def _next(self) -> Answer | None:
        if self._received and self._received[0] != SEQUENCE:
            raise ProtocolViolation("the server does not speak LDAP")
        try:
            size = frame_octets(self._received, MESSAGE_OCTETS)
            if size is None or len(self._received) < size:
                return None
            octets = bytes(self._received[:size])
            del self._received[:size]
            return parse_answer(octets)
        except InvalidElement as error:
            raise ProtocolViolation(f"the server does not speak LDAP: {error}") from error


def _words(response: Response) -> str:
    return response.result.text or f"code {response.result.code}" if isinstance(response, ExtendedResponse) else "no reason"
