"""Mailboxes (folders), flags, and the compact columns in which many messages are described at once.

Pages are columns, not rows: a mailbox of 200,000 messages must not become 200,000 objects.
"""

import enum
import unicodedata

import msgspec

from posthouse.foundation.errors import Invalid, Refused
from posthouse.foundation.ids import MailboxId

SEPARATOR = "/"
INBOX = "INBOX"


class SpecialUse(enum.StrEnum):
    """What a mailbox is for (RFC 6154, RFC 8457); at most one mailbox of an account has each."""

    INBOX = "inbox"
    ARCHIVE = "archive"
    DRAFTS = "drafts"
    JUNK = "junk"
    SENT = "sent"
    TRASH = "trash"
    FLAGGED = "flagged"
    IMPORTANT = "important"
    ALL = "all"


class Flag(enum.IntFlag):
    """System flags (RFC 9051 §2.3.2). Recent is not one: it belongs to a session."""

    NONE = 0
    SEEN = 1
    ANSWERED = 2
    FLAGGED = 4
    DELETED = 8
    DRAFT = 16


class Mailbox(msgspec.Struct, frozen=True):
    """A mailbox and its counters, as of one moment."""

    id: MailboxId
    name: str
    """Full name in Unicode, levels separated by ``/``; the inbox is ``INBOX``."""
    special_use: SpecialUse | None
    uid_validity: int
    uid_next: int
    mod_sequence: int
    """Highest modification sequence of anything in it, expunges included."""
    messages: int
    unseen: int
    """For the viewer who asks."""
    deleted: int
    """Messages with the Deleted flag."""
    size_octets: int
    recent_uid: int
    """Messages with this UID or above have been shown to no session yet."""
    subscribed: bool = False
    """By the account's owner."""


class PlacementPage(msgspec.Struct, frozen=True):
    """Messages of one mailbox in ascending UID, as parallel columns."""

    uids: list[int]
    flags: list[int]
    """``Flag`` bits."""
    keywords: list[str]
    """Keywords sorted and joined by spaces; empty for most."""
    mod_sequences: list[int]
    more: bool = False
    """Whether asking again after the last row gives more."""


class MailboxChanges(msgspec.Struct, frozen=True):
    """What happened in a mailbox after a modification sequence."""

    mod_sequence: int
    """The mailbox as of this modification sequence; ask from here next time."""
    uid_next: int
    changed: PlacementPage
    """New and changed messages, ascending by UID."""
    expunged: list[int]
    """Ascending UIDs; may name some the asker never saw. Told with the first page only."""
    horizon: int = 0
    """Expunges at or below this modification sequence may be forgotten: who asked for older news must compare the UIDs it knows
    with those that are there (RFC 7162 §3.2.5.2)."""


class FlagOperation(enum.Enum):
    """What to do with the flags given."""

    ADD = "add"
    REMOVE = "remove"
    REPLACE = "replace"


class FlagChange(msgspec.Struct, frozen=True):
    """A change of flags for any number of messages."""

    operation: FlagOperation
    flags: int = 0
    """``Flag`` bits."""
    keywords: tuple[str, ...] = ()
    unchanged_since: int | None = None
    """Messages with a higher modification sequence are left alone (RFC 7162)."""
    preserved: int = 0
    """``Flag`` bits that REPLACE leaves as they are, because whoever asks may not change them (RFC 4314 §4)."""
    preserves_keywords: bool = False
    """Whether REPLACE leaves the keywords as they are."""


class FlagsStored(msgspec.Struct, frozen=True):
    """What a change of flags did."""

    stored: PlacementPage
    """The messages whose flags differ now, with their new flags."""
    modified: list[int]
    """UIDs left alone because of ``unchanged_since``."""


class Placed(msgspec.Struct, frozen=True):
    """Where messages went: ``uids[i]`` is the new UID of the i-th message (of ``source_uids[i]`` for a copy or a move)."""

    uid_validity: int
    uids: list[int]
    source_uids: list[int] = []
    mod_sequence: int = 0


NAME_OCTETS = 1_000
LEVELS = 50


def check_name(name: str) -> str:
    """Return the full name as it is kept: NFC, INBOX in capitals whatever the case (RFC 9051 §5.1).

    Raises: Invalid, saying what a mailbox may not be called.
    """
    name = unicodedata.normalize("NFC", name)
    head, separator, rest = name.partition(SEPARATOR)
    if head.upper() == INBOX:
        name = INBOX + separator + rest
    levels = name.split(SEPARATOR)
    if not all(levels):
        raise Invalid("a mailbox name has no empty level")
    if len(levels) > LEVELS or len(name.encode(errors="replace")) > NAME_OCTETS:
        raise Invalid(f"a mailbox name has at most {LEVELS} levels and {NAME_OCTETS} octets")
    refused = next((character for character in name if unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"}), None)
    if refused is not None:
        raise Invalid(f"a mailbox name may not contain the character U+{ord(refused):04X}")
    return name


def check_numbers(box: tuple[int, int], uid_validity: int, uid_next: int) -> None:
    """Check numbers a mailbox shall go on with; ``box`` has its UIDVALIDITY and UIDNEXT. Raises: Invalid, Refused."""
    if not (0 < uid_validity < 2**32 and 0 < uid_next < 2**32):
        raise Invalid("UIDVALIDITY and UIDNEXT are numbers of 32 bits")
    if uid_next < box[1]:
        raise Invalid(f"the mailbox has given out UIDs up to {box[1] - 1} already")
    if uid_validity != box[0] and box[1] > 1:
        raise Refused("the mailbox has had messages: its UIDVALIDITY stays")


def check_use(name: str, use: SpecialUse | None) -> None:
    """Check that a mailbox may be given a use: INBOX keeps its own, and nobody else has that.

    Raises: Invalid.
    """
    if (name == INBOX) != (use is SpecialUse.INBOX):
        raise Invalid("INBOX is the inbox, and nothing else is")
