"""What happened to one's mailboxes between two looks, in the responses of RFC 5465 §5.

Two looks are compared: however much happened in between, each mailbox is told of once.
"""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from posthouse.foundation.ids import MailboxId
from posthouse.model.mailbox import SEPARATOR, Mailbox
from posthouse.protocols.imap.commands.notify.command import FLAG_CHANGE, MAILBOX_NAME, MESSAGE_NEW, SUBSCRIPTION_CHANGE
from posthouse.protocols.imap.responses import mailbox as response
from posthouse.servers.imap.commands.notify.groups import Groups

_SEPARATOR: Final = SEPARATOR.encode()


class Look(NamedTuple):
    """All mailboxes and subscriptions, as of one moment."""

    mailboxes: dict[MailboxId, Mailbox]
    subscriptions: frozenset[str]


NOTHING: Final = Look({}, frozenset())


class Teller:
    """Writes news for one client."""

    __slots__ = ("_groups", "_selected", "_utf8")

    def __init__(self, groups: Groups, selected: MailboxId | None, *, utf8: bool) -> None:
        self._groups = groups
        self._selected = selected
        """Its messages are told of by themselves."""
        self._utf8 = utf8

    def numbers(self, now: Look) -> Iterator[bytes]:
        """STATUS of every mailbox of which messages are wanted."""
        for mailbox in now.mailboxes.values():
            yield self._numbers(None, mailbox, self._groups.events_of(mailbox.name, now.subscriptions))

    def news(self, before: Look, now: Look) -> Iterator[bytes]:
        """Everything that is different."""
        yield from self._gone(before, now)
        for mailbox_id, mailbox in now.mailboxes.items():
            known = before.mailboxes.get(mailbox_id)
            if known == mailbox:
                continue
            events = self._groups.events_of(mailbox.name, now.subscriptions)
            if known is None or known.name != mailbox.name:
                yield self._named(known, mailbox, events, before, now)
            yield self._numbers(known, mailbox, events)
        yield from self._subscriptions(before, now)

    def _gone(self, before: Look, now: Look) -> Iterator[bytes]:
        for mailbox_id, mailbox in before.mailboxes.items():
            is_gone = mailbox_id not in now.mailboxes
            if is_gone and MAILBOX_NAME in self._groups.events_of(mailbox.name, before.subscriptions):
                yield self._listed([response.NON_EXISTENT], mailbox.name)

    def _named(self, known: Mailbox | None, mailbox: Mailbox, events: Sequence[str], before: Look, now: Look) -> bytes:
        """A new name, with the old one where there was one (§5.4)."""
        attributes = [response.SUBSCRIBED] if mailbox.name in now.subscriptions else []
        if known is None:
            return self._listed(attributes, mailbox.name) if MAILBOX_NAME in events else b""
        if MAILBOX_NAME not in events and MAILBOX_NAME not in self._groups.events_of(known.name, before.subscriptions):
            return b""
        return self._listed(attributes, mailbox.name, response.old_name(known.name, utf8=self._utf8))

    def _numbers(self, known: Mailbox | None, mailbox: Mailbox, events: Sequence[str]) -> bytes:
        """STATUS, where one of the numbers that are wanted is another one now (§5.1-3)."""
        if MESSAGE_NEW not in events or mailbox.id == self._selected:
            return b""
        values = _values(mailbox, events)
        if known is not None and values == _values(known, events):
            return b""
        return response.status(mailbox.name, [(name, b"%d" % value) for name, value in values], utf8=self._utf8)

    def _subscriptions(self, before: Look, now: Look) -> Iterator[bytes]:
        changed = before.subscriptions ^ now.subscriptions
        names = {mailbox.name for mailbox in now.mailboxes.values()} if changed else ()
        for name in sorted(changed):
            if SUBSCRIPTION_CHANGE in self._groups.events_of(name, before.subscriptions | now.subscriptions):
                attributes = [response.SUBSCRIBED] if name in now.subscriptions else []
                yield self._listed(attributes if name in names else [*attributes, response.NON_EXISTENT], name)

    def _listed(self, attributes: list[bytes], name: str, extended: bytes = b"") -> bytes:
        return response.list_(attributes, _SEPARATOR, name, utf8=self._utf8, extended=extended)


def _values(mailbox: Mailbox, events: Sequence[str]) -> list[tuple[bytes, int]]:
    values = [(b"MESSAGES", mailbox.messages), (b"UIDNEXT", mailbox.uid_next), (b"UIDVALIDITY", mailbox.uid_validity)]
    if FLAG_CHANGE in events:
        values += [(b"UNSEEN", mailbox.unseen), (b"HIGHESTMODSEQ", mailbox.mod_sequence)]
    return values
