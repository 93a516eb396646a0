"""Domains of this service."""

import msgspec

from posthouse.formats.address.key import domain_key
from posthouse.foundation.errors import NotFound
from posthouse.model.account import Account, Alias, Domain
from posthouse.model.principal import Principal
from posthouse.ports.directory import DirectoryReader
from posthouse.services.administer.names import read_domain
from posthouse.services.administer.parts import Administration

PAGE = 1_000


class DomainReport(msgspec.Struct, frozen=True):
    """A domain and what is in it."""

    domain: Domain
    accounts: int
    aliases: int
    settings: dict[str, msgspec.Raw]
    """What is set for this domain alone, as JSON by key."""


class Domains:
    """The verbs; all raise Unavailable, and NotPermitted for anybody but an operator."""

    def __init__(self, parts: Administration) -> None:
        self._parts = parts

    async def add(self, principal: Principal, name: str) -> Domain:
        """Take responsibility for a domain. Raises: Invalid, AlreadyExists."""
        principal.require_operator()
        written = read_domain(name)
        domain = Domain(domain_key(written), written, created_at=self._parts.clock.now())
        await self._parts.directory.add_domain(domain)
        return domain

    async def all(self, principal: Principal) -> list[Domain]:
        """All domains by key."""
        principal.require_operator()
        return await self._parts.directory.domains()

    async def report(self, principal: Principal, name: str) -> DomainReport:
        """One domain. Raises: Invalid, NotFound."""
        principal.require_operator()
        directory = self._parts.directory
        domain = await find_domain(directory, name)
        accounts = await all_accounts(directory, domain.key)
        aliases = await all_aliases(directory, domain.key)
        settings = await directory.settings(f"domain:{domain.key}")
        return DomainReport(domain, len(accounts), len(aliases), {key: msgspec.Raw(value) for key, value in settings.items()})

    async def rename(self, principal: Principal, name: str, new_name: str) -> Domain:
        """Rename a domain with all its addresses, in one transaction. Raises: Invalid, NotFound, AlreadyExists."""
        principal.require_operator()
        domain = await find_domain(self._parts.directory, name)
        written = read_domain(new_name)
        renamed = msgspec.structs.replace(domain, key=domain_key(written), name=written)
        await self._parts.directory.rename_domain(domain.key, renamed)
        return renamed

    async def remove(self, principal: Principal, name: str) -> None:
        """Give up a domain that has nothing left. Raises: Invalid, NotFound, Refused."""
        principal.require_operator()
        domain = await find_domain(self._parts.directory, name)
        await self._parts.directory.remove_domain(domain.key)


async def find_domain(directory: DirectoryReader, name: str) -> Domain:
    """The domain a person named. Raises: Invalid, NotFound."""
    domain = await directory.domain(domain_key(read_domain(name)))
    if domain is None:
        raise NotFound(f"there is no domain {name}")
    return domain


async def all_accounts(directory: DirectoryReader, domain: str | None) -> list[Account]:
    """All accounts by key, of one domain (its key) or of all."""
    found: list[Account] = []
    while page := await directory.accounts(domain, found[-1].key if found else "", PAGE):
        found += page
    return found


async def all_aliases(directory: DirectoryReader, domain: str | None) -> list[Alias]:
    """All aliases by key, of one domain (its key) or of all."""
    found: list[Alias] = []
    while page := await directory.aliases(domain, found[-1].key if found else "", PAGE):
        found += page
    return found
