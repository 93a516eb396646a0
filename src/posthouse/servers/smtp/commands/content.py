"""DATA, BDAT and what follows them: the octets, and the moment after which the message is kept."""

from posthouse.foundation.errors import PosthouseError
from posthouse.protocols.smtp import replies
from posthouse.protocols.smtp.commands import Bdat, Data
from posthouse.protocols.smtp.events import Content, ContentEnded
from posthouse.servers.smtp.answers import kept_reply, reply_to
from posthouse.servers.smtp.dialogue import Dialogue
from posthouse.servers.smtp.roles import Role
from posthouse.services.receive.reception import Reception


async def data(dialogue: Dialogue, _: Data) -> None:
    """Go ahead."""
    dialogue.reply(replies.GO_AHEAD)


async def bdat(dialogue: Dialogue, _: Bdat) -> None:
    """Nothing: the octets come at once, the answer when they are here."""


async def content(dialogue: Dialogue, event: Content) -> None:
    """Keep a piece; what cannot be kept makes the rest be swallowed and the message refused at its end."""
    reception = _reception(dialogue)
    if not reception.intake.add(event.octets):
        return
    try:
        await reception.intake.relieve()
    except PosthouseError as error:
        dialogue.connection.discard(reply_to(error))


async def content_ended(dialogue: Dialogue, event: ContentEnded) -> None:
    """Answer the message, or one chunk of it."""
    reception = _reception(dialogue)
    if event.refusal is not None:
        dialogue.house.receiver.refused(reception, event.refusal.text)
        dialogue.reply(*[event.refusal] * dialogue.connection.replies_due)
    elif not event.last:
        dialogue.reply(replies.OK)
        return
    elif dialogue.role is Role.LMTP:
        await _keep_for_each(dialogue, reception)
    else:
        await _keep(dialogue, reception)
    await dialogue.end_reception()


async def _keep(dialogue: Dialogue, reception: Reception) -> None:
    house = dialogue.house
    try:
        if dialogue.role is Role.SUBMISSION:
            delivered = await house.submitter.accept(reception)
        else:
            delivered = await house.receiver.accept(reception)
    except PosthouseError as error:
        house.receiver.refused(reception, str(error))
        dialogue.reply(reply_to(error))
    else:
        dialogue.progress()
        dialogue.reply(kept_reply(reception, delivered=delivered))


async def _keep_for_each(dialogue: Dialogue, reception: Reception) -> None:
    outcomes = await dialogue.house.receiver.accept_each(reception)
    dialogue.progress()
    dialogue.reply(*(kept_reply(reception, delivered=True) if error is None else reply_to(error) for error in outcomes))


def _reception(dialogue: Dialogue) -> Reception:
    assert dialogue.reception is not None, "a recipient was accepted"
    return dialogue.reception
