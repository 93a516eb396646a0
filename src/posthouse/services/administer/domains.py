"""Domains of this service."""

from typing import Any

import msgspec

from posthouse.formats.address.key import domain_key
from posthouse.foundation.errors import Invalid
from posthouse.foundation.units import parse_octets
from posthouse.model.account import Domain
from posthouse.model.principal import Principal
from posthouse.model.role import Act
from posthouse.model.settings import AUTH_APP_PASSWORDS_ONLY, DKIM_SIGN, PASSWORD_POLICY, QUOTA_OCTETS
from posthouse.services.administer.audit.recording import about_domain
from posthouse.services.administer.finding import all_accounts, all_aliases, permitted_domain
from posthouse.services.administer.parts import Administration
from posthouse.services.administer.publishing.keys import DomainKeys
from posthouse.services.administer.rules.names import read_domain
from posthouse.services.settings import declared, require_setting


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
    """The verbs; all raise Unavailable, and NotPermitted for whoever does not administer the domain."""

    def __init__(self, parts: Administration) -> None:
        self._parts = parts

    async def add(self, principal: Principal, name: str) -> Domain:
        """Take responsibility for a domain; it gets keys to sign its mail with. Raises: Invalid, AlreadyExists."""
        principal.require(Act.DOMAIN_ADD)
        written = read_domain(name)
        domain = Domain(domain_key(written), written, created_at=self._parts.clock.now())
        async with self._parts.recorded(principal, Act.DOMAIN_ADD, about_domain(domain), after=domain):
            await self._parts.directory.add_domain(domain)
            if self._parts.settings[DKIM_SIGN]:
                await DomainKeys(self._parts).begin(domain)
        return domain

    async def all(self, principal: Principal) -> list[Domain]:
        """The domains by key that the principal administers."""
        principal.require_some(Act.DOMAIN_LOOK)
        directory = self._parts.directory
        if principal.is_everywhere:
            return await directory.domains()
        found = [await directory.domain(key) for key in sorted(principal.reach) if "@" not in key]
        return [domain for domain in found if domain is not None]

    async def report(self, principal: Principal, name: str) -> DomainReport:
        """One domain. Raises: Invalid, NotFound."""
        directory = self._parts.directory
        domain = await permitted_domain(directory, principal, Act.DOMAIN_LOOK, name)
        accounts = await all_accounts(directory, domain.key)
        aliases = await all_aliases(directory, domain.key)
        settings = await directory.settings(f"domain:{domain.key}")
        return DomainReport(
            domain, len(accounts), len(aliases), {key: msgspec.json.decode(value) for key, value in settings.items()}
        )

    async def change(self, principal: Principal, name: str, changes: DomainChanges) -> None:
        """Change what is given; the mailboxes that exist keep their quota. Raises: Invalid, NotFound."""
        domain = await permitted_domain(self._parts.directory, principal, Act.DOMAIN_CHANGE, name)
        given: dict[str, Any] = {
            QUOTA_OCTETS.key: None if changes.quota is None else _octets(changes.quota),
            AUTH_APP_PASSWORDS_ONLY.key: changes.app_passwords_only,
            PASSWORD_POLICY.key: changes.password_policy,
        }
        wanted = {key: value for key, value in given.items() if value is not None}
        for key in wanted:
            require_setting(principal, declared(key), domain.key)
        scope = f"domain:{domain.key}"
        stored = await self._parts.directory.settings(scope)
        before = {key: msgspec.json.decode(value) for key, value in stored.items() if key in wanted}
        async with self._parts.recorded(principal, Act.DOMAIN_CHANGE, about_domain(domain), before=before, after=wanted):
            for key, value in wanted.items():
                await self._parts.directory.put_setting(scope, key, msgspec.json.encode(value))

    async def rename(self, principal: Principal, name: str, new_name: str) -> Domain:
        """Rename a domain with all its addresses, in one transaction. Raises: Invalid, NotFound, AlreadyExists."""
        principal.require(Act.DOMAIN_RENAME)
        domain = await permitted_domain(self._parts.directory, principal, Act.DOMAIN_RENAME, name)
        written = read_domain(new_name)
        renamed = msgspec.structs.replace(domain, key=domain_key(written), name=written)
        async with self._parts.recorded(principal, Act.DOMAIN_RENAME, about_domain(domain), before=domain, after=renamed):
            await self._parts.directory.rename_domain(domain.key, renamed)
        return renamed

    async def remove(self, principal: Principal, name: str) -> None:
        """Give up a domain that has nothing left. Raises: Invalid, NotFound, Refused."""
        principal.require(Act.DOMAIN_REMOVE)
        domain = await permitted_domain(self._parts.directory, principal, Act.DOMAIN_REMOVE, name)
        async with self._parts.recorded(principal, Act.DOMAIN_REMOVE, about_domain(domain), before=domain):
            await self._parts.directory.remove_domain(domain.key)


def _octets(text: str) -> int:
    try:
        return parse_octets(text)
    except ValueError as error:
        raise Invalid(str(error)) from error
