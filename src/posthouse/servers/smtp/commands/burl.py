"""BURL: a piece of the message, or all of it, comes from a mailbox (RFC 4468)."""

from contextlib import aclosing
from typing import Final

from posthouse.foundation.errors import Invalid, NotFound, NotPermitted, PosthouseError
from posthouse.protocols.smtp.codes import Code, Detail
from posthouse.protocols.smtp.commands import Burl
from posthouse.protocols.smtp.replies import Reply
from posthouse.servers.smtp.answers import reply_to
from posthouse.servers.smtp.commands.content import content_ended
from posthouse.servers.smtp.dialogue import Dialogue
from posthouse.services.receive.intake import Intake

NOT_AUTHORISED: Final = Reply(Code.TRANSACTION_FAILED, "the URL does not let you submit what it names", Detail.POLICY)
NOT_AVAILABLE: Final = Reply(Code.TRANSACTION_FAILED, "the URL names nothing that is there", Detail.CONTENT_NOT_AVAILABLE)


async def burl(dialogue: Dialogue, command: Burl) -> None:
    """Append what the URL names; where that fails the whole transaction does (§3.2)."""
    reception = dialogue.reception
    assert reception is not None, "a recipient was accepted"
    try:
        await _append(dialogue, command.url.encode("ascii"), reception.intake)
    except PosthouseError as error:
        refusal = _reply_to(error)
        dialogue.house.receiver.refused(reception, refusal.text)
        dialogue.reply(refusal)
        await dialogue.end_reception()
    else:
        await content_ended(dialogue, dialogue.connection.inserted())


async def _append(dialogue: Dialogue, url: bytes, intake: Intake) -> None:
    """Take the pieces in, until one may not be kept. Raises: what ``AuthorisedUrls.submitted`` and ``Intake.relieve`` raise."""
    assert dialogue.principal is not None, "BURL is offered to somebody who has signed in"
    async with aclosing(await dialogue.house.urls.submitted(dialogue.principal, url)) as pieces:
        async for piece in pieces:
            if not dialogue.connection.insert(piece):
                return
            if intake.add(piece):
                await intake.relieve()


def _reply_to(error: PosthouseError) -> Reply:
    if isinstance(error, NotPermitted):
        return NOT_AUTHORISED
    if isinstance(error, NotFound):
        return NOT_AVAILABLE
    if isinstance(error, Invalid):
        return Reply(Code.ARGUMENTS_UNRECOGNIZED, str(error), Detail.INVALID_ARGUMENTS)
    return reply_to(error)
