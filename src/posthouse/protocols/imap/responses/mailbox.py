"""Responses about mailboxes: LIST LSUB STATUS, and FLAGS EXISTS RECENT EXPUNGE VANISHED of the selected one.

RFC 9051 §7.3, §7.5.1; RFC 7162 §3.2.10, RFC 10022.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from posthouse.protocols.imap.grammar.mailbox import mailbox_octets
from posthouse.protocols.imap.grammar.strings import string_octets
from posthouse.protocols.imap.responses.sequence_set import compact, compact_ranges

HAS_CHILDREN: Final = rb"\HasChildren"
HAS_NO_CHILDREN: Final = rb"\HasNoChildren"
NON_EXISTENT: Final = rb"\NonExistent"
NO_SELECT: Final = rb"\Noselect"
SUBSCRIBED: Final = rb"\Subscribed"


def list_(attributes: Iterable[bytes], separator: bytes | None, name: str, *, utf8: bool, extended: bytes = b"") -> bytes:
    r"""``* LIST (\HasNoChildren) "/" INBOX``; ``extended`` is the text of extended data items, e.g. ``CHILDINFO``."""
    return _listed(b"LIST", attributes, separator, mailbox_octets(name, utf8=utf8), extended)


def lsub(attributes: Iterable[bytes], separator: bytes, name: str, *, utf8: bool) -> bytes:
    """``* LSUB () "/" INBOX``."""
    return _listed(b"LSUB", attributes, separator, mailbox_octets(name, utf8=utf8), b"")


def child_info(selections: Iterable[bytes]) -> bytes:
    """``"CHILDINFO" ("SUBSCRIBED")``: why a mailbox is listed that was not selected itself (RFC 5258 §3.5)."""
    return b'"CHILDINFO" (%b)' % b" ".join([string_octets(selection) for selection in selections])


def old_name(name: str, *, utf8: bool) -> bytes:
    """``"OLDNAME" ("old")``: what a mailbox was called before (RFC 5465 §5.4, RFC 9051 §6.3.9.7)."""
    return b'"OLDNAME" (%b)' % mailbox_octets(name, utf8=utf8)


def list_root(separator: bytes) -> bytes:
    r"""``* LIST (\Noselect) "/" ""``: the answer to an empty pattern."""
    return _listed(b"LIST", [NO_SELECT], separator, b'""', b"")


def status(name: str, values: Iterable[tuple[bytes, bytes]], *, utf8: bool) -> bytes:
    """``* STATUS INBOX (MESSAGES 3 …)``."""
    items = b" ".join([b"%b %b" % pair for pair in values])
    return b"* STATUS %b (%b)\r\n" % (mailbox_octets(name, utf8=utf8), items)


def flags(names: Sequence[bytes]) -> bytes:
    r"""``* FLAGS (\Answered …)``."""
    return b"* FLAGS (%b)\r\n" % b" ".join(names)


def exists(count: int) -> bytes:
    """``* n EXISTS``."""
    return b"* %d EXISTS\r\n" % count


def recent(count: int) -> bytes:
    """``* n RECENT`` (RFC 3501 §7.3.2; gone from IMAP4rev2)."""
    return b"* %d RECENT\r\n" % count


def expunge(number: int) -> bytes:
    """``* n EXPUNGE``: the numbers above it go down by one."""
    return b"* %d EXPUNGE\r\n" % number


def vanished(uids: Sequence[int]) -> bytes:
    """``* VANISHED set``: messages the client knows, ascending UIDs, are gone (RFC 7162 §3.2.10.2)."""
    return b"* VANISHED %b\r\n" % compact(uids)


def vanished_earlier(ranges: Iterable[tuple[int, int]]) -> bytes:
    """``* VANISHED (EARLIER) set``: inclusive ranges of UIDs that went before; nothing where there are none (§3.2.10.1)."""
    text = compact_ranges(ranges)
    return b"* VANISHED (EARLIER) %b\r\n" % text if text else b""


def uid_batches(tag: bytes, batches: Iterable[tuple[int, int]]) -> bytes:
    """``* UIDBATCHES (TAG "a1") 99:51,50:1``: each batch with its higher UID first, newest batch first (RFC 10022 §3)."""
    text = b",".join([b"%d:%d" % batch for batch in batches])
    return b"* UIDBATCHES (TAG %b)%b\r\n" % (string_octets(tag), b" " + text if text else b"")


def _listed(kind: bytes, attributes: Iterable[bytes], separator: bytes | None, name: bytes, extended: bytes) -> bytes:
    character = b"NIL" if separator is None else string_octets(separator)
    extension = b" (%b)" % extended if extended else b""
    return b"* %b (%b) %b %b%b\r\n" % (kind, b" ".join(attributes), character, name, extension)
