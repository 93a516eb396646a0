"""Responses about mailboxes: LIST LSUB STATUS, and FLAGS EXISTS RECENT EXPUNGE of the selected one (RFC 9051 §7.3, §7.5.1)."""

from collections.abc import Iterable, Sequence
from typing import Final

from posthouse.protocols.imap.grammar.mailbox import mailbox_octets
from posthouse.protocols.imap.grammar.strings import string_octets

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


def list_root(separator: bytes) -> bytes:
    r"""``* LIST (\Noselect) "/" ""``: the answer to an empty pattern."""
    return _listed(b"LIST", [NO_SELECT], separator, b'""', b"")


def status(name: str, numbers: Iterable[tuple[bytes, int]], *, utf8: bool) -> bytes:
    """``* STATUS INBOX (MESSAGES 3 …)``."""
    items = b" ".join([b"%b %d" % pair for pair in numbers])
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


def _listed(kind: bytes, attributes: Iterable[bytes], separator: bytes | None, name: bytes, extended: bytes) -> bytes:
    character = b"NIL" if separator is None else string_octets(separator)
    extension = b" (%b)" % extended if extended else b""
    return b"* %b (%b) %b %b%b\r\n" % (kind, b" ".join(attributes), character, name, extension)
