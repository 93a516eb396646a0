"""UIDBATCHES (RFC 10022): the mailbox in parts of the size the client wants, newest first, each as a range of UIDs."""

from typing import Final

from posthouse.protocols.imap.commands.uid_batches import UidBatches
from posthouse.protocols.imap.responses.codes import CLIENTBUG, TOOFEW
from posthouse.protocols.imap.responses.mailbox import uid_batches as response
from posthouse.servers.imap.answers import Bad, Done, No
from posthouse.servers.imap.session import Session

SMALLEST: Final = 500
"""Messages in a batch, at least (RFC 10022 §3.1)."""


async def uid_batches(session: Session, command: UidBatches) -> Done:
    """Say the ranges; together they leave no UID out, so that what arrives in between is in one of them too."""
    if command.size < SMALLEST:
        raise No(f"A batch has at least {SMALLEST} messages", TOOFEW)
    if command.last is not None and command.first > command.last:
        raise Bad("The range of batches begins after its end", CLIENTBUG)
    uids = session.the_selected().uids
    count = -(-len(uids) // command.size)
    last = count if command.last is None else min(count, command.last)
    batches = []
    for batch in range(command.first, last + 1):
        end = len(uids) - (batch - 1) * command.size
        high = uids[end - 1] if batch == 1 else uids[end] - 1
        batches.append((high, uids[end - command.size] if batch < count else 1))
    session.write(response(session.tag, batches))
    return Done("Batches told")
