"""Canonical forms of header fields and bodies (RFC 6376 §3.4).

Bodies come in chunks of any size and go on in pieces, with nothing held but a count of empty lines: a message may be larger than
memory. Line ends are CRLF; a CR or LF alone is an ordinary octet.
"""

import re
from collections.abc import Iterator
from enum import StrEnum
from typing import Final, Protocol

_SPACES = re.compile(rb"[ \t]+")
_RUN = re.compile(rb"  +")
_LINES_AT_ONCE: Final = 32_768


class Canonicalization(StrEnum):
    """The two algorithms there are."""

    SIMPLE = "simple"
    RELAXED = "relaxed"


def header_field(octets: bytes, algorithm: Canonicalization) -> bytes:
    """The canonical form of one whole field, with one CRLF at its end (§3.4.1, §3.4.2)."""
    if algorithm is Canonicalization.SIMPLE:
        return octets.removesuffix(b"\n").removesuffix(b"\r") + b"\r\n"
    name, _, body = octets.partition(b":")
    unfolded = body.replace(b"\r\n", b"").replace(b"\n", b"")
    return name.rstrip(b" \t").lower() + b":" + _SPACES.sub(b" ", unfolded).strip(b" \t") + b"\r\n"


class BodyForm(Protocol):
    """Makes a body canonical, chunk by chunk. What is returned, joined, is the canonical body."""

    def update(self, chunk: bytes) -> Iterator[bytes]:
        """Take the next octets; yield what is certain by now."""
        ...

    def finish(self) -> Iterator[bytes]:
        """The end has come; yield the rest."""
        ...


class _Lines:
    """Holds empty lines back until something follows them."""

    def __init__(self) -> None:
        self._held = 0
        """CRLFs at the end of what has come."""
        self.anything = False

    def take(self, octets: bytes) -> Iterator[bytes]:
        """Octets that do not end between CR and LF."""
        content = octets.rstrip(b"\r\n")
        ends = octets[len(content) :]
        # Among lone CRs and LFs only the whole pairs at the very end are empty lines.
        pairs = ends.replace(b"\r\n", b"\0")
        empty = len(pairs) - len(pairs.rstrip(b"\0"))
        content = octets[: len(octets) - 2 * empty] if empty else octets
        if content:
            yield from self._released()
            self.anything = True
            yield content
        self._held += empty

    def _released(self) -> Iterator[bytes]:
        while self._held:
            count = min(self._held, _LINES_AT_ONCE)
            yield b"\r\n" * count
            self._held -= count


class SimpleBody:
    """Empty lines at the end become one CRLF; an empty body is one CRLF (§3.4.3)."""

    def __init__(self) -> None:
        self._lines = _Lines()
        self._carry = b""

    def update(self, chunk: bytes) -> Iterator[bytes]:
        """Take the next octets."""
        octets = self._carry + chunk
        self._carry = b"\r" if octets.endswith(b"\r") else b""
        yield from self._lines.take(octets[:-1] if self._carry else octets)

    def finish(self) -> Iterator[bytes]:
        """The end."""
        yield from self._lines.take(self._carry)
        yield b"\r\n"


class RelaxedBody:
    """As simple, with white space at line ends gone and one space for each run of it; an empty body stays empty (§3.4.4)."""

    def __init__(self) -> None:
        self._lines = _Lines()
        self._carry = b""
        """A space, a CR or both, whose meaning the next octet decides."""

    def update(self, chunk: bytes) -> Iterator[bytes]:
        """Take the next octets."""
        octets = (self._carry + chunk).replace(b"\t", b" ")
        # Most spaces stand alone: looking for two of them is three times as quick as looking for any.
        octets = _RUN.sub(b" ", octets).replace(b" \r\n", b"\r\n")
        whole = octets.removesuffix(b"\r").removesuffix(b" ")
        self._carry = octets[len(whole) :]
        yield from self._lines.take(whole)

    def finish(self) -> Iterator[bytes]:
        """The end."""
        # A space at the end of the last line is at a line end; a CR alone is not white space.
        yield from self._lines.take(self._carry if self._carry.endswith(b"\r") else b"")
        if self._lines.anything:
            yield b"\r\n"


def body_form(algorithm: Canonicalization) -> BodyForm:
    """A fresh form of the algorithm."""
    return SimpleBody() if algorithm is Canonicalization.SIMPLE else RelaxedBody()
