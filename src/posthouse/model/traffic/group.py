"""Groups: an address that stands for many, who may write to it, and what it carries for its members (B9)."""

import enum

import msgspec

from posthouse.foundation.ids import AccountId


class Posting(enum.StrEnum):
    """Who may write to a group; ``Group.posters`` always may."""

    ALL = "all"
    DOMAIN = "domain"
    """Addresses of the same domain."""
    LOCAL = "local"
    """Addresses of this house."""
    AUTHENTICATED = "authenticated"
    """Whoever is signed in."""
    MEMBERS = "members"
    NAMED = "named"
    """``Group.posters`` alone."""


class Group(msgspec.Struct, frozen=True):
    """What an account of kind group has beyond an account: that has its address, and its copies."""

    id: AccountId
    """Its account's."""
    members: tuple[str, ...] = ()
    """Addresses as written, of people, of other groups, of outsiders; ``*@example.org`` and other patterns stand for ours."""
    posting: Posting = Posting.LOCAL
    posters: tuple[str, ...] = ()
    """Patterns of addresses (``filters.access``)."""
    keeps_copy: bool = False
    """What it distributes is kept in its own mailbox too, which members may be given rights on."""
    personal: bool = False
    """To names each member alone."""
    precedence: int = 0
    """Whoever is in several groups gets the settings of the one with the highest number."""

    @property
    def lookup(self) -> tuple[str, ...]:
        """What its members are found by, beside their own addresses: ``*@example.org`` for each pattern in a domain."""
        return tuple(f"*@{member.rpartition('@')[2]}" for member in self.members if "*" in member)
