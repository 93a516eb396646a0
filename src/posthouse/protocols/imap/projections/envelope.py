"""ENVELOPE: the address fields, subject and identifiers of a message as one parenthesised list (RFC 9051 §7.5.2).

Octets are as in the header, encoded words included; what is not ASCII goes into literals, which every client may get.
"""

from typing import Final

from posthouse.formats.address.address_list import EnvelopeAddress, envelope_addresses
from posthouse.formats.header.searchable import lines
from posthouse.formats.mime.part import Part
from posthouse.protocols.imap.grammar.strings import nstring_octets, string_octets

EMPTY: Final = b"(NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL)"
"""ENVELOPE of a message without a header."""


def envelope(octets: bytes, part: Part) -> bytes:
    """Render the ENVELOPE of the message ``part``, which lies in ``octets``.

    Sender and Reply-To are From where they are missing or empty; fields that come several times are read as one list.
    """
    if part.header_start == part.body_start:
        return EMPTY
    held: dict[bytes, list[bytes]] = {}
    for line in lines(octets, part.header_start, part.body_start):
        held.setdefault(line.name, []).append(line.body)
    from_ = _addresses(held, b"FROM")
    sender = _addresses(held, b"SENDER")
    reply_to = _addresses(held, b"REPLY-TO")
    fields = (
        _text(held, b"DATE"),
        _text(held, b"SUBJECT"),
        from_,
        from_ if sender == b"NIL" else sender,
        from_ if reply_to == b"NIL" else reply_to,
        _addresses(held, b"TO"),
        _addresses(held, b"CC"),
        _addresses(held, b"BCC"),
        _text(held, b"IN-REPLY-TO"),
        _text(held, b"MESSAGE-ID"),
    )
    return b"(%b)" % b" ".join(fields)


def _text(held: dict[bytes, list[bytes]], name: bytes) -> bytes:
    bodies = held.get(name)
    return nstring_octets(bodies[0]) if bodies else b"NIL"


def _addresses(held: dict[bytes, list[bytes]], name: bytes) -> bytes:
    """``"(" 1*address ")" / nil``."""
    bodies = held.get(name)
    if not bodies:
        return b"NIL"
    found = envelope_addresses(bodies[0] if len(bodies) == 1 else b", ".join(bodies))
    return b"(%b)" % b"".join([_address(address) for address in found]) if found else b"NIL"


def _address(address: EnvelopeAddress) -> bytes:
    """``address = "(" addr-name SP addr-adl SP addr-mailbox SP addr-host ")"``."""
    name, route, mailbox, host = address
    if host is None:  # a group begins or ends
        return b"(NIL NIL %b NIL)" % nstring_octets(mailbox)
    return b"(%b %b %b %b)" % (nstring_octets(name), nstring_octets(route), string_octets(mailbox or b""), string_octets(host))
