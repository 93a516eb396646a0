"""Domains of this service."""

from typing import Any, TypeVar

import msgspec

from posthouse.formats.address.key import domain_key
from posthouse.foundation.errors import Invalid
from posthouse.foundation.units import parse_octets
from posthouse.model.account import Domain, Service, Status
from posthouse.model.people.domain_rules import Branding, DomainLimits, DomainTotals
from posthouse.model.principal import Principal
from posthouse.model.role import Act
from posthouse.model.settings.people import QUOTA_OCTETS
from posthouse.model.settings.relay import DKIM_SIGN
from posthouse.model.settings.signing_in import AUTH_APP_PASSWORDS_ONLY, PASSWORD_POLICY
from posthouse.services.administer.finding import find_domain, permitted_domain
from posthouse.services.administer.parts import Administration
from posthouse.services.administer.publishing.keys import DomainKeys
from posthouse.services.administer.rules import branding
from posthouse.services.administer.rules.folders import language
from posthouse.services.administer.rules.names import read_domain
from posthouse.services.audit.recording import about_domain, told
from posthouse.services.settings import declared, require_setting

T = TypeVar("T")


class DomainReport(msgspec.Struct, frozen=True):
    """A domain and what is in it."""

    domain: Domain
    accounts: int
    aliases: int
    settings: dict[str, Any]
    """What is set for this domain alone."""
    totals: DomainTotals = DomainTotals()
    stood_for_by: tuple[str, ...] = ()
    """Domains whose addresses are those of this one."""


class DomainChanges(msgspec.Struct, frozen=True, kw_only=True):
    """What shall be different for a domain; None leaves it as it is."""

    quota: str | None = None
    """Quota of new mailboxes, e.g. ``5GB``."""
    app_passwords_only: bool | None = None
    password_policy: bool | None = None
    stands_for: str | None = None
    """The domain whose addresses its own are; empty: none any more."""
    mailboxes: int | None = None
    """Most mailboxes; 0: no limit, here and below."""
    total_quota_octets: int | None = None
    largest_quota_octets: int | None = None
    refused_services: tuple[Service, ...] | None = None
    language: str | None = None
    """Empty: English."""
    title: str | None = None
    footer: str | None = None
    color: str | None = None
    logo_url: str | None = None
    logo: bytes | None = None
    """A picture of PNG, JPEG or GIF; empty: none."""


class Domains:
    """The verbs; all raise Unavailable, and NotPermitted for whoever does not administer the domain."""

    def __init__(self, parts: Administration) -> None:
        self._parts = parts

    async def add(self, principal: Principal, name: str, stands_for: str = "") -> Domain:
        """Take responsibility for a domain; it gets keys to sign its mail with.

        ``stands_for`` names another domain of ours, whose addresses its own shall be.
        Raises: Invalid, AlreadyExists; NotFound and Refused (the other domain).
        """
        principal.require(Act.DOMAIN_ADD)
        written = read_domain(name)
        other = (await find_domain(self._parts.directory, stands_for)).key if stands_for else ""
        domain = Domain(domain_key(written), written, created_at=self._parts.clock.now(), stands_for=other)
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
        totals = await directory.totals(domain.key)
        stored = await directory.settings(f"domain:{domain.key}")
        settings = {key: msgspec.json.decode(value) for key, value in stored.items()}
        others = tuple(other.name for other in await directory.domains() if other.stands_for == domain.key)
        return DomainReport(domain, totals.mailboxes, totals.aliases, settings, totals, others)

    async def change(self, principal: Principal, name: str, changes: DomainChanges) -> None:
        """Change what is given; the mailboxes that exist keep their quota, also above a new limit.

        How much it may have, and which domain it stands for, is not for its own administrators to say.
        Raises: Invalid, NotFound, Refused.
        """
        domain = await permitted_domain(self._parts.directory, principal, Act.DOMAIN_CHANGE, name)
        changed = msgspec.structs.replace(
            domain,
            stands_for=await self._stands_for(domain, changes),
            limits=_limits(domain.limits, changes),
            branding=_branding(domain.branding, changes),
            refused_services=_given(changes.refused_services, domain.refused_services),
            language=domain.language if changes.language is None else changes.language and language(changes.language),
        )
        if (changed.limits, changed.stands_for) != (domain.limits, domain.stands_for):
            principal.require(Act.DOMAIN_LIMIT)
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
        old, new = told(domain) | before, told(changed) | wanted
        async with self._parts.recorded(principal, Act.DOMAIN_CHANGE, about_domain(domain), before=old, after=new):
            if changed != domain:
                await self._parts.directory.replace_domain(changed)
            for key, value in wanted.items():
                await self._parts.directory.put_setting(scope, key, msgspec.json.encode(value))

    async def suspend(self, principal: Principal, name: str) -> Domain:
        """Let the mailboxes of a domain receive, but nobody sign in to them or send; sessions end. Raises: Invalid, NotFound."""
        return await self._set_status(principal, name, Status.SUSPENDED)

    async def resume(self, principal: Principal, name: str) -> Domain:
        """Let a suspended domain be used again. Raises: Invalid, NotFound."""
        return await self._set_status(principal, name, Status.ACTIVE)

    async def _set_status(self, principal: Principal, name: str, status: Status) -> Domain:
        domain = await permitted_domain(self._parts.directory, principal, Act.DOMAIN_LIMIT, name)
        changed = msgspec.structs.replace(domain, status=status)
        async with self._parts.recorded(principal, Act.DOMAIN_LIMIT, about_domain(domain), before=domain, after=changed):
            await self._parts.directory.set_domain_status(domain.key, status)
        return changed

    async def _stands_for(self, domain: Domain, changes: DomainChanges) -> str:
        if not changes.stands_for:
            return domain.stands_for if changes.stands_for is None else ""
        return (await find_domain(self._parts.directory, changes.stands_for)).key

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


def _given(wanted: T | None, before: T) -> T:
    return before if wanted is None else wanted


def _limits(before: DomainLimits, changes: DomainChanges) -> DomainLimits:
    limits = DomainLimits(
        mailboxes=_given(changes.mailboxes, before.mailboxes),
        total_quota_octets=_given(changes.total_quota_octets, before.total_quota_octets),
        largest_quota_octets=_given(changes.largest_quota_octets, before.largest_quota_octets),
    )
    if min(limits.mailboxes, limits.total_quota_octets, limits.largest_quota_octets) < 0:
        raise Invalid("a limit is a number, or 0 for none")
    return limits


def _branding(before: Branding, changes: DomainChanges) -> Branding:
    return Branding(
        title=before.title if changes.title is None else branding.title(changes.title),
        footer=before.footer if changes.footer is None else branding.footer(changes.footer),
        color=before.color if changes.color is None else branding.color(changes.color),
        logo_url=before.logo_url if changes.logo_url is None else branding.logo_url(changes.logo_url),
        logo=before.logo if changes.logo is None else branding.logo(changes.logo),
    )
