"""COPY and MOVE, and their UID forms (RFC 9051 §6.4.7-8)."""

from posthouse.model.mailbox import Placed
from posthouse.protocols.imap.commands.copy import Copy, Move
from posthouse.protocols.imap.responses.codes import copy_uid
from posthouse.protocols.imap.responses.status import untagged_ok
from posthouse.servers.imap.answers import Done
from posthouse.servers.imap.session import Session


async def copy(session: Session, command: Copy) -> Done:
    """Put messages into another mailbox too, all or none."""
    mail, folders = session.the_mail()
    selected = session.the_selected()
    uids = selected.chosen(command.messages, uid=command.uid)
    destination = await folders.destination(command.mailbox)
    if not uids:
        return Done("Nothing to copy")
    placed = await mail.copy(selected.mailbox_id, uids, destination.id)
    if destination.id == selected.mailbox_id:
        await selected.view.refresh(forced=True)
    return Done("Messages copied", _code(placed))


async def move(session: Session, command: Move) -> Done:
    """Put messages into another mailbox instead, in one step (RFC 6851)."""
    mail, folders = session.the_mail()
    selected = session.writable()
    uids = selected.chosen(command.messages, uid=command.uid)
    destination = await folders.destination(command.mailbox)
    if not uids:
        return Done("Nothing to move")
    placed = await mail.move(selected.mailbox_id, uids, destination.id)
    # COPYUID comes before the expunges, while the client still knows the messages (RFC 6851 §4.3).
    if placed.uids:
        session.write(untagged_ok("Messages moved", _code(placed)))
    await selected.view.refresh(forced=True)
    return Done("Moved")


def _code(placed: Placed) -> bytes:
    return copy_uid(placed.uid_validity, placed.source_uids, placed.uids) if placed.uids else b""
