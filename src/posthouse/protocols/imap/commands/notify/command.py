"""The command NOTIFY (RFC 5465 §8)."""

import enum
from typing import Final

import msgspec

from posthouse.protocols.imap.commands.fetch import FetchAttribute, fetch_attributes, serialise_fetch_att
from posthouse.protocols.imap.grammar.cursor import Cursor
from posthouse.protocols.imap.grammar.mailbox import mailbox, mailbox_octets

MESSAGE_NEW: Final = "MessageNew"
MESSAGE_EXPUNGE: Final = "MessageExpunge"
FLAG_CHANGE: Final = "FlagChange"
ANNOTATION_CHANGE: Final = "AnnotationChange"
MAILBOX_NAME: Final = "MailboxName"
SUBSCRIPTION_CHANGE: Final = "SubscriptionChange"
MESSAGE_EVENTS: Final = frozenset((MESSAGE_NEW, MESSAGE_EXPUNGE, FLAG_CHANGE, ANNOTATION_CHANGE))
_OTHER_EVENTS: Final = (MAILBOX_NAME, SUBSCRIPTION_CHANGE, "MailboxMetadataChange", "ServerMetadataChange")
_EVENTS: Final = {event.upper().encode(): event for event in (*sorted(MESSAGE_EVENTS), *_OTHER_EVENTS)}


class Filter(enum.Enum):
    """Which mailboxes a group is about."""

    SELECTED = b"SELECTED"
    SELECTED_DELAYED = b"SELECTED-DELAYED"
    """The same; expunges are told only where a command allows it."""
    INBOXES = b"INBOXES"
    PERSONAL = b"PERSONAL"
    SUBSCRIBED = b"SUBSCRIBED"
    SUBTREE = b"SUBTREE"
    MAILBOXES = b"MAILBOXES"


SELECTED_FILTERS: Final = (Filter.SELECTED, Filter.SELECTED_DELAYED)
_NAMING: Final = (Filter.SUBTREE, Filter.MAILBOXES)


class EventGroup(msgspec.Struct, frozen=True):
    """One group: mailboxes and what is wanted of them. Events nobody has defined here are kept as atoms in upper case."""

    filter: Filter
    events: tuple[str, ...] = ()
    """Each once; empty: NONE."""
    names: tuple[str, ...] = ()
    """For SUBTREE and MAILBOXES."""
    attributes: tuple[FetchAttribute, ...] = ()
    """What MessageNew tells of each new message; with SELECTED only."""


class Notify(msgspec.Struct, frozen=True):
    """NOTIFY; without groups it is NOTIFY NONE. ``status``: tell the numbers of all mailboxes meant first."""

    groups: tuple[EventGroup, ...] = ()
    status: bool = False


def notify(cursor: Cursor) -> Notify:
    """``notify = "NOTIFY" SP (notify-set / notify-none)``."""
    cursor.space()
    word = cursor.word("SET or NONE")
    if word == b"NONE":
        return Notify()
    if word != b"SET":
        raise cursor.violation("NOTIFY is followed by SET or NONE")
    cursor.space()
    status = not cursor.peek(b"(")
    if status:
        if cursor.word() != b"STATUS":
            raise cursor.violation("only STATUS may follow NOTIFY SET")
        cursor.space()
    groups = [_event_group(cursor)]
    while cursor.peek(b" ("):
        cursor.space()
        groups.append(_event_group(cursor))
    if sum(group.filter in SELECTED_FILTERS for group in groups) > 1:
        raise cursor.violation("there is one group for the selected mailbox")
    return Notify(tuple(groups), status)


def _event_group(cursor: Cursor) -> EventGroup:
    """``event-group = "(" filter-mailboxes SP events ")"``."""
    cursor.expect(b"(", "an event group is missing")
    word = cursor.word("a mailbox filter")
    try:
        filter_ = Filter(word)
    except ValueError:
        raise cursor.violation("unknown mailbox filter") from None
    cursor.space()
    names: list[str] = []
    if filter_ in _NAMING:
        names = cursor.parenthesised(mailbox) if cursor.peek(b"(") else [mailbox(cursor)]
        cursor.space()
    events, attributes = _events(cursor)
    cursor.expect(b")", "an event group is not closed")
    group = EventGroup(filter_, events, tuple(dict.fromkeys(names)), attributes)
    _check(cursor, group)
    return group


def _events(cursor: Cursor) -> tuple[tuple[str, ...], tuple[FetchAttribute, ...]]:
    """``events = ("(" event *(SP event) ")") / "NONE"``."""
    if not cursor.peek(b"("):
        if cursor.word("a list of events") != b"NONE":
            raise cursor.violation("a list of events, or NONE, is missing")
        return (), ()
    found = cursor.parenthesised(_event)
    attributes = [attribute for _, wanted in found for attribute in wanted]
    return tuple(dict.fromkeys(name for name, _ in found)), tuple(dict.fromkeys(attributes))


def _event(cursor: Cursor) -> tuple[str, tuple[FetchAttribute, ...]]:
    """``message-event / mailbox-event / user-event / event-ext``."""
    word = cursor.word("an event")
    name = _EVENTS.get(word, word.decode())
    if name == MESSAGE_NEW and cursor.peek(b" ("):
        cursor.space()
        return name, fetch_attributes(cursor)
    return name, ()


def _check(cursor: Cursor, group: EventGroup) -> None:
    """Check which events go together (§5, §6.1). Raises: SyntaxViolation."""
    events = set(group.events)
    if (MESSAGE_NEW in events) != (MESSAGE_EXPUNGE in events):
        raise cursor.violation("MessageNew and MessageExpunge go together")
    if events & {FLAG_CHANGE, ANNOTATION_CHANGE} and MESSAGE_NEW not in events:
        raise cursor.violation("changes of messages want MessageNew and MessageExpunge too")
    if group.filter in SELECTED_FILTERS:
        if events & set(_OTHER_EVENTS):
            raise cursor.violation("of the selected mailbox only message events are told")
    elif group.attributes:
        raise cursor.violation("messages are told of in the selected mailbox only")


def serialise_notify(value: Notify, *, utf8: bool) -> bytes:
    """Write the arguments of NOTIFY."""
    if not value.groups:
        return b" NONE"
    groups = b" ".join([_serialise_group(group, utf8=utf8) for group in value.groups])
    return b" SET STATUS " + groups if value.status else b" SET " + groups


def _serialise_group(group: EventGroup, *, utf8: bool) -> bytes:
    words = [group.filter.value]
    if group.names:
        words.append(b"(%b)" % b" ".join([mailbox_octets(name, utf8=utf8) for name in group.names]))
    words.append(b"(%b)" % b" ".join([_serialise_event(name, group) for name in group.events]) if group.events else b"NONE")
    return b"(%b)" % b" ".join(words)


def _serialise_event(name: str, group: EventGroup) -> bytes:
    if name != MESSAGE_NEW or not group.attributes:
        return name.encode("ascii")
    return b"MessageNew (%b)" % b" ".join([serialise_fetch_att(attribute) for attribute in group.attributes])
