"""People whom somebody else knows, and their passwords."""

from collections.abc import AsyncIterator
from typing import Protocol

import msgspec


class PeopleSource(msgspec.Struct, frozen=True, kw_only=True):
    """Who is asked, and how."""

    servers: tuple[str, ...]
    """URLs, in the order in which they are asked."""
    start_tls: bool = True
    ca_file: str = ""
    """Empty: the system's."""
    bind_name: str = ""
    bind_password: str = ""
    base: str
    filter: str
    """Of the entry of one mailbox: ``%u`` stands for its address, ``%n`` and ``%d`` for the parts of it."""

    def __repr__(self) -> str:
        """A password never reaches a log by accident."""
        return f"PeopleSource(servers={self.servers!r}, base={self.base!r})"


class PeopleFields(msgspec.Struct, frozen=True, kw_only=True):
    """Who is wanted, and in which attributes it is said who that is."""

    filter: str
    """``%d`` stands for the domain."""
    address: str
    display_name: str
    aliases: str = ""
    """Empty: nobody has any."""


class OutsidePerson(msgspec.Struct, frozen=True):
    """Somebody they know."""

    name: str
    """As they call the entry."""
    addresses: tuple[str, ...]
    """The first one is the mailbox."""
    display_name: str = ""
    aliases: tuple[str, ...] = ()


class OutsidePeople(Protocol):
    """All verbs have a budget of time and raise Unavailable: nobody answers, or who cannot be trusted, or it is set wrongly."""

    async def verify(self, source: PeopleSource, address: str, password: str) -> bool:
        """Whether this is the password of whoever has the address; who is not found, or found twice, has none."""
        ...

    async def find(self, source: PeopleSource, address: str) -> list[str]:
        """What they call the entries of an address; two where there are more than one."""
        ...

    def everybody(self, source: PeopleSource, domain: str, fields: PeopleFields) -> AsyncIterator[OutsidePerson]:
        """Everybody who is wanted, a page at a time."""
        ...
