"""SELECT EXAMINE CHECK CLOSE UNSELECT EXPUNGE (RFC 9051 §6.3.2-3, §6.4; RFC 4315, 4467, 7162, 8474)."""

import re
from contextlib import suppress
from typing import Final

from posthouse.foundation.errors import NotPermitted, TemporaryFailure
from posthouse.model.mailbox import SEPARATOR, Flag, Mailbox
from posthouse.protocols.imap.commands.select import Check, Close, Examine, Expunge, Resync, Select, Unselect
from posthouse.protocols.imap.responses import codes
from posthouse.protocols.imap.responses import mailbox as response
from posthouse.protocols.imap.responses.status import untagged_ok
from posthouse.servers.imap.answers import Bad, Done
from posthouse.servers.imap.commands.limiting import done, limited
from posthouse.servers.imap.commands.sharing.quota import warn
from posthouse.servers.imap.flags import RECENT
from posthouse.servers.imap.mailbox.resync import resynchronise
from posthouse.servers.imap.mailbox.selected import Selected
from posthouse.servers.imap.object_ids import mailbox_object_id
from posthouse.servers.imap.session import Session
from posthouse.servers.imap.telling import catch_up

_UNSEEN: Final = re.compile(b"[%b]" % b"".join([re.escape(bytes([bits])) for bits in range(32) if not bits & Flag.SEEN]))
_DELETED: Final = re.compile(b"[%b]" % b"".join([re.escape(bytes([bits])) for bits in range(32) if bits & Flag.DELETED]))


async def select(session: Session, command: Select) -> Done:
    """Open a mailbox."""
    return await _open(session, command, is_read_only=False)


async def examine(session: Session, command: Examine) -> Done:
    """Open a mailbox for reading only."""
    return await _open(session, command, is_read_only=True)


async def _open(session: Session, command: Select | Examine, *, is_read_only: bool) -> Done:
    """Leave the mailbox that is open, also where the new one cannot be opened (RFC 9051 §6.3.2)."""
    _, folders = session.the_mail()
    _check_resync(session, command.resync)
    if session.selected is not None:
        session.leave()
        session.write(untagged_ok(session.modes.say("Previous mailbox closed"), codes.CLOSED))
    if command.condstore:
        session.enable_condstore()
    folder = await folders.find(command.mailbox)
    mailbox = folder.mailbox
    selected = await session.select(folder, is_read_only=is_read_only)
    selected.recent_from = await _recent_from(session, selected, mailbox)
    session.write(_description(session, selected, mailbox))
    await warn(session, selected.mail)
    if command.resync is not None and command.resync.uid_validity == mailbox.uid_validity:
        try:
            session.write(await resynchronise(selected.mail, selected, command.resync))
        except Exception:
            session.leave()  # a SELECT that fails leaves nothing selected (RFC 9051 §6.3.2)
            raise
    if selected.is_read_only:
        return Done("Mailbox open for reading only", codes.READ_ONLY)
    return Done("Mailbox open", codes.READ_WRITE)


async def _recent_from(session: Session, selected: Selected, mailbox: Mailbox) -> int:
    """Claim the Recent flags; where nothing can be written now, the next session will have them too.

    To viewers nothing that is there already is recent: the flag is for the owner's sessions.
    """
    if selected.mail.viewer is not None:
        return selected.view.uid_next
    if selected.is_read_only or session.rev2 or mailbox.recent_uid >= selected.view.uid_next:
        return mailbox.recent_uid
    try:
        return await selected.mail.claim_recent(mailbox.id)
    except TemporaryFailure:
        return mailbox.recent_uid


def _check_resync(session: Session, resync: Resync | None) -> None:
    """Check whether QRESYNC may be used. Raises: Bad (RFC 7162 §3.2.5, RFC 9586 §3.1)."""
    if resync is None:
        return
    if not session.modes.qresync:
        raise Bad("QRESYNC must be enabled first")
    if session.modes.uid_only and resync.numbers is not None:
        raise Bad("Message numbers are not used here", codes.UIDREQUIRED)


def _description(session: Session, selected: Selected, mailbox: Mailbox) -> bytes:
    """Everything a client is told about the mailbox it has opened."""
    names, say = selected.flag_names(), session.modes.say
    lines = [
        response.flags(names if session.rev2 else [*names, RECENT]),
        untagged_ok(say("Flags permitted"), codes.permanent_flags(selected.permanent_flags())),
        response.exists(len(selected.uids)),
    ]
    if session.rev2:
        lines.append(response.list_([], SEPARATOR.encode(), mailbox.name, utf8=session.connection.utf8))
    else:
        lines.append(response.recent(selected.recent_count))
        first_unseen = _UNSEEN.search(selected.view.flags)
        if first_unseen and not session.modes.uid_only:
            lines.append(untagged_ok(say("First unseen"), codes.unseen(first_unseen.start() + 1)))
    lines.append(untagged_ok(say("UIDs valid"), codes.uid_validity(mailbox.uid_validity)))
    lines.append(untagged_ok(say("Predicted next UID"), codes.uid_next(selected.view.uid_next)))
    lines.append(untagged_ok(say("Known up to here"), codes.highest_mod_sequence(selected.safe_sequence)))
    lines.append(untagged_ok(say("Never changes"), codes.mailbox_id(mailbox_object_id(mailbox.id))))
    lines.append(untagged_ok(say("URLs can be authorised"), codes.URLMECH_INTERNAL))
    return b"".join(lines)


async def check(session: Session, command: Check) -> Done:
    """Everything is always on disk; look whether something has happened."""
    del command
    await catch_up(session)
    return Done("Checked")


async def close(session: Session, command: Close) -> Done:
    """Expunge without telling, then leave."""
    del command
    selected = session.the_selected()
    if not selected.is_read_only:
        await catch_up(session, forced=False)
        if _DELETED.search(selected.view.flags):
            with session.patience(), suppress(NotPermitted):  # who may not expunge just leaves (RFC 4314 §4)
                await selected.mail.expunge(selected.mailbox_id)
    session.leave()
    return Done("Mailbox closed")


async def unselect(session: Session, command: Unselect) -> Done:
    """Leave, and expunge nothing."""
    del command
    session.leave()
    return Done("Mailbox closed")


async def expunge(session: Session, command: Expunge) -> Done:
    """Remove the messages with the Deleted flag, of all or of some UIDs."""
    selected = session.writable()
    uids, limit_code = None, b""
    if command.uids is not None:
        uids, limit_code = limited(session, selected.chosen(command.uids, uid=True))
    expunged: list[int] = []
    if await _has_deleted(selected):
        with session.patience():
            expunged = await selected.mail.expunge(selected.mailbox_id, uids)
    await catch_up(session)
    return done(session, "Expunged", sequence_code(session, selected) if expunged else b"", limit_code)


async def _has_deleted(selected: Selected) -> bool:
    """Whether there is anything to expunge: programs ask often, and to look costs less than a transaction that changes nothing.

    Viewers are always asked for their right to.
    """
    return selected.mail.viewer is not None or (await selected.mail.mailbox(selected.mailbox_id)).deleted > 0


def sequence_code(session: Session, selected: Selected) -> bytes:
    """HIGHESTMODSEQ for the answer to a command that has expunged something (RFC 7162 §3.2.7)."""
    selected.owes_losses = True
    selected.answers_sequence = session.modes.qresync
    return codes.highest_mod_sequence(selected.view.mod_sequence) if session.modes.qresync else b""
