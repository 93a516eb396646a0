"""Putting one message into the house from the machine itself: accepted exactly as one that came by SMTP, durable on return."""

import re
from collections.abc import Iterable
from typing import Final

import msgspec

from posthouse.formats.address.mailbox import InvalidMailbox, parse_mailbox
from posthouse.formats.address.value import Address
from posthouse.formats.line_ends import each_to_crlf
from posthouse.foundation.errors import Invalid, TooLarge
from posthouse.foundation.ids import to_text
from posthouse.model.principal import Principal
from posthouse.model.role import Act
from posthouse.model.settings.receiving import SMTP_MESSAGE_OCTETS
from posthouse.services.receive.intake import Intake
from posthouse.services.receive.receiver import Receiver
from posthouse.services.receive.reception import Client, Sender, Wanted
from posthouse.services.settings import Settings

INSIDE: Final = Client(address="", name="localhost", protocol="local")
_POSTMARK: Final = re.compile(rb">?From [^\n]*\n")
"""The first line of a message out of an mbox, which pipes often still have."""


class Deposited(msgspec.Struct, frozen=True):
    """What became of a message."""

    trace_id: str
    delivered: bool
    """In its mailbox already; otherwise it waits in the queue."""
    size_octets: int


class Depositor:
    """Takes messages from the machine."""

    def __init__(self, receiver: Receiver, settings: Settings) -> None:
        self._receiver = receiver
        self._settings = settings

    async def deposit(self, principal: Principal, recipient: str, message: Iterable[bytes], sender: str = "") -> Deposited:
        """Deliver a message to an address of ours; ``message`` comes in chunks, with CRLF or LF.

        An empty ``sender`` is the null reverse-path: nobody is told when it cannot be delivered.
        Raises: NotPermitted, Invalid (an address, no message), NotFound, Retired, TooLarge, OverQuota, OutOfSpace, Unavailable.
        """
        principal.require(Act.MAIL_HAND_IN)
        reverse_path = _address(sender) if sender else None
        reception = self._receiver.begin(INSIDE, Sender(reverse_path, eight_bit=True))
        try:
            await self._receiver.add_recipient(reception, Wanted(_address(recipient)))
            await self._take(reception.intake, message)
            delivered = await self._receiver.accept(reception)
            return Deposited(to_text(reception.trace_id), delivered, reception.intake.size_octets)
        finally:
            await reception.intake.discard()

    async def _take(self, intake: Intake, message: Iterable[bytes]) -> None:
        most = self._settings[SMTP_MESSAGE_OCTETS]
        for number, chunk in enumerate(each_to_crlf(message)):
            octets = _POSTMARK.sub(b"", chunk, count=1) if number == 0 and _POSTMARK.match(chunk) else chunk
            if intake.size_octets + len(octets) > most:
                raise TooLarge(f"the message is larger than {most} octets (setting {SMTP_MESSAGE_OCTETS.key})")
            if intake.add(octets):
                await intake.relieve()
        if not intake.size_octets:
            raise Invalid("there is no message: it is read from standard input")


def _address(text: str) -> Address:
    try:
        address = parse_mailbox(text.strip().removeprefix("<").removesuffix(">"))
    except InvalidMailbox as error:
        raise Invalid(f"{text!r} is no mail address: {error}") from error
    return address
