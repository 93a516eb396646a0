"""What SORT and THREAD look at (RFC 5256, RFC 5957), rendered at delivery into a few octets."""

import struct
from functools import lru_cache
from hashlib import blake2b
from typing import Final, NamedTuple

from posthouse.formats.address.address_list import envelope_addresses
from posthouse.formats.charset import decode as decode_charset
from posthouse.formats.collation import casemap
from posthouse.formats.header.date import parse_date
from posthouse.formats.header.encoded_word import decode
from posthouse.formats.header.identifiers import identifier, identifiers
from posthouse.formats.header.subject import base_subject
from posthouse.formats.mime.part import Part
from posthouse.protocols.imap.projections.search_text import first_fields

SENT_OCTETS: Final = 16
NO_DATE: Final = bytes(SENT_OCTETS)
_SENT: Final = struct.Struct("<qq")
REFERENCES: Final = 128
"""Message-IDs taken from References, the last ones: the longer the thread, the more of its messages are here themselves."""
_KEY_CHARACTERS: Final = 256
_ADDRESS_OCTETS: Final = 1_024
"""What is looked at for the first address of a field."""
_REPLY: Final = b"\x01"
_FIRST: Final = b"\x00"


class SortKeys(NamedTuple):
    """What messages are sorted by, in the form of ``collation``; no LF within."""

    from_: bytes
    to: bytes
    cc: bytes
    display_from: bytes
    display_to: bytes
    subject: bytes


def sent(octets: bytes, part: Part) -> bytes:
    """Render the Date field as two numbers of eight octets, the lowest first.

    They are its day as written, counted as ``datetime.date.toordinal`` does, and its moment in seconds since 1970; noughts without
    a readable date.
    """
    body = first_fields(octets, part).get(b"DATE")
    moment = None if body is None else parse_date(body)
    return NO_DATE if moment is None else _SENT.pack(moment.toordinal(), int(moment.timestamp()))


def sort_keys(octets: bytes, part: Part) -> bytes:
    """Render ``SortKeys``, a line each."""
    first = first_fields(octets, part)
    sender, to, cc = [_keys_of(first.get(name, b"")[:_ADDRESS_OCTETS]) for name in (b"FROM", b"TO", b"CC")]
    subject, _ = _subject(first.get(b"SUBJECT", b""))
    keys = SortKeys(sender.mailbox, to.mailbox, cc.mailbox, sender.display, to.display, subject)
    return b"\n".join([key.replace(b"\n", b" ") for key in keys])


def references(octets: bytes, part: Part) -> bytes:
    """Render what threads are made of.

    One octet, 1 where the subject says that this is a reply or a forward; then eight octets for each Message-ID: its own (noughts
    where it has none) and those it refers to, oldest first. In-Reply-To counts where References names nothing (RFC 5256 §3).
    """
    first = first_fields(octets, part)
    own = identifier(first.get(b"MESSAGE-ID", b""))
    named = identifiers(first.get(b"REFERENCES", b""))[-REFERENCES:]
    if not named:
        named = identifiers(first.get(b"IN-REPLY-TO", b""))[:1]
    _, is_reply = _subject(first.get(b"SUBJECT", b""))
    flag = _REPLY if is_reply else _FIRST
    return b"".join([flag, bytes(8) if own is None else _hash(own), *map(_hash, named)])


def _hash(message_id: bytes) -> bytes:
    """Shorten an identifier; quotes around its left side make no difference (RFC 5256 §3)."""
    if b'"' in message_id or b"\\" in message_id:
        message_id = message_id.replace(b'"', b"").replace(b"\\", b"")
    return blake2b(message_id, digest_size=8).digest()


@lru_cache(maxsize=1)
def _subject(body: bytes) -> tuple[bytes, bool]:
    text, is_reply = base_subject(decode(body))
    return casemap(text), is_reply


class _AddressKeys(NamedTuple):
    """How the first address of a field is sorted."""

    mailbox: bytes
    """``addr-mailbox`` (RFC 5256 §3); a group's name where the list begins with one."""
    display: bytes
    """Its name, or the address where it has none (RFC 5957 §3)."""


@lru_cache(maxsize=512)
def _keys_of(body: bytes) -> _AddressKeys:
    """Much mail comes from few people, and goes to fewer: what they gave is remembered."""
    address = next(iter(envelope_addresses(body)), None)
    if address is None:
        return _AddressKeys(b"", b"")
    mailbox = decode(address.mailbox or b"")[:_KEY_CHARACTERS]
    shown = mailbox + "@" + decode_charset(address.host) if address.host else mailbox
    return _AddressKeys(casemap(mailbox), casemap(decode(address.name)[:_KEY_CHARACTERS] if address.name else shown))
