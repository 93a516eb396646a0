"""The shape of a message: a tree of entities with octet offsets, and nothing decoded.

Offsets count octets from the first octet of the message the scanner was given; ends are exclusive. The tree is small,
has bounds (see ``posthouse.foundation.limits``), and serialises to a compact array so that it can be kept beside a
message and answer ``BODY[1.2]`` without looking at the octets again.
"""

import msgspec

Parameters = list[tuple[bytes, bytes]]
"""Names in lower case, values unquoted and otherwise as written (RFC 2231 continuations and encodings are left in place)."""


class Part(msgspec.Struct, array_like=True):
    """One MIME entity (RFC 2045 §2.4): a message, a body part, or a message inside a message.

    A multipart has its body parts as ``children``; ``message/rfc822`` and ``message/global`` have exactly one child,
    the message inside; anything else has none. A multipart whose boundary is missing or never found is a leaf.
    """

    header_start: int
    """First octet of the entity's header."""
    body_start: int
    """First octet after the blank line that ends the header; equals ``body_end`` when there is no body."""
    body_end: int
    """One past the last octet of the body. The line end before a boundary belongs to the boundary (RFC 2046 §5.1.1)."""
    line_count: int
    """Lines of the body: its LF octets, plus one where a last line has none."""
    media_type: bytes = b"text"
    """In lower case, e.g. ``b"multipart"``."""
    media_subtype: bytes = b"plain"
    parameters: Parameters = []
    transfer_encoding: bytes = b"7bit"
    """In lower case."""
    disposition: bytes | None = None
    """In lower case."""
    disposition_parameters: Parameters = []
    content_id: bytes | None = None
    """Raw field body, unfolded, with its angle brackets."""
    description: bytes | None = None
    """Raw field body, unfolded, encoded words left in place."""
    md5: bytes | None = None
    language: list[bytes] = []
    location: bytes | None = None
    children: list["Part"] = []

    @property
    def is_multipart(self) -> bool:
        """Whether ``children`` are body parts."""
        return self.media_type == b"multipart" and bool(self.children)

    @property
    def is_message(self) -> bool:
        """Whether the one child is a message inside this entity."""
        return self.media_type == b"message" and bool(self.children)


def encode(part: Part) -> bytes:
    """Serialise a tree to compact octets for keeping beside the message."""
    return _ENCODER.encode(part)


def decode(octets: bytes) -> Part:
    """Read back what ``encode`` wrote.

    Raises: msgspec.DecodeError when the octets are not such a tree.
    """
    return _DECODER.decode(octets)


_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(Part)
