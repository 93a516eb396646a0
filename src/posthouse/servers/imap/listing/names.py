"""All names that LIST may show: mailboxes, subscriptions, and levels that are there only because something is below them."""

from collections.abc import Iterable

import msgspec

from posthouse.model.mailbox import SEPARATOR, Mailbox


class Name(msgspec.Struct):
    """One name. ``mailbox`` is None where there is no mailbox of this name."""

    name: str
    mailbox: Mailbox | None = None
    is_subscribed: bool = False
    has_children: bool = False
    """There is a mailbox below."""
    has_subscribed_children: bool = False
    has_special_children: bool = False


def names_of(mailboxes: Iterable[Mailbox], subscriptions: Iterable[str], levels: Iterable[str] = ()) -> list[Name]:
    """Gather names, INBOX first and the others in the order of the alphabet; below ``levels`` there are others."""
    found = {mailbox.name: Name(mailbox.name, mailbox) for mailbox in mailboxes}
    for full in levels:
        for level in (full, *_levels_above(full)):
            found.setdefault(level, Name(level)).has_children = True
    for subscribed in subscriptions:
        found.setdefault(subscribed, Name(subscribed)).is_subscribed = True
    for name in list(found.values()):
        for level in _levels_above(name.name):
            above = found.setdefault(level, Name(level))
            above.has_children |= name.mailbox is not None
            above.has_subscribed_children |= name.is_subscribed
            above.has_special_children |= name.mailbox is not None and name.mailbox.special_use is not None
    return sorted(found.values(), key=lambda name: (name.name != "INBOX", name.name))


def _levels_above(name: str) -> Iterable[str]:
    position = name.rfind(SEPARATOR)
    while position > 0:
        yield name[:position]
        position = name.rfind(SEPARATOR, 0, position)
