"""What rights mean for flags and for the question whether a mailbox can be changed at all (RFC 4314 §4, §5.2)."""

from typing import Final

from msgspec.structs import replace

from posthouse.foundation.errors import NotPermitted
from posthouse.model.delivery import Append
from posthouse.model.mailbox import Flag, FlagChange, FlagOperation
from posthouse.model.sharing.rights import Right

ALL_FLAGS: Final = Flag.SEEN | Flag.ANSWERED | Flag.FLAGGED | Flag.DELETED | Flag.DRAFT
FLAG_RIGHTS: Final = Right.SEEN | Right.WRITE | Right.DELETE_MESSAGES
CHANGING: Final = FLAG_RIGHTS | Right.INSERT | Right.EXPUNGE
"""Who has none of these has the mailbox for reading only."""
MYRIGHTS: Final = Right.LOOKUP | Right.READ | Right.INSERT | Right.CREATE | Right.DELETE_MAILBOX | Right.ADMINISTER
"""Who has one of these may know their rights."""


def settable(rights: Right) -> Flag:
    """System flags that may be set and removed; keywords go with ``WRITE``."""
    flags = Flag.NONE
    if rights & Right.SEEN:
        flags |= Flag.SEEN
    if rights & Right.DELETE_MESSAGES:
        flags |= Flag.DELETED
    if rights & Right.WRITE:
        flags |= Flag.ANSWERED | Flag.FLAGGED | Flag.DRAFT
    return flags


def permitted_change(change: FlagChange, rights: Right) -> FlagChange:
    """The part of a change that the rights allow: the rest is passed over, since programs take no NO here (RFC 4314 §4).

    Raises: NotPermitted where nothing of it is allowed.
    """
    allowed = settable(rights)
    has_keywords = bool(rights & Right.WRITE)
    keywords = change.keywords if has_keywords else ()
    if change.operation is FlagOperation.REPLACE:
        if not rights & FLAG_RIGHTS:
            raise NotPermitted("you may not change flags here")
        kept = change.preserved | (ALL_FLAGS & ~allowed)
        return replace(
            change,
            flags=change.flags & allowed,
            keywords=keywords,
            preserved=kept,
            preserves_keywords=change.preserves_keywords or not has_keywords,
        )
    if (change.flags or change.keywords) and not (change.flags & allowed or keywords):
        raise NotPermitted("you may not change these flags here")
    return replace(change, flags=change.flags & allowed, keywords=keywords)


def permitted_append(append: Append, rights: Right) -> Append:
    """The message with the flags that the rights allow (RFC 4314 §4: the others are left out)."""
    keywords = append.keywords if rights & Right.WRITE else ()
    return replace(append, flags=append.flags & settable(rights), keywords=keywords)
