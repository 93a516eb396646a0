"""MAIL, RCPT, RSET: the envelope."""

from posthouse.foundation.errors import Invalid, PosthouseError, TemporaryFailure
from posthouse.protocols.smtp import replies
from posthouse.protocols.smtp.codes import Code, Detail
from posthouse.protocols.smtp.commands import Mail, Rcpt, Rset
from posthouse.protocols.smtp.replies import Reply
from posthouse.protocols.smtp.types import Body
from posthouse.servers.smtp.answers import AUTHENTICATE_FIRST, STARTTLS_FIRST, reply_to
from posthouse.servers.smtp.dialogue import Dialogue
from posthouse.servers.smtp.roles import Role
from posthouse.services.receive.reception import Sender, Wanted


async def mail(dialogue: Dialogue, command: Mail) -> None:
    """Begin a reception; on a submission port only for somebody who has signed in."""
    sender = sender_of(command)
    client = dialogue.client(utf8=sender.smtputf8)
    house = dialogue.house
    if dialogue.role is not Role.SUBMISSION:
        dialogue.reception = house.receiver.begin(client, sender, judged=dialogue.role is Role.MX)
    elif dialogue.principal is None:
        dialogue.reply(AUTHENTICATE_FIRST if dialogue.may_send_password else STARTTLS_FIRST)
        return
    else:
        try:
            dialogue.reception = await house.submitter.begin(dialogue.principal, client, sender)
        except PosthouseError as error:
            dialogue.reply(reply_to(error))
            return
    dialogue.reply(replies.SENDER_OK)


async def rcpt(dialogue: Dialogue, command: Rcpt) -> None:
    """Add a recipient."""
    reception = dialogue.reception
    assert reception is not None, "MAIL was accepted"
    wanted = wanted_of(command)
    try:
        await dialogue.house.receiver.add_recipient(reception, wanted)
    except Invalid as error:
        dialogue.reply(Reply(Code.ARGUMENTS_UNRECOGNIZED, str(error), Detail.BAD_DESTINATION_SYNTAX))
    except TemporaryFailure as error:
        dialogue.reply(reply_to(error))
    except PosthouseError as error:
        await dialogue.reply_to_stranger(reply_to(error))
    else:
        dialogue.reply(replies.RECIPIENT_OK)


async def rset(dialogue: Dialogue, _: Rset) -> None:
    """Forget the transaction."""
    await dialogue.end_reception()
    dialogue.reply_without_progress(replies.OK)


def sender_of(command: Mail) -> Sender:
    """The sender's half of an envelope, from MAIL."""
    given = command.parameters
    return Sender(
        reverse_path=command.reverse_path,
        smtputf8=given.smtputf8,
        eight_bit=given.body is Body.EIGHT_BIT_MIME,
        binary=given.body is Body.BINARY_MIME,
        return_content=given.ret or "",
        envelope_id=given.envid or "",
        require_tls=given.require_tls,
        hold_for=given.hold_for or 0,
        hold_until=given.hold_until or 0,
        deliver_within=given.deliver_by.seconds if given.deliver_by else 0,
        deliver_mode=given.deliver_by.mode + "T" * given.deliver_by.trace if given.deliver_by else "",
        priority=given.priority or 0,
        size_octets=given.size or 0,
    )


def wanted_of(command: Rcpt) -> Wanted:
    """One recipient, from RCPT."""
    given = command.parameters
    return Wanted(command.forward_path, ";".join(given.orcpt) if given.orcpt else "", int(given.notify or 0))
