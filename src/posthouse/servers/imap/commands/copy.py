"""COPY and MOVE, and their UID forms (RFC 9051 §6.4.7-8)."""

from posthouse.foundation.errors import NotFound
from posthouse.model.mailbox import Placed
from posthouse.protocols.imap.commands.copy import Copy, Move
from posthouse.protocols.imap.responses.codes import EXPUNGEISSUED, TRYCREATE, copy_uid
from posthouse.protocols.imap.responses.status import untagged_ok
from posthouse.servers.imap.answers import Done, No
from posthouse.servers.imap.commands.limiting import done, limited, require_few
from posthouse.servers.imap.commands.select import sequence_code
from posthouse.servers.imap.commands.sharing.quota import warn
from posthouse.servers.imap.mailbox.selected import Selected
from posthouse.servers.imap.session import Session
from posthouse.servers.imap.telling import catch_up


async def copy(session: Session, command: Copy) -> Done:
    """Put messages into another mailbox too, all or none.

    Raises: No, code EXPUNGEISSUED, where a message asked for by its number is gone (RFC 2180 §4.4).
    """
    _, folders = session.the_mail()
    selected = session.the_selected()
    uids = selected.chosen(command.messages, uid=command.uid)
    destination = await folders.destination(command.mailbox)
    if not uids:
        return Done("Nothing to copy")
    require_few(session, len(uids))
    if not command.uid and selected.missing(uids):
        raise No("Some of the messages no longer exist", EXPUNGEISSUED)
    try:
        with session.patience():
            placed = await session.house.transferring.copy(
                (selected.mail, selected.mailbox_id), uids, (destination.mail, destination.mailbox.id)
            )
    except NotFound:
        raise await _vanished(session, selected) from None
    if not command.uid and len(placed.uids) < len(uids):
        await destination.mail.withdraw(destination.mailbox.id, placed.uids)
        raise No("Some of the messages no longer exist", EXPUNGEISSUED)
    if destination.mailbox.id == selected.mailbox_id:
        await catch_up(session)
    await warn(session, destination.mail)
    return Done("Messages copied", _code(placed))


async def move(session: Session, command: Move) -> Done:
    """Put messages into another mailbox instead, in one step (RFC 6851).

    Raises: No, code EXPUNGEISSUED, where a message asked for by its number is gone; the others are moved.
    """
    _, folders = session.the_mail()
    selected = session.writable()
    uids, limit_code = limited(session, selected.chosen(command.messages, uid=command.uid))
    destination = await folders.destination(command.mailbox)
    if not uids:
        return Done("Nothing to move")
    try:
        with session.patience():
            placed = await session.house.transferring.move(
                (selected.mail, selected.mailbox_id), uids, (destination.mail, destination.mailbox.id)
            )
    except NotFound:
        raise await _vanished(session, selected) from None
    # COPYUID comes before the expunges, while the client still knows the messages (RFC 6851 §4.3).
    if placed.uids:
        session.write(untagged_ok(session.modes.say("Messages moved"), _code(placed)))
    await catch_up(session)
    if not command.uid and len(placed.uids) < len(uids):
        raise No("Some of the messages no longer exist", EXPUNGEISSUED)
    return done(session, "Moved", sequence_code(session, selected) if placed.uids else b"", limit_code)


async def _vanished(session: Session, selected: Selected) -> Exception:
    """Say which mailbox has been deleted meanwhile."""
    await catch_up(session)
    if selected.view.is_gone:
        return NotFound("the mailbox has been deleted")
    return No("There is no such mailbox", TRYCREATE)


def _code(placed: Placed) -> bytes:
    return copy_uid(placed.uid_validity, placed.source_uids, placed.uids) if placed.uids else b""
