"""Aliases: addresses that stand for others, our own or foreign."""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from posthouse.formats.address.key import address_key, domain_key
from posthouse.formats.address.mailbox import InvalidMailbox, parse_mailbox
from posthouse.formats.address.value import Address
from posthouse.foundation.errors import Invalid, LimitReached, NotFound
from posthouse.model.account import Alias
from posthouse.model.principal import Principal
from posthouse.model.role import Act
from posthouse.ports.directory import Directory
from posthouse.services.administer.finding import aliases_page, all_aliases, permitted_domain
from posthouse.services.administer.parts import Administration
from posthouse.services.administer.rules.names import new_address, read_address, written
from posthouse.services.audit.recording import About

TARGETS = 1_000
"""Addresses one alias may have; more people are a list or a group."""


class Aliases:
    """The verbs; all raise Unavailable, and NotPermitted for whoever does not administer the domain."""

    def __init__(self, parts: Administration) -> None:
        self._parts = parts

    async def add(self, principal: Principal, address: str, targets: Sequence[str]) -> Alias:
        """Make an alias.

        Raises: Invalid (an address, or a loop); AlreadyExists (the address, in any form); NotFound (its domain, or our target).
        """
        new = await new_address(self._parts.settings, address)
        domain = await permitted_domain(self._parts.directory, principal, Act.ALIAS_CHANGE, new.domain)
        alias = Alias(address_key(new), written(new), domain.key, await self._targets(targets), self._parts.clock.now())
        await self._check_targets(alias)
        async with self._parts.recorded(principal, Act.ALIAS_CHANGE, _about(alias), after=alias):
            await self._parts.directory.put_alias(alias)
        return alias

    async def all(self, principal: Principal, domain: str | None = None) -> list[Alias]:
        """Aliases by address, of one domain or of all that the principal administers. Raises: Invalid, NotFound (the domain)."""
        directory = self._parts.directory
        if domain is not None:
            return await all_aliases(directory, (await permitted_domain(directory, principal, Act.ALIAS_LOOK, domain)).key)
        principal.require_some(Act.ALIAS_LOOK)
        if principal.is_everywhere:
            return await all_aliases(directory, None)
        return [alias for key in sorted(principal.reach) if "@" not in key for alias in await all_aliases(directory, key)]

    async def page(self, principal: Principal, domain: str | None, after: str, limit: int) -> list[Alias]:
        """The next aliases by key above ``after``, as ``all``. Raises: Invalid, NotFound (the domain)."""
        directory = self._parts.directory
        key = None if domain is None else (await permitted_domain(directory, principal, Act.ALIAS_LOOK, domain)).key
        return await aliases_page(directory, principal, key, after, limit)

    async def get(self, principal: Principal, address: str) -> Alias:
        """One alias. Raises: Invalid, NotFound."""
        return await self._permitted(principal, Act.ALIAS_LOOK, address)

    async def _permitted(self, principal: Principal, act: Act, address: str) -> Alias:
        parsed = read_address(address)
        principal.require_in(act, domain_key(parsed.domain))
        alias = await self._parts.directory.alias(address_key(parsed))
        if alias is None:
            raise NotFound(f"there is no alias {address}")
        principal.require_in(act, alias.domain)  # it may have been named in a domain that stands for another
        return alias

    async def _targets(self, texts: Sequence[str]) -> tuple[str, ...]:
        """The targets; one in a domain that stands for another is kept as the address it means."""
        found: dict[str, None] = {}
        for text in read_targets(texts):
            address = parse_mailbox(text)
            domain = await self._parts.directory.domain(domain_key(address.domain))
            own = domain is not None and domain.stands_for
            found.setdefault(written(address._replace(domain=own)) if own else text)
        return tuple(found)

    async def change(self, principal: Principal, address: str, targets: Sequence[str]) -> Alias:
        """Give an alias other targets. Raises: Invalid, NotFound."""
        before = await self._permitted(principal, Act.ALIAS_CHANGE, address)
        alias = msgspec.structs.replace(before, targets=await self._targets(targets))
        await self._check_targets(alias)
        async with self._parts.recorded(principal, Act.ALIAS_CHANGE, _about(alias), before=before, after=alias):
            await self._parts.directory.put_alias(alias, replace=True)
        return alias

    async def remove(self, principal: Principal, address: str) -> None:
        """Remove an alias. Raises: Invalid, NotFound."""
        alias = await self._permitted(principal, Act.ALIAS_CHANGE, address)
        async with self._parts.recorded(principal, Act.ALIAS_CHANGE, _about(alias), before=alias):
            await self._parts.directory.remove_alias(alias.key)

    async def _check_targets(self, alias: Alias) -> None:
        """Each target of ours exists, and no way leads back to the alias itself."""
        for target in alias.targets:
            await self._check_exists(target, alias.key)
        waiting = deque(alias.targets)
        seen: set[str] = set()
        while waiting:
            key = address_key(parse_mailbox(waiting.popleft()))
            if key == alias.key:
                raise Invalid(f"{alias.address} would lead back to itself")
            if key not in seen:
                seen.add(key)
                following = await self._parts.directory.alias(key)
                waiting.extend(following.targets if following is not None else ())
            if len(seen) > TARGETS:
                raise LimitReached(f"{alias.address} would lead to more than {TARGETS} addresses")

    async def _check_exists(self, target: str, own_key: str) -> None:
        address = parse_mailbox(target)
        directory = self._parts.directory
        if await directory.domain(domain_key(address.domain)) is None:
            return
        base, plus, _ = address.local_part.partition("+")
        spellings = [address, Address(base, address.domain)] if plus and base else [address]
        for key in map(address_key, spellings):
            if key == own_key or await directory.account_at(key) is not None or await directory.alias(key) is not None:
                return
        raise NotFound(f"there is no address {target} here: make it first")


async def retarget(directory: Directory, aliases: Iterable[Alias], replacements: Mapping[str, Sequence[str]]) -> None:
    """Put other targets in the place of some; an alias without any target left is removed."""
    replaced = {address_key(parse_mailbox(old)): tuple(new) for old, new in replacements.items()}
    for alias in aliases:
        targets: list[str] = []
        for target in alias.targets:
            targets += replaced.get(address_key(parse_mailbox(target)), (target,))
        if targets:
            changed = msgspec.structs.replace(alias, targets=tuple(dict.fromkeys(targets)))
            await directory.put_alias(changed, replace=True)
        else:
            await directory.remove_alias(alias.key)


def _about(alias: Alias) -> About:
    return About(alias.key, alias.domain)


def read_targets(texts: Sequence[str], most: int = TARGETS) -> tuple[str, ...]:
    """Addresses as somebody wrote them, each once. Raises: Invalid."""
    if not texts:
        raise Invalid("there is no address where mail shall go: at least one is needed")
    if len(texts) > most:
        raise Invalid(f"mail goes to at most {most} addresses; more people are a list or a group")
    found: dict[str, str] = {}
    for text in texts:
        try:
            address = parse_mailbox(text.strip())
            found.setdefault(address_key(address), written(address))
        except (InvalidMailbox, ValueError) as error:
            raise Invalid(f"{text!r} is no mail address: {error}") from error
    return tuple(found.values())
