"""Namespaces (RFC 2342): one's own mailboxes have no prefix, those of others begin with a word and the owner's address.

``Other Users/alice@example.test/INBOX`` is one rule for every mailbox: what the owner calls it, behind the owner's name. The level
of the owner is never a mailbox itself; programs remember which levels can be opened, while rights on INBOX come and go. A name
belongs to others only where its second level has an ``@``: a folder ``Shared/2024`` of one's own stays one's own.
"""

from typing import Final, NamedTuple

from posthouse.model.account import Account, OwnerKind
from posthouse.model.mailbox import SEPARATOR

OTHER_USERS: Final = "Other Users"
"""People."""
SHARED: Final = "Shared"
"""Accounts that belong to nobody alone: shared, group, resource."""
TOPS: Final = (OTHER_USERS, SHARED)


class Foreign(NamedTuple):
    """A name in a namespace of others, taken apart."""

    top: str
    address: str
    name: str
    """As the owner knows it; empty for the level of the owner."""


def foreign(name: str) -> Foreign | None:
    """Take a name apart; None for one's own."""
    top, _, rest = name.partition(SEPARATOR)
    if top not in TOPS:
        return None
    address, _, inner = rest.partition(SEPARATOR)
    return Foreign(top, address, inner) if "@" in address else None


def top_of(account: Account) -> str:
    """The namespace of an account's mailboxes."""
    return OTHER_USERS if account.kind is OwnerKind.PERSON else SHARED


def level_of(account: Account) -> str:
    """The level under which an account's mailboxes are."""
    return top_of(account) + SEPARATOR + account.address
