"""The DKIM keys of a domain: made, published, used, retired.

A key signs once it is active. A new key is pending until somebody has published it; when it becomes active, the one of its kind
before it retires, and stays published while mail signed with it may be on its way. The first keys of a domain are active at once:
there is nothing they could break, and mail is signed from the moment the records are in the DNS.
"""

import datetime as dt
from typing import Final

import msgspec

from posthouse.foundation.errors import NotFound, Refused
from posthouse.model.account import Domain
from posthouse.model.domain_key import DomainKey, KeyKind, KeyState
from posthouse.model.principal import Principal
from posthouse.model.role import Act
from posthouse.model.settings.relay import DKIM_RETIRING_DAYS
from posthouse.ports.resolver import Resolver
from posthouse.services.administer.finding import permitted_domain
from posthouse.services.administer.parts import Administration
from posthouse.services.administer.publishing.checking import Found, looked_up
from posthouse.services.administer.publishing.records import key_entry
from posthouse.services.audit.recording import About
from posthouse.trust.dkim.key import key_record
from posthouse.trust.dkim.sign import private_key

_DAY: Final = 86_400
KEYS: Final = 20
"""Keys of one domain."""


class DomainKeys:
    """The verbs; all raise Invalid and NotFound for the domain, Unavailable, and NotPermitted unless one administers it."""

    def __init__(self, parts: Administration) -> None:
        self._parts = parts

    async def all(self, principal: Principal, name: str) -> list[DomainKey]:
        """The keys of a domain, the oldest first."""
        domain = await permitted_domain(self._parts.directory, principal, Act.DOMAIN_LOOK, name)
        return await self._keys(domain)

    async def add(self, principal: Principal, name: str, kind: KeyKind) -> DomainKey:
        """Make one more key, pending. Raises: Refused where there are very many."""
        domain = await permitted_domain(self._parts.directory, principal, Act.DKIM_CHANGE, name)
        made = await self._made(domain, kind, KeyState.PENDING)
        await self._put(principal, domain.key, [made])
        return made

    async def begin(self, domain: Domain) -> list[DomainKey]:
        """Give a new domain its first keys, one of each kind, active at once."""
        made = [await self._made(domain, kind, KeyState.ACTIVE) for kind in KeyKind]
        await self._parts.directory.put_domain_keys(domain.key, made)
        return made

    async def rotate(self, principal: Principal, name: str) -> list[DomainKey]:
        """Make a successor, pending, for each active key that has none yet; returns the pending keys, to be published."""
        domain = await permitted_domain(self._parts.directory, principal, Act.DKIM_CHANGE, name)
        keys = await self._keys(domain)
        waiting = {key.kind for key in keys if key.state is KeyState.PENDING}
        kinds = {key.kind for key in keys if key.state is KeyState.ACTIVE} or set(KeyKind)
        made = [await self._made(domain, kind, KeyState.PENDING) for kind in KeyKind if kind in kinds - waiting]
        await self._put(principal, domain.key, made)
        return [key for key in await self._keys(domain) if key.state is KeyState.PENDING]

    async def activate(self, principal: Principal, name: str, selector: str, resolver: Resolver | None) -> list[DomainKey]:
        """Sign with pending keys (one, or all where the selector is empty) from now on; those before them retire.

        With a resolver each has to be published already. Returns the keys that have changed.
        Raises: NotFound (no such key, or none is pending); Refused (not published).
        """
        domain = await permitted_domain(self._parts.directory, principal, Act.DKIM_CHANGE, name)
        keys = await self._keys(domain)
        chosen = [key for key in keys if key.state is KeyState.PENDING and selector.lower() in {"", key.selector}]
        if not chosen:
            raise NotFound(f"{domain.name} has no pending key {selector}".rstrip())
        if resolver is not None:
            for key in chosen:
                await _require_published(key, resolver)
        kinds = {key.kind for key in chosen}
        before = [key for key in keys if key.state is KeyState.ACTIVE and key.kind in kinds]
        changed = [self._in_state(key, KeyState.ACTIVE) for key in chosen]
        changed += [self._in_state(key, KeyState.RETIRING) for key in before]
        await self._put(principal, domain.key, changed)
        return changed

    async def retire(self, principal: Principal, name: str, selector: str) -> DomainKey:
        """Sign with a key no more; it stays published for a while. Raises: NotFound; Refused unless it is active."""
        key = await self._key(principal, name, selector)
        if key.state is not KeyState.ACTIVE:
            raise Refused(f"the key {selector} is {key.state}: only an active key can retire")
        retired = self._in_state(key, KeyState.RETIRING)
        await self._put(principal, key.domain, [retired])
        return retired

    async def remove(self, principal: Principal, name: str, selector: str, *, early: bool = False) -> DomainKey:
        """Forget a key for ever.

        Raises: NotFound; Refused while it signs, or (unless ``early``) has not been retiring for long enough.
        """
        key = await self._key(principal, name, selector)
        if key.state is KeyState.ACTIVE:
            raise Refused(f"the key {selector} signs: activate another or retire it first")
        until = key.changed_at + self._parts.settings[DKIM_RETIRING_DAYS] * _DAY
        if key.state is KeyState.RETIRING and not early and self._parts.clock.now() < until:
            day = dt.datetime.fromtimestamp(until, dt.UTC).date()
            raise Refused(f"mail signed with {selector} may still be on its way: keep it until {day}, or use --early")
        async with self._parts.recorded(principal, Act.DKIM_CHANGE, About(key.domain, key.domain), before=_told([key])):
            await self._parts.directory.remove_domain_key(key.domain, key.selector)
        return key

    async def _put(self, principal: Principal, domain: str, keys: list[DomainKey]) -> None:
        if keys:
            async with self._parts.recorded(principal, Act.DKIM_CHANGE, About(domain, domain), after=_told(keys)):
                await self._parts.directory.put_domain_keys(domain, keys)

    async def _keys(self, domain: Domain) -> list[DomainKey]:
        found = await self._parts.directory.domain_keys(domain.key)
        return sorted(found, key=lambda key: (key.created_at, key.selector))

    async def _key(self, principal: Principal, name: str, selector: str) -> DomainKey:
        domain = await permitted_domain(self._parts.directory, principal, Act.DKIM_CHANGE, name)
        for key in await self._keys(domain):
            if key.selector == selector.lower():
                return key
        raise NotFound(f"{domain.name} has no key {selector}")

    async def _made(self, domain: Domain, kind: KeyKind, state: KeyState) -> DomainKey:
        known = await self._keys(domain)
        if len(known) >= KEYS:
            raise Refused(f"{domain.name} has {KEYS} keys: remove old ones")
        octets = await self._parts.vault.make_signing_key(kind)
        now = self._parts.clock.now()
        return DomainKey(
            domain=domain.key,
            selector=_selector(kind, now, self._parts.entropy.octets(2)),
            kind=kind,
            state=state,
            record=key_record(private_key(octets).public_key()),
            sealed=self._parts.vault.seal(octets),
            created_at=now,
            changed_at=now,
        )

    def _in_state(self, key: DomainKey, state: KeyState) -> DomainKey:
        return msgspec.structs.replace(key, state=state, changed_at=self._parts.clock.now())


def _told(keys: list[DomainKey]) -> list[dict[str, str]]:
    return [{"selector": key.selector, "kind": key.kind, "state": key.state} for key in keys]


def _selector(kind: KeyKind, now: float, chance: bytes) -> str:
    """A selector that tells a person when and what: ``r20261125-3f9a``. It is not used again, not even after a removal."""
    day = dt.datetime.fromtimestamp(now, dt.UTC).strftime("%Y%m%d")
    return f"{kind[0]}{day}-{chance.hex()}"


async def _require_published(key: DomainKey, resolver: Resolver) -> None:
    entry = key_entry(key)
    outcome = await looked_up(entry, resolver)
    if outcome.found is not Found.YES:
        raise Refused(f"{entry.name} is not in the DNS as it has to be ({outcome.found}): publish it first, or use --unchecked")
