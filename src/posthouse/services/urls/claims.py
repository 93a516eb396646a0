"""What an authorised URL says, in the words of mail, and who can read one: wire languages implement ``UrlReader``."""

import enum
from collections.abc import AsyncGenerator
from typing import NamedTuple, Protocol

import msgspec

from posthouse.foundation.ids import MailboxId
from posthouse.model.mailbox import Mailbox
from posthouse.model.principal import Principal
from posthouse.services.mail import Mail


class Readers(enum.Enum):
    """Who may use a URL."""

    SUBMISSION = "submission"
    """A submission server, for the person named."""
    ONE = "one"
    """The person named."""
    SIGNED_IN = "signed in"
    """Everybody who has signed in."""
    ANYBODY = "anybody"
    """Everybody."""


class Claim(msgspec.Struct, frozen=True):
    """A URL taken apart; nothing of it is believed yet.

    ``owner`` and ``person``: userids as written, ``host``: the server named; ``expires_at``: seconds since 1970; ``signed``: the
    octets the token is made from; ``token``: hexadecimal digits, None where there is none.
    """

    owner: str
    host: str
    mailbox: str
    readers: Readers
    signed: bytes
    person: str = ""
    uid_validity: int | None = None
    expires_at: float | None = None
    token: bytes | None = None


class Place(NamedTuple):
    """A mailbox as its owner, or somebody it is shared with, sees it."""

    mail: Mail
    mailbox: Mailbox

    @property
    def mailbox_id(self) -> MailboxId:
        """Its id."""
        return self.mailbox.id


class UrlReader(Protocol):
    """A language of URLs."""

    def claim(self, url: bytes) -> Claim:
        """Take a URL apart. Raises: Invalid."""
        ...

    async def find(self, owner: Principal, mailbox: str) -> Place:
        """Find the mailbox that somebody calls by this name. Raises: NotFound."""
        ...

    def content(self, place: Place, url: bytes) -> AsyncGenerator[bytes, None]:
        """What a URL that ``claim`` could read names in its mailbox, in pieces. Raises: NotFound, NotPermitted."""
        ...
