"""Questions to the DNS."""

from typing import Protocol

import msgspec

from posthouse.foundation.errors import Unavailable


class NoDns(Unavailable):
    """This machine asks nobody: it has no resolver, and is given none. On an intranet that is how it should be."""


class MailExchanger(msgspec.Struct, frozen=True):
    """One MX record; an empty host is the null MX of RFC 7505."""

    preference: int
    host: str


class Answer(msgspec.Struct, frozen=True):
    """Records as text, and whether the resolver vouches for them (AD bit from a trusted resolver)."""

    records: tuple[str, ...]
    secure: bool = False


class Resolver(Protocol):
    """Every verb has a time budget. Raises: Unavailable (timeout, SERVFAIL); NotFound only from ``query`` (NXDOMAIN)."""

    async def mail_exchangers(self, domain: str) -> list[MailExchanger]:
        """MX records by preference; the domain itself where it has addresses only (RFC 5321 §5.1). Raises: NotFound."""
        ...

    async def addresses(self, host: str) -> list[str]:
        """IPv6 and IPv4 addresses. Raises: NotFound."""
        ...

    async def query(self, name: str, record_type: str) -> Answer:
        """Any question; no records of the type is an empty answer."""
        ...
