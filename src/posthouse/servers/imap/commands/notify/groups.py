"""Which group a mailbox falls into: the first that means it (RFC 5465 §6)."""

from collections.abc import Collection, Iterable, Sequence

from posthouse.model.mailbox import INBOX, SEPARATOR
from posthouse.protocols.imap.commands.notify.command import SELECTED_FILTERS, EventGroup, Filter


class Groups:
    """The groups of one NOTIFY. Mailboxes are one's own; ``INBOXES`` are all of them, since a filter may deliver anywhere."""

    __slots__ = ("_others", "selected")

    def __init__(self, groups: Iterable[EventGroup] = ()) -> None:
        groups = tuple(groups)
        self.selected = next((group for group in groups if group.filter in SELECTED_FILTERS), None)
        """What is wanted of the selected mailbox; None: nothing."""
        self._others = [
            (group, frozenset(map(_canonical, group.names))) for group in groups if group.filter not in SELECTED_FILTERS
        ]

    def __bool__(self) -> bool:
        """Whether anything is wanted of mailboxes that are not selected."""
        return any(group.events for group, _ in self._others)

    def events_of(self, name: str, subscriptions: Collection[str]) -> Sequence[str]:
        """What is wanted of a mailbox."""
        return next((group.events for group, names in self._others if _means(group, names, name, subscriptions)), ())


def _means(group: EventGroup, names: frozenset[str], name: str, subscriptions: Collection[str]) -> bool:
    if group.filter in (Filter.PERSONAL, Filter.INBOXES):
        return True
    if group.filter is Filter.SUBSCRIBED:
        return name in subscriptions
    return name in names or (group.filter is Filter.SUBTREE and not names.isdisjoint(_levels_above(name)))


def _levels_above(name: str) -> Iterable[str]:
    levels = name.split(SEPARATOR)
    return (SEPARATOR.join(levels[:count]) for count in range(1, len(levels)))


def _canonical(name: str) -> str:
    """A name without the separator some programs put behind it; INBOX in capitals."""
    name = name.removesuffix(SEPARATOR)
    return INBOX if name.upper() == INBOX else name
