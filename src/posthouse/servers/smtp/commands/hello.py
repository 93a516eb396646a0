"""HELO, EHLO, LHLO: who are you, and this is what I can."""

from posthouse.protocols.smtp.capabilities import ehlo_reply
from posthouse.protocols.smtp.codes import Code
from posthouse.protocols.smtp.commands import Ehlo, Helo, Lhlo
from posthouse.protocols.smtp.replies import Reply
from posthouse.servers.smtp.dialogue import Dialogue


async def helo(dialogue: Dialogue, command: Helo) -> None:
    """The old greeting: no extensions."""
    await _introduced(dialogue, command.client_name, extended=False)
    dialogue.reply_without_progress(Reply(Code.OK, dialogue.house.hostname))


async def ehlo(dialogue: Dialogue, command: Ehlo | Lhlo) -> None:
    """The greeting of today, and LMTP's."""
    await _introduced(dialogue, command.client_name, extended=True)
    dialogue.reply_without_progress(ehlo_reply(dialogue.house.hostname, dialogue.connection.capabilities))


async def _introduced(dialogue: Dialogue, name: str, *, extended: bool) -> None:
    """RFC 5321 §4.1.4: it ends the transaction, as RSET does."""
    await dialogue.end_reception()
    dialogue.client_name, dialogue.extended = name, extended
