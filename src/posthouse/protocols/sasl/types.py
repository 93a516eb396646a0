"""What every mechanism is: a small machine that takes responses and says what comes next.

The wire language moves octets (base64, line endings, cancelling with ``*``); a mechanism sees decoded octets only. It
never looks anything up: it ends with the credentials as claimed, and whoever drives it decides whether they are right.
A mechanism that must know verifiers halfway (SCRAM, CRAM-MD5), or whether a token counts, asks with ``Wanted``, is told by
``supply``, and ends with a ``Proof``.
"""

from collections.abc import Sequence
from typing import NamedTuple, Protocol


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


class Wanted(NamedTuple):
    """The mechanism needs what is kept of somebody's secrets: ``supply`` it."""

    authcid: str
    scheme: str
    """Which verifiers: ``scram-sha-1``, ``scram-sha-256``, ``cram-md5``; or ``bearer``: whether a token counts."""
    token: str = ""
    """The one that was shown, with ``bearer``."""

    def __repr__(self) -> str:
        """A token never reaches a log by accident."""
        return f"Wanted(authcid={self.authcid!r}, scheme={self.scheme!r})"


class Secrets(NamedTuple):
    """What is kept of somebody's secrets, in one scheme; made up where there is nobody of that name."""

    verifiers: Sequence[bytes]
    """SCRAM: StoredKey and ServerKey, joined. CRAM-MD5: the two states of HMAC-MD5 (``foundation.md5``). A token: one that is
    empty where it counts, none where it does not."""
    salt: bytes = b""
    """SCRAM: of all of them."""
    iterations: int = 0
    """SCRAM: of all of them."""
    discovery: str = ""
    """A token: the URL of a document that says where to get another (OpenID Connect Discovery); empty: there is none."""


class Proof(NamedTuple):
    """The exchange is over: which of the verifiers that were supplied the client has proved to know; None: none."""

    number: int | None
    authcid: str
    authzid: str = ""
    """On whose behalf; empty means the same as ``authcid``."""


Step = Challenge | Credentials | Failure | Wanted | Proof


class ServerMechanism(Protocol):
    """The server's side of one exchange."""

    @property
    def name(self) -> str:
        """As it is announced."""

    def start(self, initial_response: bytes | None) -> Step:
        """Begin; None when the client sent no initial response (an empty one is ``b""``)."""

    def respond(self, octets: bytes) -> Step:
        """Take the client's response to the last challenge."""

    def supply(self, kept: Secrets) -> Step:
        """Take what was ``Wanted``. A mechanism that wants nothing says Failure."""


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
