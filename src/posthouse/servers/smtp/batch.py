"""Batched SMTP (BSMTP, RFC 2442): a dialogue whose client never listens, read from a file or a pipe.

The commands run through the same connection as any other dialogue; the replies go nowhere. What is refused is bounced to its
sender, since nobody hears a reply.
"""

import msgspec

from posthouse.foundation.errors import PosthouseError, TemporaryFailure
from posthouse.protocols.smtp import replies
from posthouse.protocols.smtp.capabilities import Extension, offer
from posthouse.protocols.smtp.codes import Code, Detail
from posthouse.protocols.smtp.commands import Auth, Burl, Data, Etrn, Expn, Mail, Quit, Rcpt, Rset, StartTls
from posthouse.protocols.smtp.connection import ServerConnection, ServerSettings
from posthouse.protocols.smtp.events import NEED_DATA, AuthResponse, Content, ContentEnded, Event, Violation
from posthouse.protocols.smtp.replies import Reply
from posthouse.servers.smtp.answers import reply_to
from posthouse.servers.smtp.commands.envelope import sender_of, wanted_of
from posthouse.services.from_inside.hand_in import HandIn
from posthouse.services.receive.reception import Reception

PROTOCOL = "BSMTP"
_OFFERED = (
    Extension.PIPELINING,
    Extension.EIGHT_BIT_MIME,
    Extension.SMTPUTF8,
    Extension.DSN,
)
_REFUSED = (Auth, AuthResponse, StartTls, Burl, Etrn, Expn)


class Outcome(msgspec.Struct):
    """What became of a batch."""

    kept: list[str]
    """Trace ids of the messages that are kept, in their order."""
    faults: list[str]
    """What was wrong, in words: commands and messages that were refused."""


class Batch:
    """Reads one batch."""

    def __init__(self, hand_in: HandIn, message_octets: int) -> None:
        self._hand_in = hand_in
        self._connection = ServerConnection(
            ServerSettings(message_octets=message_octets), offer(*_OFFERED, size_octets=message_octets)
        )
        self._connection.greet(Reply(Code.SERVICE_READY, "batch"))
        self._reception: Reception | None = None
        self.outcome = Outcome([], [])

    async def feed(self, octets: bytes) -> None:
        """Take octets of the batch, lines ended by CRLF. Raises: TemporaryFailure, after which nothing more may be fed."""
        self._connection.receive_data(octets)
        while (event := self._connection.next_event()) is not NEED_DATA:
            reply = await self._answered(event)
            if reply is not None:
                if not reply.is_positive:
                    self.outcome.faults.append(f"{reply.code} {reply.text}")
                self._connection.reply(reply)

    async def end(self) -> None:
        """The batch is over: a message that has not ended is not kept."""
        if self._reception is not None:
            self.outcome.faults.append("the batch ends in the middle of a message")
        await self._forget()

    async def _answered(self, event: Event) -> Reply | None:
        match event:
            case Content():
                await self._keep_piece(event.octets)
                return None
            case ContentEnded():
                return await self._content_ended(event)
            case Violation():
                return event.reply
            case Mail():
                await self._forget()
                self._reception = self._hand_in.begin(sender_of(event), PROTOCOL)
                return replies.SENDER_OK
            case Rcpt():
                assert self._reception is not None, "MAIL was accepted"
                await self._hand_in.add(self._reception, wanted_of(event))
                return replies.RECIPIENT_OK
            case Rset() | Quit():
                await self._forget()
                return replies.GOODBYE if isinstance(event, Quit) else replies.OK
        return (
            Reply(Code.COMMAND_NOT_IMPLEMENTED, "not in a batch", Detail.INVALID_COMMAND)
            if isinstance(event, _REFUSED)
            else _go(event)
        )

    async def _keep_piece(self, octets: bytes) -> None:
        assert self._reception is not None, "a recipient was accepted"
        try:
            await self._hand_in.take(self._reception, octets)
        except TemporaryFailure:
            raise
        except PosthouseError as error:
            self._connection.discard(reply_to(error))

    async def _content_ended(self, event: ContentEnded) -> Reply:
        assert self._reception is not None, "a recipient was accepted"
        if event.refusal is not None or not event.last:
            if event.refusal is not None:
                await self._forget()
            return event.refusal or replies.OK
        try:
            self.outcome.kept.append(await self._hand_in.accept(self._reception))
        except TemporaryFailure:
            raise
        except PosthouseError as error:
            return reply_to(error)
        finally:
            await self._forget()
        return replies.OK

    async def _forget(self) -> None:
        reception, self._reception = self._reception, None
        if reception is not None:
            await reception.intake.discard()


def _go(event: Event) -> Reply:
    """What moves no mail is fine, and DATA may go on."""
    return replies.GO_AHEAD if isinstance(event, Data) else replies.OK
