"""Domains of this service."""

from typing import Any

import msgspec

from posthouse.formats.address.key import domain_key
from posthouse.foundation.errors import Invalid
from posthouse.foundation.units import parse_octets
from posthouse.model.account import Domain
from posthouse.model.principal import Principal
from posthouse.model.settings import AUTH_APP_PASSWORDS_ONLY, DKIM_SIGN, PASSWORD_POLICY, QUOTA_OCTETS
from posthouse.services.administer.finding import all_accounts, all_aliases, find_domain
from posthouse.services.administer.parts import Administration
from posthouse.services.administer.publishing.keys import DomainKeys
from posthouse.services.administer.rules.names import read_domain


class DomainReport(msgspec.Struct, frozen=True):
    """A domain and what is in it."""

    domain: Domain
    accounts: int
    aliases: int
    settings: dict[str, Any]
    """What is set for this domain alone."""


class DomainChanges(msgspec.Struct, frozen=True, kw_only=True):
    """What shall be different for a domain; None leaves it as it is."""

    quota: str | None = None
    """Quota of new mailboxes, e.g. ``5GB``."""
    app_passwords_only: bool | None = None
    password_policy: bool | None = None


class Domains:
    """The verbs; all raise Unavailable, and NotPermitted for anybody but an operator."""

    def __init__(self, parts: Administration) -> None:
        self._parts = parts

    async def add(self, principal: Principal, name: str) -> Domain:
        """Take responsibility for a domain; it gets keys to sign its mail with. Raises: Invalid, AlreadyExists."""
        principal.require_operator()
        written = read_domain(name)
        domain = Domain(domain_key(written), written, created_at=self._parts.clock.now())
        await self._parts.directory.add_domain(domain)
        if self._parts.settings[DKIM_SIGN]:
            await DomainKeys(self._parts).begin(domain)
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
        return DomainReport(
            domain, len(accounts), len(aliases), {key: msgspec.json.decode(value) for key, value in settings.items()}
        )

    async def change(self, principal: Principal, name: str, changes: DomainChanges) -> None:
        """Change what is given; the mailboxes that exist keep their quota. Raises: Invalid, NotFound."""
        principal.require_operator()
        domain = await find_domain(self._parts.directory, name)
        wanted = {
            QUOTA_OCTETS.key: None if changes.quota is None else _octets(changes.quota),
            AUTH_APP_PASSWORDS_ONLY.key: changes.app_passwords_only,
            PASSWORD_POLICY.key: changes.password_policy,
        }
        for key, value in wanted.items():
            if value is not None:
                await self._parts.directory.put_setting(f"domain:{domain.key}", key, msgspec.json.encode(value))

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


def _octets(text: str) -> int:
    try:
        return parse_octets(text)
    except ValueError as error:
        raise Invalid(str(error)) from error
