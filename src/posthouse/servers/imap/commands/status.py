"""STATUS (RFC 9051 §6.3.11, RFC 7162, 7889, 8438, 8474, 9208)."""

from collections.abc import Callable
from typing import Final

from posthouse.model.mailbox import Flag, Mailbox
from posthouse.model.sharing.rights import Right
from posthouse.ports.account_store import SIZE
from posthouse.protocols.imap.commands.status import Status, StatusItem
from posthouse.protocols.imap.responses import mailbox as response
from posthouse.servers.imap.answers import Done
from posthouse.servers.imap.folders.by_name import Folder
from posthouse.servers.imap.object_ids import mailbox_object_id
from posthouse.servers.imap.session import Session
from posthouse.services.mail import Mail

_NUMBERS: Final[dict[StatusItem, Callable[[Mailbox], int]]] = {
    StatusItem.MESSAGES: lambda mailbox: mailbox.messages,
    # Messages nobody has seen yet; where some of them are gone again this is a little too many.
    StatusItem.RECENT: lambda mailbox: max(0, min(mailbox.messages, mailbox.uid_next - mailbox.recent_uid)),
    StatusItem.UIDNEXT: lambda mailbox: mailbox.uid_next,
    StatusItem.UIDVALIDITY: lambda mailbox: mailbox.uid_validity,
    StatusItem.UNSEEN: lambda mailbox: mailbox.unseen,
    StatusItem.DELETED: lambda mailbox: mailbox.deleted,
    StatusItem.SIZE: lambda mailbox: mailbox.size_octets,
    StatusItem.HIGHESTMODSEQ: lambda mailbox: mailbox.mod_sequence,
}


async def status(session: Session, command: Status) -> Done:
    """Say a mailbox's numbers."""
    _, folders = session.the_mail()
    folder = await folders.find(command.mailbox)
    await folder.mail.require(folder.mailbox.id, Right.READ)
    session.write(await status_line(session, folder, command.items))
    return Done("Status told")


async def status_line(session: Session, folder: Folder, items: tuple[StatusItem, ...]) -> bytes:
    """``* STATUS`` with what is asked for."""
    if StatusItem.HIGHESTMODSEQ in items:
        session.enable_condstore()
    values = [(item.value, await _value(session, folder, item)) for item in items]
    return response.status(folder.name, values, utf8=session.connection.utf8)


async def _value(session: Session, folder: Folder, item: StatusItem) -> bytes:
    mailbox = folder.mailbox
    if item is StatusItem.MAILBOXID:
        return b"(%b)" % mailbox_object_id(mailbox.id)
    if item is StatusItem.DELETED_STORAGE:
        return b"%d" % await _deleted_octets(folder.mail, mailbox)
    if item is StatusItem.APPENDLIMIT:
        return b"%d" % session.append_limit
    return b"%d" % _NUMBERS[item](mailbox)


async def _deleted_octets(mail: Mail, mailbox: Mailbox) -> int:
    """Add up the messages with the Deleted flag; mostly there are none, and then nothing is looked at."""
    octets, after, more = 0, 0, bool(mailbox.deleted)
    while more:
        page = await mail.placements(mailbox.id, after)
        deleted = [uid for uid, flags in zip(page.uids, page.flags, strict=True) if flags & Flag.DELETED]
        start = 0
        while start < len(deleted):
            sizes = await mail.fetch(mailbox.id, deleted, [SIZE], start)
            octets += sum(size for _, size in sizes.rows)
            start = sizes.next_index
        more = page.more
        after = page.uids[-1] if page.uids else after
    return octets
