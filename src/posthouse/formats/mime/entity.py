"""Entities for the wire: header fields plus encoded body, put together into multiparts. All line ends are CRLF.

An entity here is its octets: fields, blank line, body. Text is UTF-8 in whichever of 7bit, quoted-printable and base64 keeps it
shortest; no line is longer than 998 octets (RFC 5322 §2.1.1).
"""

import re
from collections.abc import Sequence
from typing import Final

from posthouse.formats.mime import parameters
from posthouse.formats.mime.transfer import encode_base64, encode_quoted_printable

_LONGEST_LINE: Final = 998
_LINE_END = re.compile(rb"\r\n|\r|\n")
_PLAIN = re.compile(rb"[\t\r\n\x20-\x7e]*")
_LONG_LINE = re.compile(rb"[^\n]{%d}" % (_LONGEST_LINE + 2))
_BOUNDARY = re.compile(r"[A-Za-z0-9._-]{1,60}")
_MEDIA_TYPE = re.compile(r"[A-Za-z0-9][\w!#$&^.+-]{0,126}/[A-Za-z0-9][\w!#$&^.+-]{0,126}", re.ASCII)


def text_entity(media_subtype: str, text: str) -> bytes:
    """Return a ``text/…`` entity of ``text``; its line ends, of whatever kind, become CRLF and it ends with one."""
    octets = with_crlf(text.encode("utf-8", "replace"))
    if octets and not octets.endswith(b"\r\n"):
        octets += b"\r\n"
    charset = "us-ascii" if octets.isascii() else "utf-8"
    mechanism, body = _encoded_text(octets)
    return entity([content_field(f"text/{media_subtype}", charset=charset), mechanism], body)


def binary_entity(content: bytes, fields: Sequence[bytes]) -> bytes:
    """Return an entity that keeps ``content`` octet for octet, as base64; ``fields`` are its other fields."""
    return entity([*fields, b"Content-Transfer-Encoding: base64\r\n"], encode_base64(content))


def multipart(media_subtype: str, parts: Sequence[bytes], boundary: str, **parameters_: str) -> bytes:
    """Return a multipart entity. ``boundary`` must not occur in the parts (see ``check_boundary``)."""
    delimiter = b"--" + boundary.encode("ascii")
    body = b"".join([delimiter + b"\r\n" + part + b"\r\n" for part in parts]) + delimiter + b"--\r\n"
    return entity([content_field(f"multipart/{media_subtype}", **parameters_, boundary=boundary)], body)


def entity(fields: Sequence[bytes], body: bytes) -> bytes:
    """Join whole fields (each with its CRLF), the blank line and the body."""
    return b"".join(fields) + b"\r\n" + body


def content_field(media_type: str, **values: str) -> bytes:
    """Return a Content-Type field; an underscore in a parameter's name stands for a hyphen.

    What is no media type becomes application/octet-stream.
    """
    named = [(name.replace("_", "-"), value) for name, value in values.items()]
    known = media_type if _MEDIA_TYPE.fullmatch(media_type) else "application/octet-stream"
    return parametrised("Content-Type", known, named)


def parametrised(name: str, value: str, named: Sequence[tuple[str, str]]) -> bytes:
    """Return a field of the form ``name: value; parameter=…``, one parameter on each line."""
    pieces = [piece for attribute, text in named for piece in parameters.encode(attribute, text)]
    return b";\r\n ".join([f"{name}: {value}".encode("ascii"), *pieces]) + b"\r\n"


def check_boundary(boundary: str, contents: Sequence[bytes]) -> str:
    """Return the boundary to use: ``=_``, which neither base64 nor quoted-printable can contain, and the caller's characters.

    ``contents`` are bodies that go unencoded.
    Raises: ValueError when the characters are not fit for a boundary or occur in one of the contents.
    """
    if not _BOUNDARY.fullmatch(boundary):
        raise ValueError("a boundary has 1 to 60 letters, digits, dots, hyphens and underscores")
    chosen = "=_" + boundary
    if any(chosen.encode("ascii") in content for content in contents):
        raise ValueError("the boundary occurs in a part")
    return chosen


def with_crlf(octets: bytes) -> bytes:
    """Return ``octets`` with every line end, of whatever kind, as CRLF."""
    return _LINE_END.sub(b"\r\n", octets)


def has_long_line(octets: bytes) -> bool:
    """Whether a line (CRLF included) is longer than the 1,000 octets SMTP carries (RFC 5321 §4.5.3.1.6)."""
    return _LONG_LINE.search(octets) is not None


def _encoded_text(octets: bytes) -> tuple[bytes, bytes]:
    """Choose the encoding of text with CRLF; returns the field that names it, and the body."""
    if _PLAIN.fullmatch(octets) and not has_long_line(octets) and b"--=_" not in octets:
        return b"Content-Transfer-Encoding: 7bit\r\n", octets
    escaped = len(octets) - len(octets.translate(None, bytes(range(0x80, 0x100))))
    if escaped * 6 > len(octets):
        return b"Content-Transfer-Encoding: base64\r\n", encode_base64(octets)
    return b"Content-Transfer-Encoding: quoted-printable\r\n", encode_quoted_printable(octets)
