"""Records as the text of a zone file (RFC 1035 §5.1)."""

from collections.abc import Iterable
from typing import Final

from posthouse.services.administer.publishing.records import Entry

STRING_OCTETS: Final = 255
"""Longest character-string; a longer text is several, which readers join."""


def zone_text(found: Iterable[Entry]) -> str:
    """One line for each record, names absolute; to be pasted into a zone or sent to a provider."""
    return "".join(f"{entry.name}. IN {entry.record_type} {zone_value(entry)}\n" for entry in found)


def zone_value(entry: Entry) -> str:
    """The value as a zone file has it: texts quoted, in strings of at most 255 octets."""
    if entry.record_type != "TXT":
        return entry.value
    octets = entry.value.encode()
    strings = [octets[at : at + STRING_OCTETS] for at in range(0, len(octets), STRING_OCTETS)]
    return " ".join('"' + _escaped(string) + '"' for string in strings)


def _escaped(string: bytes) -> str:
    return "".join(_character(octet) for octet in string)


def _character(octet: int) -> str:
    if octet in b'"\\':
        return "\\" + chr(octet)
    return chr(octet) if 32 <= octet < 127 else f"\\{octet:03d}"
