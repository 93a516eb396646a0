"""STATUS (RFC 9051 §6.3.11, RFC 8438)."""

from collections.abc import Callable
from typing import Final

from posthouse.model.mailbox import Mailbox
from posthouse.protocols.imap.commands.status import Status, StatusItem
from posthouse.protocols.imap.responses import mailbox as response
from posthouse.servers.imap.answers import Done
from posthouse.servers.imap.session import Session

_NUMBERS: Final[dict[StatusItem, Callable[[Mailbox], int]]] = {
    StatusItem.MESSAGES: lambda mailbox: mailbox.messages,
    # Messages nobody has seen yet; where some of them are gone again this is a little too many.
    StatusItem.RECENT: lambda mailbox: max(0, min(mailbox.messages, mailbox.uid_next - mailbox.recent_uid)),
    StatusItem.UIDNEXT: lambda mailbox: mailbox.uid_next,
    StatusItem.UIDVALIDITY: lambda mailbox: mailbox.uid_validity,
    StatusItem.UNSEEN: lambda mailbox: mailbox.unseen,
    StatusItem.DELETED: lambda mailbox: mailbox.deleted,
    StatusItem.SIZE: lambda mailbox: mailbox.size_octets,
}


async def status(session: Session, command: Status) -> Done:
    """Say a mailbox's numbers."""
    _, folders = session.the_mail()
    mailbox = await folders.find(command.mailbox)
    session.write(status_line(mailbox, command.items, utf8=session.connection.utf8))
    return Done("Status told")


def status_line(mailbox: Mailbox, items: tuple[StatusItem, ...], *, utf8: bool) -> bytes:
    """``* STATUS`` with the numbers asked for."""
    return response.status(mailbox.name, [(item.value, _NUMBERS[item](mailbox)) for item in items], utf8=utf8)
