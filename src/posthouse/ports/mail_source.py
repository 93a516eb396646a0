"""Mail that lies somewhere else and shall be brought in: files of other programs, other servers."""

from collections.abc import Iterator
from typing import Protocol

import msgspec


class StoredMessage(msgspec.Struct, frozen=True):
    """One message as another program kept it."""

    octets: bytes
    """Line ends CRLF."""
    received_at: float
    """Seconds since 1970; the best that can be known."""
    flags: int = 0
    """``model.mailbox.Flag`` bits."""
    keywords: tuple[str, ...] = ()
    origin: str = ""
    """Where it lay, for people."""


class Unreadable(msgspec.Struct, frozen=True):
    """A message that could not be taken, and why."""

    origin: str
    reason: str


class MailSource(Protocol):
    """Folders with messages. Verbs may block and are called in a thread; the order is the same every time."""

    def folders(self) -> list[tuple[str, ...]]:
        """All folders, each as its levels; the empty one is the root (the inbox of a Maildir, the messages of an mbox file)."""
        ...

    def messages(self, folder: tuple[str, ...]) -> Iterator[StoredMessage | Unreadable]:
        """The messages of a folder."""
        ...
