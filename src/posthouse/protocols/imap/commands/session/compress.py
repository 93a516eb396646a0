"""COMPRESS (RFC 4978)."""

import msgspec

from posthouse.protocols.imap.grammar.cursor import Cursor


class Compress(msgspec.Struct, frozen=True):
    """COMPRESS: the algorithm in upper case."""

    algorithm: str


def compress(cursor: Cursor) -> Compress:
    """``compress = "COMPRESS" SP algorithm``."""
    cursor.space()
    return Compress(cursor.atom().decode("ascii").upper())


def serialise_compress(value: Compress) -> bytes:
    """Write the argument."""
    return b" " + value.algorithm.encode("ascii")
