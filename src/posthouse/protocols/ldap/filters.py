"""Search filters: as people write them (RFC 4515), and as they go over the wire (RFC 4511 §4.5.1.7)."""

import re
from typing import Final, NamedTuple

from posthouse.formats.ber.elements import element, octet_string

FILTER_CHARACTERS: Final = 4_096
DEPTH: Final = 20
_ATTRIBUTE: Final = re.compile(r"(?:[A-Za-z][A-Za-z0-9-]*|[0-9]+(?:\.[0-9]+)+)(?:;[A-Za-z0-9-]+)*")
_MATCH: Final = re.compile(r"(?P<attribute>[^=~<>:()*\\\0]+)(?P<kind>=|~=|>=|<=)(?P<value>[^()\0]*)")
_EXTENSIBLE: Final = re.compile(
    r"(?P<attribute>[^=~<>:()*\\\0]*)(?P<dn>:[dD][nN])?(?::(?P<rule>[A-Za-z0-9.-]+))?:=(?P<value>[^()*\0]*)"
)
_ESCAPED: Final = re.compile(rb"\\([0-9A-Fa-f]{2})")
_SET_KINDS: Final = {"&": 0xA0, "|": 0xA1}
_MATCH_KINDS: Final = {"=": 0xA3, ">=": 0xA5, "<=": 0xA6, "~=": 0xA8}


class InvalidFilter(ValueError):
    """A filter that breaks the rules; the text says where."""


class Junction(NamedTuple):
    """``(&…)`` or ``(|…)``."""

    kind: str
    """``&`` or ``|``."""
    parts: tuple["Filter", ...]


class Negation(NamedTuple):
    """``(!…)``."""

    part: "Filter"


class Comparison(NamedTuple):
    """``(attribute=value)``, and with ``>=``, ``<=``, ``~=``."""

    attribute: str
    kind: str
    value: bytes


class Present(NamedTuple):
    """``(attribute=*)``."""

    attribute: str


class Substrings(NamedTuple):
    """``(attribute=initial*any*final)``; initial and final may be empty."""

    attribute: str
    initial: bytes
    between: tuple[bytes, ...]
    final: bytes


class Extensible(NamedTuple):
    """``(attribute:dn:rule:=value)``; attribute or rule may be empty."""

    attribute: str
    rule: str
    value: bytes
    with_dn: bool


Filter = Junction | Negation | Comparison | Present | Substrings | Extensible


def escaped(value: str) -> str:
    """A value as it may stand in a filter, whatever is in it (RFC 4515 §3)."""
    return _written(value.encode("utf-8", "surrogatepass"))


def parse_filter(text: str) -> Filter:
    """Read a filter. Raises: InvalidFilter."""
    if len(text) > FILTER_CHARACTERS:
        raise InvalidFilter(f"a filter has at most {FILTER_CHARACTERS} characters")
    found, end = _filter(text.strip(), 0, 0)
    if end != len(text.strip()):
        raise InvalidFilter(f"after the filter comes more: {text.strip()[end:][:20]!r}")
    return found


def filter_text(wanted: Filter) -> str:
    """Write a filter as people do."""
    match wanted:
        case Junction():
            return f"({wanted.kind}{''.join(map(filter_text, wanted.parts))})"
        case Negation():
            return f"(!{filter_text(wanted.part)})"
        case Comparison():
            return f"({wanted.attribute}{wanted.kind}{_written(wanted.value)})"
        case Present():
            return f"({wanted.attribute}=*)"
        case Substrings():
            return f"({wanted.attribute}={'*'.join(map(_written, (wanted.initial, *wanted.between, wanted.final)))})"
        case Extensible():
            rule = f":{wanted.rule}" if wanted.rule else ""
            return f"({wanted.attribute}{':dn' if wanted.with_dn else ''}{rule}:={_written(wanted.value)})"


def filter_octets(wanted: Filter) -> bytes:
    """Write a filter for the wire."""
    match wanted:
        case Junction():
            return element(_SET_KINDS[wanted.kind], *map(filter_octets, wanted.parts))
        case Negation():
            return element(0xA2, filter_octets(wanted.part))
        case Comparison():
            return element(_MATCH_KINDS[wanted.kind], octet_string(wanted.attribute.encode()), octet_string(wanted.value))
        case Present():
            return octet_string(wanted.attribute.encode(), 0x87)
        case Substrings():
            parts = [octet_string(wanted.initial, 0x80)] if wanted.initial else []
            parts += [octet_string(part, 0x81) for part in wanted.between]
            parts += [octet_string(wanted.final, 0x82)] if wanted.final else []
            return element(0xA4, octet_string(wanted.attribute.encode()), element(0x30, *parts))
        case Extensible():
            parts = [octet_string(wanted.rule.encode(), 0x81)] if wanted.rule else []
            parts += [octet_string(wanted.attribute.encode(), 0x82)] if wanted.attribute else []
            parts += [octet_string(wanted.value, 0x83), *([octet_string(b"\xff", 0x84)] if wanted.with_dn else [])]
            return element(0xA9, *parts)


def _filter(text: str, at: int, depth: int) -> tuple[Filter, int]:
    """``filter = LPAREN filtercomp RPAREN``; the filter, and where it ends."""
    if depth > DEPTH:
        raise InvalidFilter(f"a filter is nested at most {DEPTH} deep")
    if text[at : at + 1] != "(":
        raise InvalidFilter(f"a filter begins with a parenthesis, not {text[at : at + 20]!r}")
    mark = text[at + 1 : at + 2]
    found: Filter
    if mark in _SET_KINDS and mark:
        parts, end = [], at + 2
        while text[end : end + 1] == "(":
            part, end = _filter(text, end, depth + 1)
            parts.append(part)
        found = Junction(mark, tuple(parts))
    elif mark == "!":
        part, end = _filter(text, at + 2, depth + 1)
        found = Negation(part)
    else:
        end = text.find(")", at)
        found = _item(text[at + 1 : max(end, at + 1)])
    if end < 0 or text[end : end + 1] != ")":
        raise InvalidFilter(f"a parenthesis is missing after {text[at : at + 20]!r}")
    return found, end + 1


def _item(text: str) -> Filter:
    """``item = simple / present / substring / extensible``."""
    extensible = _EXTENSIBLE.fullmatch(text)
    if extensible is not None and (extensible["attribute"] or extensible["rule"]):
        attribute = _attribute(extensible["attribute"]) if extensible["attribute"] else ""
        return Extensible(attribute, extensible["rule"] or "", _value(extensible["value"]), bool(extensible["dn"]))
    found = _MATCH.fullmatch(text)
    if found is None:
        raise InvalidFilter(f"{text[:40]!r} is no comparison such as mail=*")
    attribute, parts = _attribute(found["attribute"]), found["value"].split("*")
    if len(parts) == 1:
        return Comparison(attribute, found["kind"], _value(found["value"]))
    if found["kind"] != "=" or "" in parts[1:-1]:
        raise InvalidFilter(f"{text[:40]!r}: an asterisk stands alone, after =, or is written \\2a")
    if parts == ["", ""]:
        return Present(attribute)
    first, *between, last = map(_value, parts)
    return Substrings(attribute, first, tuple(between), last)


def _attribute(text: str) -> str:
    if not _ATTRIBUTE.fullmatch(text):
        raise InvalidFilter(f"{text[:40]!r} is no name of an attribute")
    return text


def _value(text: str) -> bytes:
    octets = text.encode("utf-8", "surrogatepass")
    if octets.count(b"\\") != len(_ESCAPED.findall(octets)):
        raise InvalidFilter(f"{text[:40]!r}: a backslash goes before two hexadecimal digits")
    return _ESCAPED.sub(lambda found: bytes((int(found[1], 16),)), octets)


def _written(octets: bytes) -> str:
    return "".join(chr(octet) if 0x20 <= octet < 0x7F and octet not in b"()*\\" else f"\\{octet:02x}" for octet in octets)
