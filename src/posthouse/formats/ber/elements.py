"""Elements of BER: an octet that names the kind, a length, the content.

LDAP allows less than BER does (RFC 4511 §5.1): lengths are definite, and no kind needs more than one octet. Nothing here recurses;
whoever reads a nested element reads its content with a ``Reader`` of its own, as deep as its grammar goes.
"""

from typing import Final

BOOLEAN: Final = 0x01
INTEGER: Final = 0x02
OCTET_STRING: Final = 0x04
ENUMERATED: Final = 0x0A
SEQUENCE: Final = 0x30
SET: Final = 0x31
LENGTH_OCTETS: Final = 4
"""Most octets that say a length."""
INTEGER_OCTETS: Final = 5
"""Enough for the numbers of LDAP, which end at 2³¹ - 1 (RFC 4511 §4.1.1)."""


class InvalidElement(ValueError):
    """Octets that break the rules; the text says which."""


def element(kind: int, *parts: bytes) -> bytes:
    """Write an element; its content is the parts, one after the other."""
    content = b"".join(parts)
    size = len(content)
    if size < 0x80:
        return bytes((kind, size)) + content
    octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((kind, 0x80 | len(octets))) + octets + content


def integer(value: int, kind: int = INTEGER) -> bytes:
    """Write a whole number in as few octets as it needs; ``ENUMERATED`` is written alike."""
    return element(kind, value.to_bytes(value.bit_length() // 8 + 1, "big", signed=True))


def boolean(value: bool) -> bytes:
    """Write a truth value."""
    return element(BOOLEAN, b"\xff" if value else b"\x00")


def octet_string(octets: bytes, kind: int = OCTET_STRING) -> bytes:
    """Write octets as they are."""
    return element(kind, octets)


def frame_octets(octets: bytes | bytearray, most: int) -> int | None:
    """How long the first element is, with kind and length; None while that cannot be said yet.

    Raises: InvalidElement, also where it is longer than ``most``.
    """
    if len(octets) < 2:
        return None
    head, size = _head(octets, 0)
    if head is None:
        return None
    if head + size > most:
        raise InvalidElement(f"an element of {head + size} octets; at most {most} are taken")
    return head + size


class Reader:
    """Reads elements one after the other. Every verb raises InvalidElement."""

    def __init__(self, octets: bytes) -> None:
        self._octets = octets
        self._at = 0

    @property
    def is_at_end(self) -> bool:
        """Whether nothing is left."""
        return self._at >= len(self._octets)

    @property
    def next_kind(self) -> int:
        """The kind of the next element; -1 at the end."""
        return -1 if self.is_at_end else self._octets[self._at]

    def any(self) -> tuple[int, bytes]:
        """The next element, whatever it is: kind and content."""
        kind = self.next_kind
        if kind < 0:
            raise InvalidElement("an element is missing")
        if kind & 0x1F == 0x1F:
            raise InvalidElement("a kind of more than one octet")
        head, size = _head(self._octets, self._at)
        if head is None or self._at + head + size > len(self._octets):
            raise InvalidElement("an element is longer than what it stands in")
        begin = self._at + head
        self._at = begin + size
        return kind, self._octets[begin : self._at]

    def content(self, kind: int) -> bytes:
        """The content of the next element, which is of this kind."""
        if self.next_kind != kind:
            raise InvalidElement(f"an element of kind {self.next_kind:#04x} where {kind:#04x} is expected")
        return self.any()[1]

    def nested(self, kind: int) -> "Reader":
        """A reader of what is in the next element, which is of this kind."""
        return Reader(self.content(kind))

    def integer(self, kind: int = INTEGER) -> int:
        """The next element, a whole number."""
        content = self.content(kind)
        if not 1 <= len(content) <= INTEGER_OCTETS:
            raise InvalidElement(f"a number of {len(content)} octets")
        return int.from_bytes(content, "big", signed=True)

    def boolean(self) -> bool:
        """The next element, a truth value: everything but zero is true."""
        content = self.content(BOOLEAN)
        if len(content) != 1:
            raise InvalidElement("a truth value has one octet")
        return content != b"\x00"


def _head(octets: bytes | bytearray, at: int) -> tuple[int | None, int]:
    """Octets of kind and length, and the length; None while not all of them are there."""
    if at + 1 >= len(octets):
        return None, 0
    first = octets[at + 1]
    if first < 0x80:
        return 2, first
    count = first & 0x7F
    if not 1 <= count <= LENGTH_OCTETS:
        raise InvalidElement("a length that is not definite, or too long")
    if at + 2 + count > len(octets):
        return None, 0
    return 2 + count, int.from_bytes(octets[at + 2 : at + 2 + count], "big")
