"""Commands that name mailboxes: CREATE DELETE RENAME SUBSCRIBE UNSUBSCRIBE (RFC 9051 §6.3.4-8, RFC 6154 §3)."""

import msgspec

from posthouse.protocols.imap.grammar.cursor import Cursor
from posthouse.protocols.imap.grammar.flag import flag
from posthouse.protocols.imap.grammar.mailbox import mailbox, mailbox_octets


class Create(msgspec.Struct, frozen=True):
    r"""CREATE; ``special_uses`` from ``(USE (\Sent))``, as written."""

    mailbox: str
    special_uses: tuple[str, ...] = ()


class Delete(msgspec.Struct, frozen=True):
    """DELETE."""

    mailbox: str


class Rename(msgspec.Struct, frozen=True):
    """RENAME."""

    mailbox: str
    new_name: str


class Subscribe(msgspec.Struct, frozen=True):
    """SUBSCRIBE."""

    mailbox: str


class Unsubscribe(msgspec.Struct, frozen=True):
    """UNSUBSCRIBE."""

    mailbox: str


def create(cursor: Cursor) -> Create:
    """``create = "CREATE" SP mailbox [SP "(" create-param ")"]``; the one parameter known is USE (RFC 6154 §3)."""
    name = mailbox_argument(cursor)
    if not cursor.take(b" ") or cursor.at_end:  # quirks.TRAILING_SPACE
        return Create(name)
    cursor.expect(b"(", "bad CREATE parameters")
    if cursor.word() != b"USE":
        raise cursor.violation("unknown CREATE parameter")
    cursor.space()
    uses = cursor.parenthesised(flag, may_be_empty=True)
    cursor.expect(b")", "CREATE parameters are not closed")
    return Create(name, tuple(uses))


def delete(cursor: Cursor) -> Delete:
    """``delete = "DELETE" SP mailbox``."""
    return Delete(mailbox_argument(cursor))


def rename(cursor: Cursor) -> Rename:
    """``rename = "RENAME" SP mailbox SP mailbox``."""
    name = mailbox_argument(cursor)
    return Rename(name, mailbox_argument(cursor))


def subscribe(cursor: Cursor) -> Subscribe:
    """``subscribe = "SUBSCRIBE" SP mailbox``."""
    return Subscribe(mailbox_argument(cursor))


def unsubscribe(cursor: Cursor) -> Unsubscribe:
    """``unsubscribe = "UNSUBSCRIBE" SP mailbox``."""
    return Unsubscribe(mailbox_argument(cursor))


def mailbox_argument(cursor: Cursor) -> str:
    """``SP mailbox``."""
    cursor.space()
    return mailbox(cursor)


def serialise_create(value: Create, *, utf8: bool) -> bytes:
    """Write the arguments of CREATE."""
    uses = b" (USE (%b))" % " ".join(value.special_uses).encode("ascii") if value.special_uses else b""
    return b" " + mailbox_octets(value.mailbox, utf8=utf8) + uses


def serialise_rename(value: Rename, *, utf8: bool) -> bytes:
    """Write the arguments of RENAME."""
    return b" %b %b" % (mailbox_octets(value.mailbox, utf8=utf8), mailbox_octets(value.new_name, utf8=utf8))


def serialise_mailbox_argument(value: Delete | Subscribe | Unsubscribe, *, utf8: bool) -> bytes:
    """Write the one argument of DELETE, SUBSCRIBE and UNSUBSCRIBE."""
    return b" " + mailbox_octets(value.mailbox, utf8=utf8)
