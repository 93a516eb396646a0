"""What every mechanism is: a small machine that takes responses and says what comes next.

The wire language moves octets (base64, line endings, cancelling with ``*``); a mechanism sees decoded octets only. It
never looks anything up: it ends with the credentials as claimed, and whoever drives it decides whether they are right.
A mechanism that must know a secret's verifier halfway (SCRAM, CRAM-MD5) adds its own kind of step to ``Step``.
"""

from typing import ClassVar, NamedTuple, Protocol


class Challenge(NamedTuple):
    """The server's next words; the client answers with a response."""

    octets: bytes


class Credentials(NamedTuple):
    """Who the client claims to be. All characters; normalisation (RFC 8265) is the directory's business."""

    authcid: str
    """Whose password this is."""
    password: str
    authzid: str = ""
    """On whose behalf; empty means the same as ``authcid``."""

    def __repr__(self) -> str:
        """A password never reaches a log by accident."""
        return f"Credentials(authcid={self.authcid!r}, authzid={self.authzid!r})"


class Failure(NamedTuple):
    """The exchange broke the mechanism's rules; it says nothing about the password."""

    reason: str


Step = Challenge | Credentials | Failure


class ServerMechanism(Protocol):
    """The server's side of one exchange."""

    name: ClassVar[str]

    def start(self, initial_response: bytes | None) -> Step:
        """Begin; None when the client sent no initial response (an empty one is ``b""``)."""

    def respond(self, octets: bytes) -> Step:
        """Take the client's response to the last challenge."""


class ClientMechanism(Protocol):
    """The client's side of one exchange."""

    @property
    def name(self) -> str:
        """As the server offers it."""

    def start(self) -> bytes | None:
        """The initial response; None when the server speaks first."""

    def respond(self, challenge: bytes) -> bytes | None:
        """The response to a challenge; None when this mechanism has no more to say and the exchange must be cancelled."""


class UnknownMechanism(ValueError):
    """No mechanism of that name works here."""
