"""SELECT EXAMINE CHECK CLOSE UNSELECT EXPUNGE (RFC 9051 §6.3.2-3, §6.4; RFC 4315)."""

import re
from typing import Final

from posthouse.model.mailbox import SEPARATOR, Flag, Mailbox
from posthouse.protocols.imap.commands.select import Check, Close, Examine, Expunge, Select, Unselect
from posthouse.protocols.imap.responses import codes
from posthouse.protocols.imap.responses import mailbox as response
from posthouse.protocols.imap.responses.status import untagged_ok
from posthouse.servers.imap.answers import Done
from posthouse.servers.imap.flags import ANY, RECENT
from posthouse.servers.imap.mailbox.selected import Selected
from posthouse.servers.imap.session import Session

_UNSEEN: Final = re.compile(b"[%b]" % b"".join([re.escape(bytes([bits])) for bits in range(32) if not bits & Flag.SEEN]))


async def select(session: Session, command: Select) -> Done:
    """Open a mailbox."""
    return await _open(session, command.mailbox, is_read_only=False)


async def examine(session: Session, command: Examine) -> Done:
    """Open a mailbox for reading only."""
    return await _open(session, command.mailbox, is_read_only=True)


async def _open(session: Session, name: str, *, is_read_only: bool) -> Done:
    """Leave the mailbox that is open, also where the new one cannot be opened (RFC 9051 §6.3.2)."""
    mail, folders = session.the_mail()
    if session.selected is not None:
        session.leave()
        if session.rev2:
            session.write(untagged_ok("Previous mailbox closed", codes.CLOSED))
    mailbox = await folders.find(name)
    selected = await session.select(mailbox, is_read_only=is_read_only)
    selected.recent_from = mailbox.recent_uid
    if not is_read_only and not session.rev2 and mailbox.recent_uid < selected.view.uid_next:
        selected.recent_from = await mail.claim_recent(mailbox.id)
    session.write(_description(session, selected, mailbox))
    if is_read_only:
        return Done("Mailbox open for reading only", codes.READ_ONLY)
    return Done("Mailbox open", codes.READ_WRITE)


def _description(session: Session, selected: Selected, mailbox: Mailbox) -> bytes:
    """Everything a client is told about the mailbox it has opened."""
    names = selected.flag_names()
    lines = [
        response.flags(names if session.rev2 else [*names, RECENT]),
        untagged_ok("Flags permitted", codes.permanent_flags([] if selected.is_read_only else [*names, ANY])),
        response.exists(len(selected.uids)),
    ]
    if session.rev2:
        lines.append(response.list_([], SEPARATOR.encode(), mailbox.name, utf8=session.connection.utf8))
    else:
        lines.append(response.recent(selected.recent_count))
        first_unseen = _UNSEEN.search(selected.view.flags)
        if first_unseen:
            lines.append(untagged_ok("First unseen", codes.unseen(first_unseen.start() + 1)))
    lines.append(untagged_ok("UIDs valid", codes.uid_validity(mailbox.uid_validity)))
    lines.append(untagged_ok("Predicted next UID", codes.uid_next(selected.view.uid_next)))
    return b"".join(lines)


async def check(session: Session, command: Check) -> Done:
    """Everything is always on disk; look whether something has happened."""
    del command
    await session.the_selected().view.refresh(forced=True)
    return Done("Checked")


async def close(session: Session, command: Close) -> Done:
    """Expunge without telling, then leave."""
    del command
    mail, _ = session.the_mail()
    selected = session.the_selected()
    if not selected.is_read_only and any(bits & Flag.DELETED for bits in selected.view.flags):
        await mail.expunge(selected.mailbox_id)
    session.leave()
    return Done("Mailbox closed")


async def unselect(session: Session, command: Unselect) -> Done:
    """Leave, and expunge nothing."""
    del command
    session.leave()
    return Done("Mailbox closed")


async def expunge(session: Session, command: Expunge) -> Done:
    """Remove the messages with the Deleted flag, of all or of some UIDs."""
    mail, _ = session.the_mail()
    selected = session.writable()
    uids = None if command.uids is None else selected.chosen(command.uids, uid=True)
    await mail.expunge(selected.mailbox_id, uids)
    await selected.view.refresh(forced=True)
    return Done("Expunged")
