"""UIDBATCHES (RFC 10022): ranges of UIDs that hold equally many messages."""

import msgspec

from posthouse.protocols.imap.grammar.cursor import Cursor


class UidBatches(msgspec.Struct, frozen=True):
    """UIDBATCHES: batches of ``size`` messages, counted from the newest; of them those numbered ``first`` to ``last``, or all."""

    size: int
    first: int = 1
    last: int | None = None


def uid_batches(cursor: Cursor) -> UidBatches:
    """``"UIDBATCHES" SP nz-number [SP nz-number ":" nz-number]``."""
    cursor.space()
    size = cursor.nz_number()
    if not cursor.take(b" ") or cursor.at_end:  # quirks.TRAILING_SPACE
        return UidBatches(size)
    first = cursor.nz_number()
    cursor.expect(b":", "a range of batches is wanted")
    return UidBatches(size, first, cursor.nz_number())


def serialise_uid_batches(value: UidBatches) -> bytes:
    """Write the arguments of UIDBATCHES."""
    return b" %d" % value.size + (b"" if value.last is None else b" %d:%d" % (value.first, value.last))
