"""GETACL SETACL DELETEACL LISTRIGHTS MYRIGHTS (RFC 4314 §3)."""

import enum
import re
from typing import Final

import msgspec

from posthouse.protocols.imap.commands.mailboxes import mailbox_argument
from posthouse.protocols.imap.grammar.cursor import Cursor
from posthouse.protocols.imap.grammar.mailbox import mailbox_octets
from posthouse.protocols.imap.grammar.strings import astring_octets

_RIGHTS: Final = re.compile(r"[a-z0-9]*+")


class RightsChange(enum.Enum):
    """``mod-rights``: whether the rights given replace those there were, are added, or are taken away."""

    REPLACE = ""
    ADD = "+"
    REMOVE = "-"


class GetAcl(msgspec.Struct, frozen=True):
    """GETACL: who has which rights."""

    mailbox: str


class SetAcl(msgspec.Struct, frozen=True):
    """SETACL: ``rights`` are letters as written; which of them are rights the server knows."""

    mailbox: str
    identifier: str
    rights: str
    change: RightsChange = RightsChange.REPLACE


class DeleteAcl(msgspec.Struct, frozen=True):
    """DELETEACL: an identifier has no entry any more."""

    mailbox: str
    identifier: str


class ListRights(msgspec.Struct, frozen=True):
    """LISTRIGHTS: which rights an identifier may be given."""

    mailbox: str
    identifier: str


class MyRights(msgspec.Struct, frozen=True):
    """MYRIGHTS: what whoever asks may do."""

    mailbox: str


def get_acl(cursor: Cursor) -> GetAcl:
    """``getacl = "GETACL" SP mailbox``."""
    return GetAcl(mailbox_argument(cursor))


def my_rights(cursor: Cursor) -> MyRights:
    """``myrights = "MYRIGHTS" SP mailbox``."""
    return MyRights(mailbox_argument(cursor))


def set_acl(cursor: Cursor) -> SetAcl:
    """``setacl = "SETACL" SP mailbox SP identifier SP mod-rights``."""
    name = mailbox_argument(cursor)
    who = _identifier(cursor)
    cursor.space()
    text = cursor.astring().decode("utf-8", "replace")
    change = RightsChange(text[:1]) if text[:1] in ("+", "-") else RightsChange.REPLACE
    letters = text[len(change.value) :]
    if not _RIGHTS.fullmatch(letters):
        raise cursor.violation("rights are small letters and digits")
    return SetAcl(name, who, letters, change)


def delete_acl(cursor: Cursor) -> DeleteAcl:
    """``deleteacl = "DELETEACL" SP mailbox SP identifier``."""
    return DeleteAcl(mailbox_argument(cursor), _identifier(cursor))


def list_rights(cursor: Cursor) -> ListRights:
    """``listrights = "LISTRIGHTS" SP mailbox SP identifier``."""
    return ListRights(mailbox_argument(cursor), _identifier(cursor))


def _identifier(cursor: Cursor) -> str:
    """``SP identifier``: ``identifier = astring``, in UTF-8 (RFC 4314 §3)."""
    cursor.space()
    return cursor.astring().decode("utf-8", "replace")


def identifier_octets(identifier: str, *, utf8: bool = False) -> bytes:
    """``identifier`` as it stands in commands and responses."""
    return astring_octets(identifier.encode("utf-8", "replace"), utf8=utf8)


def serialise_get_acl(value: GetAcl | MyRights, *, utf8: bool) -> bytes:
    """Write the argument of GETACL and MYRIGHTS."""
    return b" " + mailbox_octets(value.mailbox, utf8=utf8)


def serialise_set_acl(value: SetAcl, *, utf8: bool) -> bytes:
    """Write the arguments of SETACL."""
    rights = astring_octets((value.change.value + value.rights).encode("ascii"))
    return b" %b %b %b" % (mailbox_octets(value.mailbox, utf8=utf8), identifier_octets(value.identifier, utf8=utf8), rights)


def serialise_identified(value: DeleteAcl | ListRights, *, utf8: bool) -> bytes:
    """Write the arguments of DELETEACL and LISTRIGHTS."""
    return b" %b %b" % (mailbox_octets(value.mailbox, utf8=utf8), identifier_octets(value.identifier, utf8=utf8))
