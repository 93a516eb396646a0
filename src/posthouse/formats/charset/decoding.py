"""Decode octets under a charset label; never fails, replaces what cannot be read by U+FFFD."""

from functools import lru_cache

from posthouse.formats.charset.detection import detect
from posthouse.formats.charset.japanese import euc_as_cp932, iso_2022_as_cp932
from posthouse.formats.charset.labels import ASCII, DECODERS, UNLABELLED, squeeze

_LONGEST_LABEL = 64
_OWN_DECODERS = {"cp932-euc": euc_as_cp932, "cp932-iso-2022": iso_2022_as_cp932}


def decode(octets: bytes, charset_name: str | bytes | None = None) -> str:
    """Return the characters of ``octets``; line ends stay as they are, a byte order mark at the start is dropped.

    ``charset_name`` is a label in any spelling. Without a label, with an unknown one, or with one that promises
    ASCII, 8-bit octets are guessed (see ``detect``). Text that contradicts its label (UTF-8 labelled as something
    else is the usual case) is still read under its label, except that octets labelled UTF-8 which are not even mostly
    UTF-8 are guessed.
    """
    decoders = DECODERS.get(_squeezed(charset_name))
    if decoders is None:
        if is_plain(octets):
            return octets.decode("ascii")
        decoders = (detect(octets),)
    for decoder in decoders:
        text = _strictly(octets, decoder)
        if text is not None:
            return text.removeprefix("\ufeff")
    if decoders[0] == "utf_8":
        return _damaged_utf_8(octets)
    return octets.decode(decoders[0], "replace").removeprefix("\ufeff")


def is_plain(octets: bytes) -> bool:
    """Whether octets without a label can only be ASCII: no 8-bit, no escapes of a charset that uses seven bits."""
    return octets.isascii() and b"\x1b" not in octets and b"~{" not in octets


def is_known(charset_name: str | bytes) -> bool:
    """Whether the label is one ``decode`` has a decoder for (US-ASCII counts); SEARCH asks this before BADCHARSET."""
    characters = charset_name.decode("latin-1") if isinstance(charset_name, bytes) else charset_name
    label = squeeze(characters[:_LONGEST_LABEL])
    return label in DECODERS or label in ASCII


def _squeezed(charset_name: str | bytes | None) -> str:
    if not charset_name:
        return ""
    if isinstance(charset_name, bytes):
        charset_name = charset_name[:_LONGEST_LABEL].decode("latin-1")
    return _known_as(charset_name[:_LONGEST_LABEL])


@lru_cache(maxsize=256)
def _known_as(charset_name: str) -> str:
    label = squeeze(charset_name)
    return "" if label in UNLABELLED else label


def _strictly(octets: bytes, decoder: str) -> str | None:
    own = _OWN_DECODERS.get(decoder)
    if own:
        return own(octets)
    try:
        return octets.decode(decoder)
    except UnicodeError:
        return None


def _damaged_utf_8(octets: bytes) -> str:
    text = octets.decode("utf-8", "replace")
    foreign = text.count("\ufffd")
    readable = sum(1 for character in text[:4096] if character > "\x7f" and character != "\ufffd")
    if foreign <= readable:
        return text
    return octets.decode(detect(octets), "replace")
