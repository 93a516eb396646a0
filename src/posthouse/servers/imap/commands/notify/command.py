"""The command NOTIFY (RFC 5465 §3.1)."""

from typing import Final

from posthouse.protocols.imap.commands.notify.command import (
    FLAG_CHANGE,
    MAILBOX_NAME,
    MESSAGE_EXPUNGE,
    MESSAGE_NEW,
    SUBSCRIPTION_CHANGE,
    Notify,
)
from posthouse.protocols.imap.responses import codes
from posthouse.servers.imap.answers import Done, No
from posthouse.servers.imap.commands.notify.groups import Groups
from posthouse.servers.imap.commands.notify.watch import Watch
from posthouse.servers.imap.session import Session

SUPPORTED: Final = (MESSAGE_NEW, MESSAGE_EXPUNGE, FLAG_CHANGE, MAILBOX_NAME, SUBSCRIPTION_CHANGE)
GROUPS: Final = 100
"""The most groups of one command."""


async def notify(session: Session, command: Notify) -> Done:
    """Tell from now on what is asked for, and nothing else; what was asked for before is forgotten."""
    if any(event not in SUPPORTED for group in command.groups for event in group.events):
        raise No("Not all of these events can be told", codes.bad_event(SUPPORTED))
    if len(command.groups) > GROUPS:
        raise No(f"At most {GROUPS} groups", codes.LIMIT)
    watch = Watch(session, Groups(command.groups))
    await watch.start()
    if session.watch is not None:
        session.watch.stop()
    session.watch = watch
    if session.selected is not None:
        watch.follow(session.selected)
    if command.status:
        await watch.tell_numbers()
    return Done("Notifications set" if command.groups else "No notifications")
