"""Mailbox names: Unicode in the house, modified UTF-7 (RFC 3501 §5.1.3) or UTF-8 (RFC 9051 §5.1) on the wire."""

import binascii
import re
from typing import Final

from posthouse.protocols.imap.grammar.cursor import Cursor
from posthouse.protocols.imap.grammar.strings import astring_octets

INBOX: Final = "INBOX"

_SHIFT = re.compile(r"&([^-]*+)-")
_UNSAFE = re.compile(r"&|[^\x20-\x7e]+")
_LIST_ATOM = re.compile(rb'[^\x00-\x20(){"\\\x7f]++')


def mailbox(cursor: Cursor) -> str:
    """``mailbox = "INBOX" / astring``: the name in characters; INBOX in any case is ``"INBOX"``."""
    return decode_mailbox(cursor.astring(), utf8=cursor.utf8)


def list_mailbox(cursor: Cursor) -> str:
    """``list-mailbox = 1*list-char / string``: a pattern, whose wildcards ``*`` and ``%`` need no quotes."""
    match = _LIST_ATOM.match(cursor.octets, cursor.position)
    if match is None:
        return decode_name(cursor.string(), utf8=cursor.utf8)
    cursor.position = match.end()
    return decode_name(match[0], utf8=cursor.utf8)


def decode_mailbox(octets: bytes, *, utf8: bool) -> str:
    """Turn a name on the wire into characters; the INBOX is spelt in capitals."""
    name = decode_name(octets, utf8=utf8)
    return INBOX if name.upper() == INBOX else name


def decode_name(octets: bytes, *, utf8: bool) -> str:
    """Turn a name or pattern into characters. Octets that fit no encoding are replaced: such a name matches no mailbox."""
    text = octets.decode("utf-8", "replace")
    if utf8 or "&" not in text:
        return text
    try:
        return _SHIFT.sub(_decoded_shift, text)
    except ValueError:
        return text  # quirks.UNENCODED_MAILBOX_NAME


def encode_name(name: str, *, utf8: bool) -> bytes:
    """Turn characters into a name on the wire, not yet quoted."""
    if utf8:
        return name.encode("utf-8", "replace")
    return _UNSAFE.sub(_encoded_shift, name).encode("ascii")


def mailbox_octets(name: str, *, utf8: bool) -> bytes:
    """``mailbox`` as it stands in a command or response: encoded, then quoted or a literal where it must be."""
    return astring_octets(encode_name(name, utf8=utf8), utf8=utf8)


def _decoded_shift(match: re.Match[str]) -> str:
    """Decode one ``&…-``. Raises: ValueError when its base64 has stray bits or half a character."""
    if not match[1]:
        return "&"
    octets = binascii.a2b_base64(match[1].replace(",", "/") + "=" * (-len(match[1]) % 4), strict_mode=True)
    text = octets.decode("utf-16-be")
    if _encoded_base64(text) != match[1]:
        raise ValueError("stray bits")
    return text


def _encoded_shift(match: re.Match[str]) -> str:
    return "&-" if match[0] == "&" else f"&{_encoded_base64(match[0])}-"


def _encoded_base64(text: str) -> str:
    octets = text.encode("utf-16-be", "replace")
    return binascii.b2a_base64(octets, newline=False).rstrip(b"=").replace(b"/", b",").decode("ascii")
