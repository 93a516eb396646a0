"""Messages that are legal in parts and hard as a whole: too many of everything, too deep, too long, and not text at all."""

from collections.abc import Callable
from typing import Final

FROM: Final = b"From: =?utf-8?q?M=C3=A4x?= <max@example.com>\r\nDate: Sun, 22 Nov 2026 10:00:00 +0000\r\n"


def many_parts(scale: int) -> bytes:
    """1,000 leaves for each step of the scale."""
    part = b"--b\r\nContent-Type: text/plain; name=p\r\n\r\npart\r\n"
    return _multipart(b"many parts") + part * (1_000 * scale) + b"--b--\r\n"


def deep_multiparts(scale: int) -> bytes:
    """20 multiparts in each other for each step."""
    depth = 20 * scale
    opening = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (level, level) for level in range(depth))
    closing = b"".join(b"\r\n--b%d--\r\n" % level for level in reversed(range(depth)))
    return b"Subject: deep multiparts\r\n" + FROM + opening + b"\r\ninnermost" + closing


def deep_messages(scale: int) -> bytes:
    """20 messages in each other for each step."""
    level = b"Subject: deep messages\r\n" + FROM + b"Content-Type: message/rfc822\r\n\r\n"
    return level * (20 * scale) + b"Subject: innermost\r\n\r\ninnermost\r\n"


def long_header(scale: int) -> bytes:
    """A header of 100 kB for each step."""
    return b"Subject: long header\r\n" + FROM + b"X-Filler: " + b"x" * 60 + b"\r\n" + _lines(b"X-More: ", 1_400 * scale) + _TEXT


def long_field(scale: int) -> bytes:
    """One folded field of 100 kB for each step."""
    return FROM + b"Subject: long field" + _lines(b"\r\n ", 1_500 * scale, end=b"") + b"\r\n" + _TEXT


def long_line(scale: int) -> bytes:
    """One field in one line of 100 kB for each step."""
    return FROM + b"Subject: long line " + b"s" * (100_000 * scale) + b"\r\n" + _TEXT


def many_fields(scale: int) -> bytes:
    """10,000 fields for each step."""
    return b"Subject: many fields\r\n" + FROM + b"X: y\r\n" * (10_000 * scale) + _TEXT


def not_text(scale: int) -> bytes:
    """NUL and octets above 127 wherever people put them, and wherever they do not."""
    fields = b"Subject: n\x00t t\xe4xt \xff\xfe\r\nFrom: \x00 \xc3\x28 <\xe9@\x00example.com>\r\nTo: \xf0\x9f\x98\r\n"
    return fields + b"X\x80\x00: \x00\r\nno field at all\r\n" + b"X: \xe3\x81\r\n" * scale + b"\r\n\x00\xff\x00\r\n"


def no_boundary(scale: int) -> bytes:
    """A multipart that does not say where its parts begin."""
    return b"Subject: no boundary\r\n" + FROM + b"Content-Type: multipart/mixed\r\n\r\n" + b"--b\r\n\r\nx\r\n" * scale


def absent_boundary(scale: int) -> bytes:
    """Multiparts whose boundary never comes, or does not end."""
    return _multipart(b"absent boundary") + b"--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n" + b"--d\r\n" * scale


def many_addresses(scale: int) -> bytes:
    """100 addresses for each step, some of them in groups, one of these never closed."""
    people = b",\r\n ".join(b'"P, %d" <p%d@example.com>' % (number, number) for number in range(100 * scale))
    groups = b"To: friends: " + people + b";, none:;, open: a@example.com, b@example.com\r\n"
    return b"Subject: many addresses\r\n" + FROM + b"Cc: " + people + b"\r\n" + groups + _TEXT


def many_references(scale: int) -> bytes:
    """1,000 identifiers in References for each step."""
    ids = b"\r\n ".join(b"<%d.abc@example.com>" % number for number in range(1_000 * scale))
    return b"Subject: Re: many references\r\n" + FROM + b"Message-ID: <last@example.com>\r\nReferences: " + ids + b"\r\n" + _TEXT


def no_line_ends(scale: int) -> bytes:
    """A body of 2 MB in one line for each step."""
    return b"Subject: no line ends\r\n" + FROM + b"\r\n" + b"0123456789abcdef" * (125_000 * scale) + b"\r\n"


KINDS: Final[tuple[Callable[[int], bytes], ...]] = (
    many_parts, deep_multiparts, deep_messages, long_header, long_field, long_line, many_fields, not_text, no_boundary,
    absent_boundary, many_addresses, many_references, no_line_ends,
)  # fmt: skip
"""All of them; the scale 1 is for every day, 10 is what a soak takes."""
_TEXT: Final = b"\r\nText.\r\n"


def _multipart(subject: bytes) -> bytes:
    return b"Subject: " + subject + b"\r\n" + FROM + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"


def _lines(before: bytes, count: int, *, end: bytes = b"\r\n") -> bytes:
    return (before + b"x" * 60 + end) * count
