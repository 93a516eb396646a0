"""Making a message fit for a server that can do less than it needs: 7-bit parts, no SMTPUTF8 where none is used."""

import asyncio
from typing import Final

import msgspec

from posthouse.adapters.smtp.pieces import pieces_of
from posthouse.formats.mime.down_conversion import NotConvertible, needs_utf8_headers, to_seven_bit
from posthouse.model.content import Content
from posthouse.ports.spool import Spool
from posthouse.ports.transmitter import Transmission
from posthouse.protocols.smtp.capabilities import Capabilities, Extension

LARGEST_OCTETS: Final = 67_108_864
"""Larger messages are not converted but returned: a conversion needs the whole message in memory."""


class Converting:
    """One conversion at a time, in a thread."""

    def __init__(self, spool: Spool) -> None:
        self._spool = spool
        self._turn = asyncio.Lock()

    async def fitted(self, transmission: Transmission, offered: Capabilities) -> Transmission:
        """The message as this server can take it; as it is where that cannot be (the transaction will say what is missing)."""
        binary = transmission.binary and not (Extension.BINARY_MIME in offered and Extension.CHUNKING in offered)
        eight_bit = transmission.eight_bit and Extension.EIGHT_BIT_MIME not in offered
        utf8 = transmission.smtputf8 and Extension.SMTPUTF8 not in offered
        if not (binary or eight_bit or utf8) or transmission.content.size_octets > LARGEST_OCTETS:
            return transmission
        if utf8 and not _has_plain_envelope(transmission):
            return transmission
        async with self._turn:
            octets = b"".join([piece async for piece in pieces_of(transmission.content, self._spool)])
            if utf8:
                if await asyncio.to_thread(needs_utf8_headers, octets):
                    return transmission
                transmission = msgspec.structs.replace(transmission, smtputf8=False)
            if not (binary or eight_bit):
                return transmission
            try:
                converted = await asyncio.to_thread(to_seven_bit, octets)
            except NotConvertible:
                return transmission
        return msgspec.structs.replace(transmission, content=Content(converted), eight_bit=False, binary=False)


def _has_plain_envelope(transmission: Transmission) -> bool:
    addresses = (transmission.reverse_path, *(recipient.address for recipient in transmission.recipients))
    return all(address.isascii() for address in addresses)
