"""How a domain may look: what is checked before it stands on pages and in letters."""

import re
import unicodedata
from typing import Final
from urllib.parse import urlsplit

from posthouse.foundation.errors import Invalid
from posthouse.model.people.domain_rules import LOGO_OCTETS, logo_kind

TITLE_CHARACTERS: Final = 100
FOOTER_CHARACTERS: Final = 1_000
URL_CHARACTERS: Final = 2_000
_COLOR: Final = re.compile(r"#[0-9a-f]{6}")


def title(text: str) -> str:
    """One line. Raises: Invalid."""
    return _text(text, TITLE_CHARACTERS, "a title")


def footer(text: str) -> str:
    """Some lines. Raises: Invalid."""
    lines = text.replace("\r\n", "\n").strip().split("\n")
    if len(text) > FOOTER_CHARACTERS:
        raise Invalid(f"a footer has at most {FOOTER_CHARACTERS} characters")
    return "\n".join(_text(line, FOOTER_CHARACTERS, "a footer") for line in lines)


def color(text: str) -> str:
    """``#rrggbb``, or nothing. Raises: Invalid."""
    value = text.strip().lower()
    if value and _COLOR.fullmatch(value) is None:
        raise Invalid(f"{text!r} is no colour: write #rrggbb, e.g. #1a5fb4")
    return value


def logo_url(text: str) -> str:
    """An address with https, or nothing. Raises: Invalid."""
    value = text.strip()
    if not value:
        return ""
    try:
        parts = urlsplit(value)
        host = parts.hostname
    except ValueError:
        host = None
    if host is None or parts.scheme != "https" or len(value) > URL_CHARACTERS or not value.isascii() or not value.isprintable():
        raise Invalid(f"{text!r} is no address of a logo: it begins with https://")
    return value


def logo(octets: bytes) -> bytes:
    """A small picture, or nothing. Raises: Invalid."""
    if octets and not logo_kind(octets):
        raise Invalid("a logo is a PNG, JPEG or GIF picture")
    if len(octets) > LOGO_OCTETS:
        raise Invalid(f"a logo has at most {LOGO_OCTETS} octets; this one has {len(octets)}")
    return octets


def _text(text: str, most: int, what: str) -> str:
    value = unicodedata.normalize("NFC", text.strip())
    if len(value) > most or not value.isprintable():
        raise Invalid(f"{what} has at most {most} printable characters")
    return value
