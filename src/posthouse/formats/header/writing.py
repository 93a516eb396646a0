"""Header fields for the wire: names checked, bodies encoded where they must be, lines folded at 76 columns (RFC 5322 §2.2.3)."""

import re
from typing import Final

from posthouse.formats.header import encoded_word

_NAME = re.compile(r"[!-9;-~]{1,76}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")
_LINE: Final = 76
_LONGEST_LINE: Final = 998


def unstructured(name: str, text: str) -> bytes:
    """Write a field of free text with its CRLF; line ends and controls in ``text`` become spaces, so nothing can be smuggled in.

    Raises: ValueError when ``name`` is no field name.
    """
    check_name(name)
    clean = _CONTROL.sub(" ", text).strip()
    prefix = name.encode("ascii") + b": "
    if clean.isascii() and "=?" not in clean:
        folded = fold(clean.encode("ascii"), used=len(prefix))
        if all(len(line) <= _LONGEST_LINE - len(prefix) for line in folded.split(b"\r\n")):
            return prefix + folded + b"\r\n"
    return prefix + encoded_word.encode(clean, used=len(prefix)) + b"\r\n"


def structured(name: str, body: bytes) -> bytes:
    """Write a field whose body is already in wire form and folded.

    Raises: ValueError when ``name`` is no field name or ``body`` would start another field or end the header.
    """
    check_name(name)
    if re.search(rb"\r(?!\n)|(?<!\r)\n|\r\n(?![ \t])", body):
        raise ValueError(f"the body of {name} has a line end that is no folding")
    return name.encode("ascii") + b": " + body + b"\r\n"


def fold(body: bytes, *, used: int = 0) -> bytes:
    """Fold a body of one line at its spaces with CRLF; unfolding gives it back octet for octet."""
    lines = [b""]
    column = used
    for word in re.split(rb"(?<=[^ ])(?= )", body):
        if lines[-1] and column + len(word) > _LINE and word.strip():
            lines.append(b"")
            column = 0
        lines[-1] += word
        column += len(word)
    return b"\r\n".join(lines)


def check_name(name: str) -> None:
    """Raise ValueError when ``name`` is no field name (RFC 5322 §3.6.8)."""
    if not _NAME.fullmatch(name):
        raise ValueError(f"not a header field name: {name!r}")
