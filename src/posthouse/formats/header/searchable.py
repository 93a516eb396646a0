"""Header fields as they are searched: one line ``NAME: text`` for each, decoded and brought into the form of ``collation``.

Each line begins with LF, which occurs nowhere else: what is found never spans two fields.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from posthouse.formats.charset.decoding import is_plain
from posthouse.formats.collation import casemap
from posthouse.formats.header.encoded_word import decode
from posthouse.formats.header.fields import named, unfold


class Line(NamedTuple):
    """One field."""

    name: bytes
    """In capitals."""
    body: bytes
    """Unfolded and trimmed, otherwise as it came."""
    text: bytes
    """As it is searched."""


def lines(octets: bytes, start: int, end: int) -> tuple[Line, ...]:
    """Read the fields of the header block ``octets[start:end]``; asking again for the last one costs little."""
    return _header(octets[start:end]).lines


def first_bodies(octets: bytes, start: int, end: int) -> Mapping[bytes, bytes]:
    """Read the body of the first field of each name (in capitals), unfolded and trimmed, in the same way."""
    return _header(octets[start:end]).first


def rendered(chosen: list[Line]) -> bytes:
    """Write lines with their names; no lines give nothing."""
    return b"".join([b"\n%b: %b" % (line.name, line.text) for line in chosen])


def texts(chosen: list[Line]) -> bytes:
    """Write lines of one field without the name."""
    return b"".join([b"\n" + line.text for line in chosen])


def has_field(header: bytes, name: bytes, text: bytes) -> bool:
    """Whether a header written by ``rendered`` has a field called ``name`` (in capitals) with ``text`` (``casemap``) in it."""
    label = b"\n" + name + b":"
    start = header.find(label)
    while start >= 0:
        start += len(label)
        end = header.find(b"\n", start)
        if header.find(text, start, end if end >= 0 else len(header)) >= 0:
            return True
        start = header.find(label, start)
    return False


def needles(name: bytes, text: bytes) -> list[bytes]:
    """What to look for in the ``texts`` of a field so that ``text`` is found as it would be in lines with their name.

    ``text`` itself; its rest where it begins within ``NAME: ``; a bare LF, which every field has, where it lies within that.
    """
    label = name + b": "
    found = [text]
    if text in label:
        found.append(b"\n")
    found += [b"\n" + text[size:] for size in range(1, min(len(text), len(label)) + 1) if label.endswith(text[:size])]
    return found


class _Header(NamedTuple):
    lines: tuple[Line, ...]
    first: dict[bytes, bytes]


@lru_cache(maxsize=1)
def _header(octets: bytes) -> _Header:
    """Several projections are made of the header of one message, one after the other."""
    found: list[Line] = []
    first: dict[bytes, bytes] = {}
    for name, written in named(octets):
        body, capitals = unfold(written).strip(), name.upper()
        found.append(Line(capitals, body, _searched(body)))
        first.setdefault(capitals, body)
    return _Header(tuple(found), first)


def _searched(body: bytes) -> bytes:
    if is_plain(body) and b"=?" not in body:
        return body.upper()
    return casemap(decode(body)).replace(b"\n", b" ")
