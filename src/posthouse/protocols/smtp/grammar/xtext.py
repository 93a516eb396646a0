r"""Characters hidden from the parameter grammar: ``+HH`` (RFC 3461 §4) and ``\x{HHHH}`` (RFC 6533 §3)."""

import re
from typing import Final

_XTEXT: Final = re.compile(r"(?:[!-*,-<>-~]++|\+[0-9A-Fa-f]{2})*")
_HEXCHAR: Final = re.compile(rb"\+([0-9A-Fa-f]{2})")
_TO_HIDE: Final = re.compile(rb"[^!-*,-<>-~]")
_UNITEXT: Final = re.compile(r"(?:[!-*,-<>-\[\]-~\x80-\U0010ffff]++|\\x\{[0-9A-Fa-f]{2,6}\})*")
_EMBEDDED: Final = re.compile(r"\\x\{([0-9A-Fa-f]{2,6})\}")
_TO_EMBED: Final = re.compile(r"[^!-*,-<>-\[\]-~]")
_HIGHEST: Final = 0x10FFFF


class NotXtext(ValueError):
    """Not in the encoding of the rule."""


def xtext(encoded: str) -> str:
    """Decode ``+HH``; the octets are UTF-8.

    Raises: NotXtext.
    """
    if not _XTEXT.fullmatch(encoded):
        raise NotXtext("a character that must be written as +HH")
    try:
        return _HEXCHAR.sub(lambda found: bytes.fromhex(found[1].decode()), encoded.encode("ascii")).decode()
    except UnicodeDecodeError:
        raise NotXtext("octets that are not UTF-8") from None


def write_xtext(text: str) -> str:
    """Encode as UTF-8, then ``+HH`` for what a parameter cannot hold."""
    return _TO_HIDE.sub(lambda found: b"+%02X" % found[0][0], text.encode()).decode()


def unitext(encoded: str) -> str:
    r"""Decode utf-8-addr-xtext and utf-8-addr-unitext: ``\x{HHHH}`` is a character.

    Raises: NotXtext for what is neither.
    """
    if not _UNITEXT.fullmatch(encoded):
        raise NotXtext("neither utf-8-addr-xtext nor utf-8-addr-unitext")
    return _EMBEDDED.sub(lambda found: _character(found[1]), encoded)


def write_unitext(text: str) -> str:
    r"""Encode in ASCII: ``\x{HHHH}`` for what a parameter cannot hold (utf-8-addr-xtext)."""
    return _TO_EMBED.sub(lambda found: f"\\x{{{ord(found[0]):02X}}}", text)


def _character(hexadecimal: str) -> str:
    point = int(hexadecimal, 16)
    if point > _HIGHEST or 0xD800 <= point <= 0xDFFF:
        raise NotXtext("no such character")
    return chr(point)
