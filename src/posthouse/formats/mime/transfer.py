"""Content-Transfer-Encoding (RFC 2045 §6): decoders that take a body in pieces and forgive, encoders that do neither need.

A decoder has bounded memory whatever it is fed and never raises: octets outside the base64 alphabet are skipped, wrong escapes
stay as they are, an unknown encoding is the identity.
"""

import binascii
import re
from typing import Final, Protocol

_NOT_BASE64: Final = bytes(sorted(set(range(256)) - set(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=")))
_UU_LABELS: Final = frozenset((b"x-uuencode", b"x-uue", b"uuencode", b"x-uu"))
_PADDED_LINE_END = re.compile(rb"(?<![ \t])[ \t]++(?=\r?\n)")
_UU_BEGIN = re.compile(rb"begin [0-7]{3,4} ")
_LONGEST_HELD: Final = 65_536
"""An endless line is decoded in pieces of this size."""


class Decoder(Protocol):
    """Turns the octets of a body, fed in any pieces, into what they stand for."""

    def feed(self, octets: bytes) -> bytes:
        """Decode what can be decoded with the octets seen so far."""

    def finish(self) -> bytes:
        """Decode what was held back; nothing may be fed afterwards."""


def decoder(transfer_encoding: bytes) -> Decoder:
    """Return a fresh decoder for a mechanism in lower case; the identity for 7bit, 8bit, binary and unknown ones."""
    if transfer_encoding == b"base64":
        return Base64Decoder()
    if transfer_encoding == b"quoted-printable":
        return QuotedPrintableDecoder()
    return UuDecoder() if transfer_encoding in _UU_LABELS else IdentityDecoder()


def decode(octets: bytes, transfer_encoding: bytes) -> bytes:
    """Decode a whole body at once."""
    chosen = decoder(transfer_encoding)
    return chosen.feed(octets) + chosen.finish()


class IdentityDecoder:
    """7bit, 8bit, binary (RFC 2045 §6.2), and what nobody knows."""

    def feed(self, octets: bytes) -> bytes:
        """Return the octets themselves."""
        return octets

    def finish(self) -> bytes:
        """Nothing is ever held back."""
        return b""


class Base64Decoder:
    """base64 (RFC 2045 §6.8). Ends at the first padding: what follows is a footer somebody glued on."""

    def __init__(self) -> None:
        self._digits = b""
        self._ended = False

    def feed(self, octets: bytes) -> bytes:
        """Decode all complete groups of four digits."""
        if self._ended:
            return b""
        digits = self._digits + octets.translate(None, _NOT_BASE64)
        padding = digits.find(b"=")
        if padding >= 0:
            self._ended = True
            digits = digits[:padding]
        whole = len(digits) & ~3
        self._digits = digits[whole:]
        return binascii.a2b_base64(digits[:whole])

    def finish(self) -> bytes:
        """Decode a last incomplete group; a single digit holds no octet and is dropped."""
        digits, self._digits = self._digits, b""
        return binascii.a2b_base64(digits + b"=" * (4 - len(digits))) if len(digits) > 1 else b""


class QuotedPrintableDecoder:
    """quoted-printable (RFC 2045 §6.7): white space before a line end is transport padding and goes."""

    def __init__(self) -> None:
        self._held = b""

    def feed(self, octets: bytes) -> bytes:
        """Decode all complete lines."""
        octets = self._held + octets
        cut = octets.rfind(b"\n") + 1
        if cut == 0 and len(octets) > _LONGEST_HELD:
            escape = octets.rfind(b"=", len(octets) - 2)
            cut = escape if escape >= 0 else len(octets)
        self._held = octets[cut:]
        return self._decode(octets[:cut])

    def finish(self) -> bytes:
        """Decode the last line, which has no line end."""
        held, self._held = self._held, b""
        return self._decode(held.rstrip(b" \t"))

    @staticmethod
    def _decode(octets: bytes) -> bytes:
        if b" \n" in octets or b"\t\n" in octets or b" \r\n" in octets or b"\t\r\n" in octets:
            octets = _PADDED_LINE_END.sub(b"", octets)
        return binascii.a2b_qp(octets)


class UuDecoder:
    """x-uuencode, as old programs send it: everything between a ``begin`` line and ``end``."""

    def __init__(self) -> None:
        self._held = b""
        self._begun = self._ended = False

    def feed(self, octets: bytes) -> bytes:
        """Decode all complete lines."""
        *lines, self._held = (self._held + octets).split(b"\n")
        self._held = self._held[:_LONGEST_HELD]
        return b"".join([self._line(line.rstrip(b"\r")) for line in lines])

    def finish(self) -> bytes:
        """Decode the last line, which has no line end."""
        held, self._held = self._held, b""
        return self._line(held.rstrip(b"\r"))

    def _line(self, line: bytes) -> bytes:
        if not self._begun:
            self._begun = _UU_BEGIN.match(line) is not None
            return b""
        self._ended = self._ended or line == b"end"
        if self._ended or not line:
            return b""
        try:
            return binascii.a2b_uu(line)
        except binascii.Error:
            # Lines with trailing garbage: believe their first octet, which gives the length.
            digits = ((line[0] - 32 & 63) * 4 + 5) // 3
            return _forgiven(line[:digits])


def _forgiven(line: bytes) -> bytes:
    try:
        return binascii.a2b_uu(line)
    except binascii.Error:
        return b""


def encode_base64(octets: bytes) -> bytes:
    """Encode in lines of 76 digits, each with CRLF."""
    digits = binascii.b2a_base64(octets, newline=False)
    return b"".join([digits[at : at + 76] + b"\r\n" for at in range(0, len(digits), 76)])


def encode_quoted_printable(text: bytes) -> bytes:
    """Encode text with CRLF line ends in lines of at most 76 columns; a lone CR or LF counts as an octet of the text.

    No line of the result begins with ``From `` or is a single dot. It never contains ``=_``, so a boundary with these two
    characters cannot occur in it (RFC 2045 §6.7).
    """
    return b"\r\n".join([_quoted_line(line) for line in text.split(b"\r\n")])


def _quoted_line(line: bytes) -> bytes:
    encoded = binascii.b2a_qp(line, istext=False).replace(b"=\n", b"=\r\n")
    return b"=46" + encoded[1:] if encoded.startswith(b"From ") else encoded
