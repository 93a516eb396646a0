"""Commands about the connection itself: CAPABILITY NOOP LOGOUT ID ENABLE IDLE NAMESPACE UNAUTHENTICATE.

RFC 9051 §6.1, §6.3; RFC 2971, 8437.
"""

from typing import Final

import msgspec

from posthouse.protocols.imap.grammar.cursor import Cursor
from posthouse.protocols.imap.grammar.strings import nstring_octets, string_octets

ID_PAIRS: Final = 30
"""Field-value pairs in one ID (RFC 2971 §3.3)."""


class Capability(msgspec.Struct, frozen=True):
    """CAPABILITY (RFC 9051 §6.1.1)."""


class Unauthenticate(msgspec.Struct, frozen=True):
    """UNAUTHENTICATE (RFC 8437): back to before login, on the same connection."""


class Noop(msgspec.Struct, frozen=True):
    """NOOP (RFC 9051 §6.1.2)."""


class Logout(msgspec.Struct, frozen=True):
    """LOGOUT (RFC 9051 §6.1.3)."""


class Idle(msgspec.Struct, frozen=True):
    """IDLE (RFC 9051 §6.3.13); the DONE that ends it is a continuation line."""


class Namespace(msgspec.Struct, frozen=True):
    """NAMESPACE (RFC 9051 §6.3.10)."""


class Id(msgspec.Struct, frozen=True):
    """ID (RFC 2971): what the program says of itself, or None for ``NIL``. Names are as written."""

    parameters: tuple[tuple[bytes, bytes | None], ...] | None = None


NUMBERS_WITH_UIDONLY: Final = frozenset({b"microsoft office 365"})
"""Names in ID, in lower case, of programs that had better not enable UIDONLY (``quirks.NUMBERS_WITH_UIDONLY``)."""


class Enable(msgspec.Struct, frozen=True):
    """ENABLE (RFC 9051 §6.3.1): capability names in upper case."""

    capabilities: tuple[str, ...]


def id_parameters(cursor: Cursor) -> Id:
    """``id = "ID" SP id-params-list``: at most 30 pairs; ``ID`` alone and ``ID ()`` mean NIL (``quirks.EMPTY_ID_LIST``)."""
    if cursor.at_end:
        return Id()
    cursor.space()
    if cursor.nil() or cursor.take(b"()"):
        return Id()
    pairs = cursor.parenthesised(_id_pair)
    if len(pairs) > ID_PAIRS:
        raise cursor.violation("too many ID fields")
    return Id(tuple(pairs))


def _id_pair(cursor: Cursor) -> tuple[bytes, bytes | None]:
    """``string SP nstring``."""
    name = cursor.string()
    cursor.space()
    return name, cursor.nstring()


def enable(cursor: Cursor) -> Enable:
    """``enable = "ENABLE" 1*(SP capability)``."""
    cursor.space()
    names = [cursor.atom()]
    while cursor.take(b" "):
        if cursor.at_end:  # quirks.TRAILING_SPACE
            break
        names.append(cursor.atom())
    return Enable(tuple([name.decode("ascii").upper() for name in names]))


def serialise_id(value: Id) -> bytes:
    """Write the arguments of ID."""
    if value.parameters is None:
        return b" NIL"
    return b" (%b)" % b" ".join([string_octets(name) + b" " + nstring_octets(text) for name, text in value.parameters])


def serialise_enable(value: Enable) -> bytes:
    """Write the arguments of ENABLE."""
    return b"".join([b" " + name.encode("ascii") for name in value.capabilities])
