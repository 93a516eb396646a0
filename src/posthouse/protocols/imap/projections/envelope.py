"""ENVELOPE: the address fields, subject and identifiers of a message as one parenthesised list (RFC 9051 §7.5.2).

Octets are as in the header, encoded words included; what is not ASCII goes into literals, which every client may get.
"""

from typing import Final

from posthouse.formats.address.address_list import EnvelopeAddress, envelope_addresses
from posthouse.formats.header.fields import every, first
from posthouse.formats.mime.part import Part
from posthouse.protocols.imap.grammar.strings import nstring_octets, string_octets

EMPTY: Final = b"(NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL)"
"""ENVELOPE of a message without a header."""


def envelope(octets: bytes, part: Part) -> bytes:
    """Render the ENVELOPE of the message ``part``, which lies in ``octets``.

    Sender and Reply-To are From where they are missing or empty; fields that come several times are read as one list.
    """
    start, end = part.header_start, part.body_start
    if start == end:
        return EMPTY
    from_ = _addresses(octets, b"from", start, end)
    sender = _addresses(octets, b"sender", start, end)
    reply_to = _addresses(octets, b"reply-to", start, end)
    fields = (
        _text(octets, b"date", start, end),
        _text(octets, b"subject", start, end),
        from_,
        from_ if sender == b"NIL" else sender,
        from_ if reply_to == b"NIL" else reply_to,
        _addresses(octets, b"to", start, end),
        _addresses(octets, b"cc", start, end),
        _addresses(octets, b"bcc", start, end),
        _text(octets, b"in-reply-to", start, end),
        _text(octets, b"message-id", start, end),
    )
    return b"(%b)" % b" ".join(fields)


def _text(octets: bytes, name: bytes, start: int, end: int) -> bytes:
    return nstring_octets(first(octets, name, start, end))


def _addresses(octets: bytes, name: bytes, start: int, end: int) -> bytes:
    """``"(" 1*address ")" / nil``."""
    bodies = every(octets, name, start, end)
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
