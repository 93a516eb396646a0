"""LIST and LSUB, with LIST-EXTENDED, LIST-STATUS and SPECIAL-USE (RFC 9051 and 3501 §6.3.9, RFC 5258, 5819, 6154, 8440, 9590)."""

import enum

import msgspec

from posthouse.protocols.imap.commands.sharing.metadata import entry_name, entry_octets
from posthouse.protocols.imap.commands.status import StatusItem, serialise_status_items, status_items
from posthouse.protocols.imap.grammar.cursor import Cursor
from posthouse.protocols.imap.grammar.mailbox import decode_name, encode_name, list_mailbox
from posthouse.protocols.imap.grammar.strings import string_octets


class ListSelection(enum.Enum):
    """``list-select-opt``: which mailboxes are meant."""

    SUBSCRIBED = b"SUBSCRIBED"
    REMOTE = b"REMOTE"
    RECURSIVEMATCH = b"RECURSIVEMATCH"
    SPECIAL_USE = b"SPECIAL-USE"


class ListReturn(enum.Enum):
    """``return-option``: what is to be said of them. STATUS and METADATA come with items of their own."""

    SUBSCRIBED = b"SUBSCRIBED"
    CHILDREN = b"CHILDREN"
    SPECIAL_USE = b"SPECIAL-USE"
    MYRIGHTS = b"MYRIGHTS"
    """RFC 8440."""


class List(msgspec.Struct, frozen=True):
    """LIST. ``status`` and ``metadata`` (entries) are not empty when RETURN (STATUS (…)) or (METADATA (…)) asks for them."""

    reference: str
    patterns: tuple[str, ...]
    selection: frozenset[ListSelection] = frozenset()
    returns: frozenset[ListReturn] = frozenset()
    status: tuple[StatusItem, ...] = ()
    metadata: tuple[str, ...] = ()


class Lsub(msgspec.Struct, frozen=True):
    """LSUB (RFC 3501 §6.3.9; gone from IMAP4rev2)."""

    reference: str
    pattern: str


_SELECTIONS = {option.value: option for option in ListSelection}
_RETURNS = {option.value: option for option in ListReturn}


def list_(cursor: Cursor) -> List:
    """``list = "LIST" [SP list-select-opts] SP mailbox SP mbox-or-pat [SP list-return-opts]``.

    Raises: SyntaxViolation, also for RECURSIVEMATCH without an option it could refer to (RFC 5258 §3.1).
    """
    cursor.space()
    selection: list[ListSelection] = []
    if cursor.peek(b"("):
        selection = cursor.parenthesised(_list_select_opt, may_be_empty=True)
        cursor.space()
    if ListSelection.RECURSIVEMATCH in selection and not {ListSelection.SUBSCRIBED, ListSelection.SPECIAL_USE} & {*selection}:
        raise cursor.violation("RECURSIVEMATCH needs another selection option")
    reference = decode_name(cursor.astring(), utf8=cursor.utf8)
    cursor.space()
    patterns = cursor.parenthesised(list_mailbox) if cursor.peek(b"(") else [list_mailbox(cursor)]
    returns, status, metadata = _list_return_opts(cursor)
    return List(reference, tuple(patterns), frozenset(selection), returns, status, metadata)


def lsub(cursor: Cursor) -> Lsub:
    """``lsub = "LSUB" SP mailbox SP list-mailbox``."""
    cursor.space()
    reference = decode_name(cursor.astring(), utf8=cursor.utf8)
    cursor.space()
    return Lsub(reference, list_mailbox(cursor))


def _list_select_opt(cursor: Cursor) -> ListSelection:
    option = _SELECTIONS.get(cursor.word("a selection option"))
    if option is None:
        raise cursor.violation("unknown LIST selection option")
    return option


def _list_return_opts(cursor: Cursor) -> tuple[frozenset[ListReturn], tuple[StatusItem, ...], tuple[str, ...]]:
    """``[SP "RETURN" SP "(" [return-option *(SP return-option)] ")"]``."""
    if not cursor.take(b" ") or cursor.at_end:  # quirks.TRAILING_SPACE
        return frozenset(), (), ()
    if cursor.word() != b"RETURN":
        raise cursor.violation("unexpected characters after the pattern")
    cursor.space()
    returns: set[ListReturn] = set()
    status: list[StatusItem] = []
    metadata: list[str] = []
    for option in cursor.parenthesised(_return_option, may_be_empty=True):
        if isinstance(option, ListReturn):
            returns.add(option)
            continue
        for item in option:
            if isinstance(item, StatusItem):
                status.append(item)
            else:
                metadata.append(item)
    return frozenset(returns), tuple(dict.fromkeys(status)), tuple(dict.fromkeys(metadata))


def _return_option(cursor: Cursor) -> ListReturn | tuple[StatusItem | str, ...]:
    """``return-option``, or the items of ``STATUS (…)``, or the entries of ``METADATA (…)`` (RFC 9590 §3)."""
    word = cursor.word("a return option")
    if word == b"STATUS":
        cursor.space()
        return status_items(cursor)
    if word == b"METADATA":
        cursor.space()
        return tuple(cursor.parenthesised(entry_name))
    option = _RETURNS.get(word)
    if option is None:
        raise cursor.violation("unknown LIST return option")
    return option


def serialise_list(value: List, *, utf8: bool) -> bytes:
    """Write the arguments of LIST."""
    selection = b" (%b)" % _names(value.selection) if value.selection else b""
    patterns = [_name(pattern, utf8=utf8) for pattern in value.patterns]
    pattern = patterns[0] if len(patterns) == 1 else b"(%b)" % b" ".join(patterns)
    returns = [_names(value.returns)] if value.returns else []
    if value.status:
        returns.append(b"STATUS " + serialise_status_items(value.status))
    if value.metadata:
        returns.append(b"METADATA (%b)" % b" ".join(map(entry_octets, value.metadata)))
    options = b" RETURN (%b)" % b" ".join(returns) if returns else b""
    return b"%b %b %b%b" % (selection, _name(value.reference, utf8=utf8), pattern, options)


def serialise_lsub(value: Lsub, *, utf8: bool) -> bytes:
    """Write the arguments of LSUB."""
    return b" %b %b" % (_name(value.reference, utf8=utf8), _name(value.pattern, utf8=utf8))


def _names(options: frozenset[ListSelection] | frozenset[ListReturn]) -> bytes:
    return b" ".join(sorted(option.value for option in options))


def _name(name: str, *, utf8: bool) -> bytes:
    return string_octets(encode_name(name, utf8=utf8), utf8=utf8)
