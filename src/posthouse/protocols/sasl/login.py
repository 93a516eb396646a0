"""LOGIN (draft-murchison-sasl-login): user name, then password, each asked for. Obsolete, and half the world uses it."""

from typing import ClassVar

from posthouse.protocols.sasl.plain import FIELD_OCTETS
from posthouse.protocols.sasl.types import Challenge, Credentials, Failure, Secrets, Step


class LoginServer:
    """The server's side of LOGIN. Some clients send the user name with the command (Outlook), some wait for the prompt."""

    name: ClassVar = "LOGIN"

    def __init__(self) -> None:
        self._authcid = ""

    def start(self, initial_response: bytes | None) -> Step:
        """Ask for the user name, or take it from the initial response."""
        return Challenge(b"Username:") if initial_response is None else self.respond(initial_response)

    def respond(self, octets: bytes) -> Step:
        """Take the user name, then the password."""
        if not octets or len(octets) > FIELD_OCTETS or b"\0" in octets:
            return Failure("user name or password is empty, too long, or holds NUL")
        try:
            words = octets.decode()
        except UnicodeDecodeError:
            return Failure("user name and password must be UTF-8")
        if self._authcid:
            return Credentials(self._authcid, words)
        self._authcid = words
        return Challenge(b"Password:")

    def supply(self, kept: Secrets) -> Step:  # noqa: ARG002 - see ServerMechanism
        """Nothing is wanted: the password comes with the exchange."""
        return Failure("this mechanism asks for nothing")


class LoginClient:
    """The client's side of LOGIN. Prompts differ from server to server, so only their order counts."""

    name: ClassVar = "LOGIN"

    def __init__(self, credentials: Credentials) -> None:
        self._unsaid = [credentials.password.encode(), credentials.authcid.encode()]

    def start(self) -> bytes | None:
        """Nothing: not every server takes the user name with the command."""
        return None

    def respond(self, challenge: bytes) -> bytes | None:  # noqa: ARG002 - see the class
        """The user name, then the password."""
        return self._unsaid.pop() if self._unsaid else None
