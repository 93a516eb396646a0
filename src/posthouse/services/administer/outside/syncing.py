"""Mailboxes that follow the people an LDAP server knows: made, renamed, given aliases, suspended; never removed."""

import logging
from collections.abc import AsyncIterator
from functools import partial
from typing import Final

import msgspec

from posthouse.formats.address.key import address_key
from posthouse.foundation.errors import Invalid, NotFound, PosthouseError, Unavailable
from posthouse.model.account import Account, Alias, Domain, Outside, Status
from posthouse.model.principal import SYSTEM, Principal
from posthouse.model.role import Act
from posthouse.model.settings.outside import (
    LDAP_ADDRESS_ATTRIBUTE,
    LDAP_ALIASES_ATTRIBUTE,
    LDAP_NAME_ATTRIBUTE,
    LDAP_PEOPLE_FILTER,
    LDAP_SYNC_HOURS,
)
from posthouse.ports.signing_in.outside_people import OutsidePeople, OutsidePerson, PeopleFields, PeopleSource
from posthouse.services.administer.accounts import AccountChanges, Accounts, NewAccount
from posthouse.services.administer.aliases import Aliases
from posthouse.services.administer.applying.plan import Change, Planned, Step, different
from posthouse.services.administer.finding import all_aliases, permitted_account, permitted_domain
from posthouse.services.administer.outside.comparing import Comparison, WantedMailbox, compare
from posthouse.services.administer.parts import Administration
from posthouse.services.administer.rules.names import read_address, written
from posthouse.services.audit.recording import about_account
from posthouse.services.signing_in.outside_passwords import people_source

SUSPENDED_PART: Final = 5
"""One in so many may be suspended at once; more is more likely a wrong filter than a mass departure."""
NOT_SET: Final = "{} follows no LDAP server: set ldap.servers and ldap.base"
_log = logging.getLogger(__name__)


class Tested(msgspec.Struct, frozen=True):
    """An LDAP server that has answered."""

    servers: list[str]
    entries: list[str]
    """What it calls the mailbox that was asked for; two where there are more than one."""


class Synced(msgspec.Struct, frozen=True):
    """What was planned, and how far it came."""

    steps: list[Step]
    troubles: list[str] = []
    """People for whom nothing is done, and steps that failed, with why."""
    done: int = 0
    refused: str = ""
    """Why nothing was begun."""


class PeopleSync:
    """The verbs; all raise Invalid and NotFound (the domain, or it has no LDAP server), Unavailable, and NotPermitted."""

    def __init__(self, parts: Administration, people: OutsidePeople | None) -> None:
        self._parts = parts
        self._people = people
        self._accounts, self._aliases = Accounts(parts), Aliases(parts)
        self._synced_at: dict[str, float] = {}

    async def test(self, principal: Principal, domain: str, address: str = "") -> Tested:
        """Ask the LDAP server of a domain something, perhaps about one mailbox of it."""
        found = await permitted_domain(self._parts.directory, principal, Act.ACCOUNT_ADD, domain)
        people, source = await self._source(found)
        mailbox = written(read_address(address or f"postmaster@{found.name}"))
        return Tested(list(source.servers), await people.find(source, mailbox))

    async def plan(self, principal: Principal, domain: str) -> Synced:
        """What would be done; nothing is."""
        found = await permitted_domain(self._parts.directory, principal, Act.ACCOUNT_ADD, domain)
        compared = await self._compared(principal, found)
        planned, troubles = await self._planned(principal, found, compared)
        return Synced([each.step for each in planned], troubles, refused=_objection(compared))

    async def sync(self, principal: Principal, domain: str, *, force: bool = False) -> Synced:
        """Do it, each step on its own. More than a fifth of the known mailboxes is suspended only by ``force``."""
        found = await permitted_domain(self._parts.directory, principal, Act.ACCOUNT_ADD, domain)
        compared = await self._compared(principal, found)
        planned, troubles = await self._planned(principal, found, compared)
        steps, done = [each.step for each in planned], 0
        if (objection := _objection(compared)) and not force:
            return Synced(steps, troubles, refused=objection)
        for each in planned:
            try:
                await each.do()
                done += 1
            except Unavailable:
                raise
            except PosthouseError as error:
                troubles.append(f"{each.step.change} {each.step.noun} {each.step.name}: {error}")
        return Synced(steps, troubles, done)

    async def sync_due(self) -> int:
        """Follow the people of all domains that want that now; how many steps that were."""
        done, now = 0, self._parts.clock.now()
        for domain in await self._parts.directory.domains():
            hours = await self._parts.settings.get(LDAP_SYNC_HOURS, domain=domain.key)
            is_due = hours and now >= self._synced_at.get(domain.key, 0.0) + hours * 3_600
            if not is_due or domain.stands_for or await people_source(self._parts.settings, domain.key) is None:
                continue
            self._synced_at[domain.key] = now
            try:
                synced = await self.sync(SYSTEM, domain.name)
            except PosthouseError as error:
                _log.warning("people of %s: %s", domain.key, error)
                continue
            done += synced.done
            for trouble in [synced.refused, *synced.troubles][:20]:
                if trouble:
                    _log.warning("people of %s: %s", domain.key, ascii(trouble))
        return done

    async def _source(self, domain: Domain) -> tuple[OutsidePeople, PeopleSource]:
        source = await people_source(self._parts.settings, domain.key)
        if source is None or self._people is None:
            raise NotFound(NOT_SET.format(domain.name))
        return self._people, source

    async def _everybody(self, domain: Domain) -> AsyncIterator[OutsidePerson]:
        people, source = await self._source(domain)
        settings = self._parts.settings
        fields = PeopleFields(
            filter=await settings.get(LDAP_PEOPLE_FILTER, domain=domain.key),
            address=await settings.get(LDAP_ADDRESS_ATTRIBUTE, domain=domain.key),
            display_name=await settings.get(LDAP_NAME_ATTRIBUTE, domain=domain.key),
            aliases=await settings.get(LDAP_ALIASES_ATTRIBUTE, domain=domain.key),
        )
        async for person in people.everybody(source, domain.key, fields):
            yield person

    async def _compared(self, principal: Principal, domain: Domain) -> Comparison:
        if domain.stands_for:
            raise Invalid(f"{domain.name} stands for {domain.stands_for}: its people are there")
        accounts = await self._accounts.all(principal, domain.name)
        return await compare(self._everybody(domain), domain.key, accounts, await all_aliases(self._parts.directory, domain.key))

    async def _planned(self, principal: Principal, domain: Domain, compared: Comparison) -> tuple[list[Planned], list[str]]:
        led = {alias.key: alias for alias in await all_aliases(self._parts.directory, domain.key)}
        attribute = await self._parts.settings.get(LDAP_ALIASES_ATTRIBUTE, domain=domain.key)
        steps: list[Planned] = []
        troubles = list(compared.troubles)
        aliases: list[Planned] = []
        for wanted in compared.wanted:
            steps += self._mailbox_steps(principal, wanted)
            aliases += self._alias_steps(principal, wanted, led, troubles, follows=bool(attribute))
        for account in compared.gone:
            if account.id != principal.account_id:
                step = Step(Change.CHANGE, "account", account.address, {"status": "active"}, {"status": "suspended"})
                steps.append(Planned(step, partial(self._suspend, principal, account)))
        return [*steps, *aliases], troubles

    def _mailbox_steps(self, principal: Principal, wanted: WantedMailbox) -> list[Planned]:
        account = wanted.account
        if account is None:
            step = Step(Change.CREATE, "account", wanted.address, {}, {"display_name": wanted.display_name})
            return [Planned(step, partial(self._add, principal, wanted))]
        returns = account.outside is Outside.GONE and account.status is Status.SUSPENDED
        standing = {"outside": account.outside.value, "display_name": account.display_name, "status": account.status.value}
        shall = {
            "outside": Outside.KNOWN.value,
            "display_name": wanted.display_name or account.display_name,
            "status": Status.ACTIVE.value if returns else account.status.value,
        }
        before, after = different(standing, shall)
        if not after:
            return []
        return [Planned(Step(Change.CHANGE, "account", account.address, before, after), partial(self._follow, principal, wanted))]

    def _alias_steps(
        self, principal: Principal, wanted: WantedMailbox, led: dict[str, Alias], troubles: list[str], *, follows: bool
    ) -> list[Planned]:
        steps, keys = [], set()
        for address in wanted.aliases:
            text, key = written(address), address_key(address)
            keys.add(key)
            alias = led.get(key)
            if alias is None or alias.former:
                step = Step(Change.CREATE, "alias", text, {}, {"targets": [wanted.address]})
                steps.append(Planned(step, partial(self._aliases.add, principal, text, [wanted.address])))
            elif alias.targets != (wanted.address,):
                troubles.append(f"{wanted.address}: the alias {text} leads to {', '.join(alias.targets)} already")
        for alias in led.values() if follows else ():
            if alias.targets == (wanted.address,) and not alias.former and alias.key not in keys:
                step = Step(Change.REMOVE, "alias", alias.address, {"targets": list(alias.targets)})
                steps.append(Planned(step, partial(self._aliases.remove, principal, alias.address)))
        return steps

    async def _add(self, principal: Principal, wanted: WantedMailbox) -> None:
        account = await self._accounts.add(
            principal, NewAccount(address=wanted.address, password=None, display_name=wanted.display_name)
        )
        await self._mark(principal, Act.ACCOUNT_ADD, account, outside=Outside.KNOWN)

    async def _follow(self, principal: Principal, wanted: WantedMailbox) -> None:
        account = await permitted_account(self._parts, principal, Act.ACCOUNT_CHANGE, wanted.address)
        if wanted.display_name and wanted.display_name != account.display_name:
            account = await self._accounts.change(principal, account.address, AccountChanges(display_name=wanted.display_name))
        if account.outside is Outside.GONE and account.status is Status.SUSPENDED:
            account = await self._accounts.resume(principal, account.address)
        await self._mark(principal, Act.ACCOUNT_CHANGE, account, outside=Outside.KNOWN)

    async def _suspend(self, principal: Principal, gone: Account) -> None:
        account = await permitted_account(self._parts, principal, Act.ACCOUNT_SUSPEND, gone.address)
        await self._mark(principal, Act.ACCOUNT_SUSPEND, account, outside=Outside.GONE, status=Status.SUSPENDED)

    async def _mark(self, principal: Principal, act: Act, account: Account, **changes: object) -> None:
        changed = msgspec.structs.replace(account, **changes)
        if changed != account:
            async with self._parts.recorded(principal, act, about_account(account), before=account, after=changed):
                await self._parts.directory.replace_account(changed)


def _objection(compared: Comparison) -> str:
    """Why this is not done without being asked twice; empty: nothing is against it."""
    if len(compared.gone) * SUSPENDED_PART <= compared.known:
        return ""
    return f"this would suspend {len(compared.gone)} of {compared.known} mailboxes that were known: look twice, then say --force"
