"""STARTTLS, QUIT, and the commands that move no mail."""

from posthouse.protocols.smtp import replies
from posthouse.protocols.smtp.commands import Etrn, Expn, Help, Noop, Quit, StartTls, Vrfy
from posthouse.protocols.smtp.events import Violation
from posthouse.servers.smtp.answers import HELP, NO_QUEUE_RUNS
from posthouse.servers.smtp.dialogue import Dialogue


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


async def vrfy(dialogue: Dialogue, _: Vrfy) -> None:
    """Tell nothing about who is here (RFC 5321 §7.3)."""
    dialogue.reply_without_progress(replies.CANNOT_VERIFY)


async def expn(dialogue: Dialogue, _: Expn) -> None:
    """Tell nothing about who is on a list."""
    dialogue.reply_without_progress(replies.NOT_IMPLEMENTED)


async def etrn(dialogue: Dialogue, _: Etrn) -> None:
    """Run no queue on request."""
    dialogue.reply_without_progress(NO_QUEUE_RUNS)


async def violation(dialogue: Dialogue, event: Violation) -> None:
    """Say what was wrong."""
    await dialogue.reply_to_violation(event.reply)
