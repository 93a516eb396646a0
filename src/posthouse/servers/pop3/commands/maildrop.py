"""STAT, LIST, UIDL, RETR, TOP, DELE, RSET: the messages."""

import asyncio
from collections.abc import Callable

from posthouse.foundation.errors import PosthouseError
from posthouse.protocols.pop3.commands import Dele, List, Retr, Rset, Stat, Top, Uidl
from posthouse.protocols.pop3.responses import Response, ok
from posthouse.protocols.pop3.top import TopCutter
from posthouse.servers.pop3.dialogue import Dialogue
from posthouse.servers.pop3.reading import PIECE_OCTETS


async def stat(dialogue: Dialogue, _: Stat) -> None:
    """How many and how much."""
    dialogue.reply(ok(f"{len(dialogue.maildrop)} {dialogue.maildrop.size_octets}"))


async def list_(dialogue: Dialogue, command: List) -> None:
    """Sizes."""
    maildrop = dialogue.maildrop
    if command.number is not None:
        dialogue.reply(ok(f"{command.number} {maildrop.size(command.number)}"))
    else:
        await _listed(dialogue, ok(f"{len(maildrop)} messages"), maildrop.size)


async def uidl(dialogue: Dialogue, command: Uidl) -> None:
    """Unique ids."""
    maildrop = dialogue.maildrop
    if command.number is not None:
        dialogue.reply(ok(f"{command.number} {maildrop.unique_id(command.number)}"))
    else:
        await _listed(dialogue, ok(), maildrop.unique_id)


async def _listed(dialogue: Dialogue, response: Response, value: Callable[[int], object]) -> None:
    """One line a message; between pages others have their turn, so that a large maildrop is listed in little memory."""
    dialogue.begin(response)
    for page in dialogue.maildrop.pages():
        await dialogue.piece("".join([f"{number} {value(number)}\r\n" for number in page]).encode())
        await asyncio.sleep(0)
    dialogue.finish()


async def retr(dialogue: Dialogue, command: Retr) -> None:
    """A message."""
    maildrop, number = dialogue.maildrop, command.number
    size = maildrop.size(number)
    octets = await maildrop.read(number)
    dialogue.begin(ok(f"{size} octets"))
    await dialogue.piece(octets)
    for start in range(PIECE_OCTETS, size, PIECE_OCTETS):
        await dialogue.piece(await _rest(dialogue, number, start))
    dialogue.finish()
    maildrop.note_retrieved(number)


async def top(dialogue: Dialogue, command: Top) -> None:
    """The beginning of a message."""
    maildrop, number = dialogue.maildrop, command.number
    size, cutter = maildrop.size(number), TopCutter(command.lines)
    shown, done = cutter.feed(await maildrop.read(number))
    dialogue.begin(ok())
    await dialogue.piece(shown)
    for start in range(PIECE_OCTETS, size, PIECE_OCTETS):
        if done:
            break
        shown, done = cutter.feed(await _rest(dialogue, number, start))
        await dialogue.piece(shown)
    dialogue.finish()


async def dele(dialogue: Dialogue, command: Dele) -> None:
    """Mark a message."""
    dialogue.maildrop.mark_deleted(command.number)
    dialogue.reply(ok(f"message {command.number} deleted"))


async def rset(dialogue: Dialogue, _: Rset) -> None:
    """Unmark all."""
    dialogue.maildrop.unmark()
    dialogue.reply(ok())


async def _rest(dialogue: Dialogue, number: int, start: int) -> bytes:
    """A later piece; when it cannot be had, the half-sent message must not look whole: the connection breaks."""
    try:
        return await dialogue.maildrop.read(number, start)
    except PosthouseError:
        dialogue.wire.abort()
        raise
