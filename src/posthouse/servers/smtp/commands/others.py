"""STARTTLS, QUIT, and the commands that move no mail."""

from posthouse.foundation.errors import Invalid, PosthouseError
from posthouse.model.settings.receiving import SMTP_ETRN, SMTP_EXPN, SMTP_VRFY
from posthouse.protocols.smtp import replies
from posthouse.protocols.smtp.codes import Code, Detail
from posthouse.protocols.smtp.commands import Etrn, Expn, Help, Noop, Quit, StartTls, Vrfy
from posthouse.protocols.smtp.events import Violation
from posthouse.protocols.smtp.replies import Reply
from posthouse.servers.smtp.answers import HELP, NO_QUEUE_RUNS, reply_to
from posthouse.servers.smtp.dialogue import Dialogue
from posthouse.services.receive.addresses.inquiries import Ambiguous


async def starttls(dialogue: Dialogue, _: StartTls) -> None:
    """Secure the connection and begin anew (RFC 3207 §4.2); the session's driver does the handshake."""
    dialogue.reply(replies.READY_FOR_TLS)


async def quit_(dialogue: Dialogue, _: Quit) -> None:
    """Say goodbye."""
    dialogue.reply(replies.GOODBYE)


async def noop(dialogue: Dialogue, _: Noop) -> None:
    """Nothing."""
    dialogue.reply_without_progress(replies.OK)


async def help_(dialogue: Dialogue, _: Help) -> None:
    """Point to the standard."""
    dialogue.reply_without_progress(HELP)


async def vrfy(dialogue: Dialogue, command: Vrfy) -> None:
    """Tell whether there is such a mailbox, where that is allowed (RFC 5321 §3.5, §7.3)."""
    if not dialogue.house.settings[SMTP_VRFY]:
        dialogue.reply_without_progress(replies.CANNOT_VERIFY)
        return
    try:
        account = await dialogue.house.receiver.inquiries.verify(command.text)
    except Ambiguous as error:
        dialogue.reply_without_progress(Reply(Code.MAILBOX_NAME_NOT_ALLOWED, str(error), Detail.BAD_MAILBOX))
    except PosthouseError as error:
        await dialogue.reply_to_stranger(reply_to(error))
    else:
        name = f"{account.display_name} " if account.display_name else ""
        dialogue.reply_without_progress(Reply(Code.OK, f"{name}<{account.address}>", Detail.DESTINATION_VALID))


async def expn(dialogue: Dialogue, command: Expn) -> None:
    """Tell whom an alias stands for, where that is allowed."""
    if not dialogue.house.settings[SMTP_EXPN]:
        dialogue.reply_without_progress(replies.NOT_IMPLEMENTED)
        return
    try:
        targets = await dialogue.house.receiver.inquiries.expand(command.text)
    except PosthouseError as error:
        await dialogue.reply_to_stranger(reply_to(error))
    else:
        dialogue.reply_without_progress(Reply(Code.OK, "\n".join(f"<{target}>" for target in targets), Detail.DESTINATION_VALID))


async def etrn(dialogue: Dialogue, command: Etrn) -> None:
    """Try again what waits for a domain, where that is allowed (RFC 1985 §5.3)."""
    if not dialogue.house.settings[SMTP_ETRN]:
        dialogue.reply_without_progress(NO_QUEUE_RUNS)
        return
    try:
        count = await dialogue.house.receiver.inquiries.run_queue(command.node)
    except Invalid as error:
        await dialogue.reply_to_violation(Reply(Code.ARGUMENTS_UNRECOGNIZED, str(error), Detail.INVALID_ARGUMENTS))
    except PosthouseError as error:
        dialogue.reply_without_progress(Reply(Code.QUEUE_NOT_RUN, str(error), Detail.SYSTEM))
    else:
        words = f"{count} messages for {command.node} are tried" if count else f"nothing waits for {command.node}"
        dialogue.reply_without_progress(Reply(Code.QUEUE_RUNS if count else Code.NOTHING_QUEUED, words, Detail.UNDEFINED))


async def violation(dialogue: Dialogue, event: Violation) -> None:
    """Say what was wrong."""
    await dialogue.reply_to_violation(event.reply)
