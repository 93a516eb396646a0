"""Mail that a program of this machine hands in for anybody: from UUCP, or a batch. Nobody waits for an answer.

A recipient that would be refused is therefore taken all the same: the message fails for it at once, and its sender is notified as
of any other failure.
"""

from collections.abc import Iterable
from typing import Final

from posthouse.formats.address.value import Address
from posthouse.formats.line_ends import each_to_crlf
from posthouse.foundation.errors import Refused, TooLarge
from posthouse.model.settings.receiving import SMTP_MESSAGE_OCTETS
from posthouse.services.receive.receiver import Receiver
from posthouse.services.receive.reception import Client, Expected, Reception, Sender, Wanted
from posthouse.services.receive.recipients import Resolved
from posthouse.services.settings import Settings

HOPELESS: Final = Resolved(hopeless=True)


class HandIn:
    """Takes messages of which only the operator's own programs can be the source."""

    def __init__(self, receiver: Receiver, settings: Settings) -> None:
        self._receiver = receiver
        self._settings = settings

    def begin(self, sender: Sender, protocol: str) -> Reception:
        """Begin a message; recipients may be anywhere."""
        reception = self._receiver.begin(Client("", "localhost", protocol), sender)
        reception.relays = True
        return reception

    async def add(self, reception: Reception, wanted: Wanted) -> None:
        """Add a recipient, also one that cannot be reached. Raises: Unavailable, LimitReached."""
        try:
            await self._receiver.add_recipient(reception, wanted)
        except Refused:
            reception.recipients.append(Expected(wanted, HOPELESS))

    async def take(self, reception: Reception, octets: bytes) -> None:
        """Add octets of the message. Raises: TooLarge, OutOfSpace, Unavailable."""
        most = self._settings[SMTP_MESSAGE_OCTETS]
        if reception.intake.size_octets + len(octets) > most:
            raise TooLarge(f"the message is larger than {most} octets (setting {SMTP_MESSAGE_OCTETS.key})")
        if reception.intake.add(octets):
            await reception.intake.relieve()

    async def accept(self, reception: Reception) -> str:
        """Keep the message; returns its trace id. Raises: LoopingMessage, OverQuota, OutOfSpace, Unavailable."""
        await self._receiver.accept(reception)
        return reception.trace

    async def message(self, sender: Address | None, recipients: Iterable[Address], octets: Iterable[bytes], protocol: str) -> str:
        """Hand in a whole message, its lines ended by LF or CRLF; returns its trace id.

        Raises: TooLarge, LoopingMessage, LimitReached, OverQuota, OutOfSpace, Unavailable.
        """
        reception = self.begin(Sender(sender, eight_bit=True), protocol)
        try:
            for recipient in recipients:
                await self.add(reception, Wanted(recipient))
            for chunk in each_to_crlf(octets):
                await self.take(reception, chunk)
            return await self.accept(reception)
        finally:
            await reception.intake.discard()
