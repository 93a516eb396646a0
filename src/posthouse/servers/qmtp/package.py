"""One package: the message, then its envelope, then an answer for each recipient (D. J. Bernstein, QMTP, 1997).

The message comes before anybody knows whom it is for. It is kept as any other is, in memory and then in the spool; what cannot be
kept, or has newlines that others may read differently, is read to its end and refused for every recipient.
"""

from collections.abc import Sequence

from posthouse.formats.address.mailbox import InvalidMailbox, parse_mailbox
from posthouse.formats.address.value import Address
from posthouse.foundation.errors import Invalid, PosthouseError, TemporaryFailure
from posthouse.model.settings.receiving import SMTP_BARE_NEWLINES
from posthouse.protocols.lines.newlines import NewlineCheck
from posthouse.protocols.qmtp.package import Answer, Kind
from posthouse.protocols.qmtp.server import Envelope
from posthouse.servers.qmtp.house import House
from posthouse.services.receive.reception import Client, Reception, Sender, Wanted

PROTOCOL = "QMTP"


class Package:
    """One message being received."""

    def __init__(self, house: House, address: str) -> None:
        self._house = house
        self._newlines = NewlineCheck() if house.settings[SMTP_BARE_NEWLINES] == "reject" else None
        self._refusal: PosthouseError | None = None
        self.reception: Reception = house.receiver.begin(Client(address, "", PROTOCOL), Sender(None, eight_bit=True), judged=True)

    async def take(self, octets: bytes) -> None:
        """Keep a piece of the message."""
        if self._refusal is not None:
            return
        if self._newlines is not None and not self._newlines.passes(octets):
            self._refuse(Invalid("a line of this message ends in a bare CR or LF"))
            return
        if self.reception.intake.add(octets):
            try:
                await self.reception.intake.relieve()
            except PosthouseError as error:
                self._refuse(error)

    async def answers(self, envelope: Envelope) -> Sequence[Answer]:
        """Keep the message for whom it is; one answer for each recipient, in their order."""
        if self._newlines is not None and self._refusal is None and not self._newlines.ends():
            self._refuse(Invalid("this message ends in a bare CR"))
        try:
            self.reception.sender = _sender(envelope.sender)
        except Invalid as error:
            self._refuse(error)
        outcomes = [self._refusal or await self._add(recipient) for recipient in envelope.recipients]
        if any(outcome is None for outcome in outcomes):
            try:
                await self._house.receiver.accept(self.reception)
            except PosthouseError as error:
                self._house.receiver.refused(self.reception, str(error))
                outcomes = [error if outcome is None else outcome for outcome in outcomes]
        return [self._answer(outcome) for outcome in outcomes]

    async def discard(self) -> None:
        """Let go of everything."""
        await self.reception.intake.discard()

    def _refuse(self, error: PosthouseError) -> None:
        self._refusal = error
        self._house.receiver.refused(self.reception, str(error))

    async def _add(self, recipient: str) -> PosthouseError | None:
        try:
            await self._house.receiver.add_recipient(self.reception, Wanted(_address(recipient)))
        except PosthouseError as error:
            return error
        return None

    def _answer(self, outcome: PosthouseError | None) -> Answer:
        if outcome is None:
            return Answer(Kind.ACCEPTED, f"kept as {self.reception.trace}")
        return Answer(Kind.LATER if isinstance(outcome, TemporaryFailure) else Kind.NEVER, str(outcome))


def _sender(text: str) -> Sender:
    return Sender(_address(text) if text else None, smtputf8=not text.isascii(), eight_bit=True)


def _address(text: str) -> Address:
    try:
        return parse_mailbox(text)
    except InvalidMailbox as error:
        raise Invalid(f"{text!r} is no mail address: {error}") from None
