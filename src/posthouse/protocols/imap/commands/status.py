"""STATUS: numbers of a mailbox without opening it (RFC 9051 §6.3.11, RFC 7162, 7889, 8438, 8474, 9208)."""

import enum

import msgspec

from posthouse.protocols.imap.commands.mailboxes import mailbox_argument
from posthouse.protocols.imap.grammar.cursor import Cursor
from posthouse.protocols.imap.grammar.mailbox import mailbox_octets


class StatusItem(enum.Enum):
    """``status-att``."""

    MESSAGES = b"MESSAGES"
    RECENT = b"RECENT"
    UIDNEXT = b"UIDNEXT"
    UIDVALIDITY = b"UIDVALIDITY"
    UNSEEN = b"UNSEEN"
    DELETED = b"DELETED"
    DELETED_STORAGE = b"DELETED-STORAGE"
    SIZE = b"SIZE"
    HIGHESTMODSEQ = b"HIGHESTMODSEQ"
    MAILBOXID = b"MAILBOXID"
    APPENDLIMIT = b"APPENDLIMIT"


class Status(msgspec.Struct, frozen=True):
    """STATUS: ``items`` once each, in the order asked for."""

    mailbox: str
    items: tuple[StatusItem, ...]


_ITEMS = {item.value: item for item in StatusItem}


def status(cursor: Cursor) -> Status:
    """``status = "STATUS" SP mailbox SP "(" status-att *(SP status-att) ")"``."""
    name = mailbox_argument(cursor)
    cursor.space()
    return Status(name, status_items(cursor))


def status_items(cursor: Cursor) -> tuple[StatusItem, ...]:
    """``"(" status-att *(SP status-att) ")"``."""
    return tuple(dict.fromkeys(cursor.parenthesised(status_att)))


def status_att(cursor: Cursor) -> StatusItem:
    """``status-att``, e.g. ``UIDNEXT``."""
    item = _ITEMS.get(cursor.word("a status item"))
    if item is None:
        raise cursor.violation("unknown status item")
    return item


def serialise_status(value: Status, *, utf8: bool) -> bytes:
    """Write the arguments of STATUS."""
    return b" %b %b" % (mailbox_octets(value.mailbox, utf8=utf8), serialise_status_items(value.items))


def serialise_status_items(items: tuple[StatusItem, ...]) -> bytes:
    """Write the list of items."""
    return b"(%b)" % b" ".join([item.value for item in items])
