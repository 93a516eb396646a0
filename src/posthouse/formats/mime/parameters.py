"""Values of MIME parameters: RFC 2231 continuations and charsets, RFC 2047 and raw 8-bit where senders use them."""

import re

from posthouse.formats.charset import decode as decode_charset
from posthouse.formats.header import encoded_word
from posthouse.formats.mime.part import Parameters, Part

_SECTION = re.compile(rb"(?:\*(\d{1,4}))?(\*)?")
_PERCENT = re.compile(rb"%([0-9A-Fa-f]{2})")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")


def parameter(parameters: Parameters, name: bytes) -> bytes:
    """Return the value of ``name`` (lower case) in octets, continuations joined (RFC 2231 §3); empty when there is none.

    A charset named by an extended value is not applied: ``decoded`` does that.
    """
    for attribute, value in parameters:
        if attribute == name:
            return value
    return _assembled(parameters, name)[0]


def decoded(parameters: Parameters, name: bytes) -> str | None:
    """Return the value of ``name`` (lower case) as characters, or None when there is none.

    An extended value (RFC 2231 §4) goes before a plain one, as RFC 6266 §4.3 has it for the same pair in HTTP; a
    plain one may hold encoded words, against RFC 2047 §5 but everyday.
    """
    octets, charset_name, extended = _assembled(parameters, name)
    if extended:
        return decode_charset(octets, charset_name)
    for attribute, value in parameters:
        if attribute == name:
            return encoded_word.decode(value)
    return encoded_word.decode(octets) if octets else None


def filename(part: Part) -> str | None:
    """Return the name a part is to be saved under, without path or controls.

    That is ``filename`` of its disposition, else ``name`` of its type.
    """
    name = decoded(part.disposition_parameters, b"filename") or decoded(part.parameters, b"name")
    if name is None:
        return None
    last = name.replace("\\", "/").rstrip("/").rpartition("/")[2]
    return _CONTROL.sub("", last).strip() or None


def encode(name: str, value: str) -> list[bytes]:
    """Write one parameter as pieces of the form ``name=value``, to be joined by ``;``.

    A short ASCII value becomes a token or quoted string. Anything else becomes an extended value in UTF-8, cut into
    continuations of at most 56 octets (RFC 2231 §3 and §4).
    """
    attribute = name.encode("ascii")
    if value.isascii() and value.isprintable() and len(value) <= 60:
        plain = value.encode("ascii")
        if re.fullmatch(rb"[A-Za-z0-9!#$&+.^_`{}|~-]+", plain):
            return [attribute + b"=" + plain]
        return [attribute + b'="' + plain.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"']
    pieces = _percent_pieces(value, 56)
    if len(pieces) == 1:
        return [attribute + b"*=utf-8''" + pieces[0]]
    return [b"%s*%d*=%s%s" % (attribute, index, b"" if index else b"utf-8''", piece) for index, piece in enumerate(pieces)]


def _assembled(parameters: Parameters, name: bytes) -> tuple[bytes, bytes, bool]:
    """Join the sections of ``name``: their octets, the charset label, whether any section was extended."""
    sections: dict[int, tuple[bytes, bool]] = {}
    for attribute, value in parameters:
        if not attribute.startswith(name + b"*"):
            continue
        match = _SECTION.fullmatch(attribute, len(name))
        if match and (match[1] or match[2]):
            sections.setdefault(int(match[1] or 0), (value, match[2] is not None))
    octets: list[bytes] = []
    charset_name = b""
    # Numbering from 1 and gaps happen; what is there is joined in order.
    for index, (value, extended) in sorted(sections.items()):
        part = value
        if extended and not octets and index <= 1 and part.count(b"'") >= 2:
            charset_name, _, part = part.split(b"'", 2)
        octets.append(_PERCENT.sub(_octet, part) if extended else part)
    return b"".join(octets), charset_name, any(extended for _, extended in sections.values())


def _octet(match: re.Match[bytes]) -> bytes:
    return bytes((int(match[1], 16),))


def _percent_pieces(value: str, room: int) -> list[bytes]:
    pieces = [b""]
    for character in value:
        octets = character.encode("utf-8", "replace")
        literal = character.isascii() and (character.isalnum() or character in "-._~")
        escaped = octets if literal else b"".join(b"%%%02X" % octet for octet in octets)
        if len(pieces[-1]) + len(escaped) > room:
            pieces.append(b"")
        pieces[-1] += escaped
    return pieces
