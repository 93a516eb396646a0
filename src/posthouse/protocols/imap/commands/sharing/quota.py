"""GETQUOTA GETQUOTAROOT SETQUOTA (RFC 9208 §4.1)."""

import msgspec

from posthouse.protocols.imap.commands.mailboxes import mailbox_argument
from posthouse.protocols.imap.grammar.cursor import NUMBER64_MAXIMUM, Cursor
from posthouse.protocols.imap.grammar.mailbox import mailbox_octets
from posthouse.protocols.imap.grammar.strings import astring_octets


class GetQuota(msgspec.Struct, frozen=True):
    """GETQUOTA: what is used of a root and what may be."""

    root: str


class GetQuotaRoot(msgspec.Struct, frozen=True):
    """GETQUOTAROOT: the roots of a mailbox."""

    mailbox: str


class SetQuota(msgspec.Struct, frozen=True):
    """SETQUOTA; ``limits`` by the name of the resource, in capitals."""

    root: str
    limits: tuple[tuple[str, int], ...]


def get_quota(cursor: Cursor) -> GetQuota:
    """``getquota = "GETQUOTA" SP quota-root-name``."""
    return GetQuota(_root(cursor))


def get_quota_root(cursor: Cursor) -> GetQuotaRoot:
    """``getquotaroot = "GETQUOTAROOT" SP mailbox``."""
    return GetQuotaRoot(mailbox_argument(cursor))


def set_quota(cursor: Cursor) -> SetQuota:
    """``setquota = "SETQUOTA" SP quota-root-name SP setquota-list``."""
    root = _root(cursor)
    cursor.space()
    return SetQuota(root, tuple(cursor.parenthesised(_limit, may_be_empty=True)))


def _root(cursor: Cursor) -> str:
    """``SP quota-root-name``: ``quota-root-name = astring``."""
    cursor.space()
    return cursor.astring().decode("utf-8", "replace")


def _limit(cursor: Cursor) -> tuple[str, int]:
    """``setquota-resource = resource-name SP resource-limit``."""
    name = cursor.word("a resource").decode("ascii")
    cursor.space()
    return name, cursor.number(NUMBER64_MAXIMUM)


def root_octets(root: str) -> bytes:
    """``quota-root-name`` as it stands in commands and responses."""
    return astring_octets(root.encode("utf-8", "replace"), utf8=True)


def serialise_get_quota(value: GetQuota) -> bytes:
    """Write the argument of GETQUOTA."""
    return b" " + root_octets(value.root)


def serialise_get_quota_root(value: GetQuotaRoot, *, utf8: bool) -> bytes:
    """Write the argument of GETQUOTAROOT."""
    return b" " + mailbox_octets(value.mailbox, utf8=utf8)


def serialise_set_quota(value: SetQuota) -> bytes:
    """Write the arguments of SETQUOTA."""
    limits = [b"%b %d" % (name.encode("ascii"), limit) for name, limit in value.limits]
    return b" %b (%b)" % (root_octets(value.root), b" ".join(limits))
