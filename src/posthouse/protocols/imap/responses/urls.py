"""Responses about authorised URLs: GENURLAUTH URLFETCH (RFC 4467 §8, RFC 5524 §3.2)."""

from collections.abc import Iterable
from typing import Final

from posthouse.protocols.imap.grammar.strings import literal_octets, string_octets

NOTHING: Final = b"NIL"


def gen_urlauth(urls: Iterable[bytes]) -> bytes:
    """``* GENURLAUTH "imap://…"``."""
    return b"* GENURLAUTH %b\r\n" % b" ".join(map(string_octets, urls))


def url_fetch(url: bytes, *values: bytes) -> bytes:
    """``* URLFETCH "imap://…" value``: a line without its end; values are nstrings, or metadata in parentheses."""
    return b" ".join([b"* URLFETCH", string_octets(url), *values])


def metadata(name: bytes, value: bytes) -> bytes:
    """``(BODY {12} …)``: one ``url-metadata-el``."""
    return b"(%b %b)" % (name, value)


def binary_octets(octets: bytes | None) -> bytes:
    """``nstring / literal8``: the latter where there is a NUL."""
    if octets is None:
        return NOTHING
    return b"~{%d}\r\n%b" % (len(octets), octets) if b"\x00" in octets else literal_octets(octets)
