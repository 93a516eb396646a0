"""Accounts: making, changing, suspending, renaming, removing.

The store's entry is made before the directory's: an account that can be found always has its mail. What a crash between the two
leaves behind is an entry nobody can find.
"""

import contextlib
from collections.abc import Sequence

import msgspec

from posthouse.formats.address.domain import InvalidDomain
from posthouse.formats.address.key import address_key, domain_key
from posthouse.formats.address.value import Address
from posthouse.foundation.errors import AlreadyExists, Invalid, NotPermitted, PosthouseError, Refused
from posthouse.foundation.ids import AccountId
from posthouse.model.account import FAR_FUTURE, Account, Alias, Domain, OwnerKind, Receiving, Service, Status, form_of
from posthouse.model.naming import address_renaming, naming_anew
from posthouse.model.people.domain_rules import objection_to_change
from posthouse.model.principal import Principal
from posthouse.model.quota import Quota
from posthouse.model.role import EVERYWHERE, Act, Role
from posthouse.model.settings.people import ADDRESS_FORMER_DAYS, QUOTA_OCTETS, REMOVED_DAYS
from posthouse.services.administer.aliases import retarget
from posthouse.services.administer.credentials import Passwords, foreign_verifiers
from posthouse.services.administer.finding import accounts_page, accounts_seen, permitted_account, permitted_domain
from posthouse.services.administer.parts import Administration
from posthouse.services.administer.people.ending import purge
from posthouse.services.administer.rules.folders import first_mailboxes, language
from posthouse.services.administer.rules.names import display_name, login_name, new_address, read_address, read_domain, written
from posthouse.services.administer.rules.room import capped, require_room
from posthouse.services.app_passwords import SALT_OCTETS
from posthouse.services.audit.recording import about_account
from posthouse.services.groups.membership import rename_member
from posthouse.services.letters.into_mailboxes import MailboxLetters
from posthouse.services.letters.welcoming import Welcoming

DAY = 86_400
LOGINS = 20
"""Further names one account may sign in with."""
PLACES = 1_000
"""Domains and groups one account may administer by name."""


class NewAccount(msgspec.Struct, frozen=True, kw_only=True):
    """What a new account begins with."""

    address: str
    password: str | None
    """None: no account password; the owner signs in with app passwords only."""
    display_name: str = ""
    language: str | None = None
    """None: as the domain says, else English."""
    quota_octets: int | None = None
    """0: no limit; None: as the domain says (``mail.quota_octets``), or the most that it allows."""
    role: Role = Role.OWNER
    kind: OwnerKind = OwnerKind.PERSON
    quota_messages: int = 0
    """0: no limit."""
    administers: tuple[str, ...] = ()
    """Where the role holds: domains, addresses of groups, or ``*``; empty: its own domain."""
    password_hash: str | None = None
    """Instead of a password: another server's hash of it."""


class AccountChanges(msgspec.Struct, frozen=True, kw_only=True):
    """What shall be different; None leaves it as it is."""

    display_name: str | None = None
    language: str | None = None
    quota_octets: int | None = None
    role: Role | None = None
    quota_messages: int | None = None
    recovery_address: str | None = None
    """Empty: none."""
    refused_services: tuple[Service, ...] | None = None
    """Ways to this mailbox that are switched off, beside those of its domain."""
    expires_at: float | None = None
    """From then on (seconds since 1970) nobody signs in; 0: never."""
    logins: tuple[str, ...] | None = None
    """Further names to sign in with."""
    administers: tuple[str, ...] | None = None
    """Where the role holds: domains, addresses of groups, or ``*``; empty: its own domain."""


class AccountReport(msgspec.Struct, frozen=True):
    """An account and what it holds."""

    account: Account
    mailboxes: int
    messages: int
    size_octets: int
    used: Quota
    """What counts against the quota."""
    app_passwords: int
    aliases: tuple[str, ...]


class Accounts:
    """The verbs; all raise Unavailable, and NotPermitted for whoever's role is not for this, or not there."""

    def __init__(self, parts: Administration) -> None:
        self._parts = parts
        self._passwords = Passwords(parts)

    async def add(self, principal: Principal, new: NewAccount) -> Account:
        """Make an account with its mailboxes and its password.

        Raises: Invalid (address, password, language, with the rule in words), AlreadyExists, NotFound (its domain).
        """
        account = await self._planned(principal, new)
        verifiers = await self._passwords.chosen(account, new.password, new.password_hash)
        async with self._parts.recorded(principal, Act.ACCOUNT_ADD, about_account(account), after=account):
            await self._found(account)
            if verifiers:
                await self._passwords.put(account, verifiers)
        return account

    async def all(self, principal: Principal, domain: str | None = None) -> list[Account]:
        """Accounts by address, of one domain or of all that the principal may see. Raises: Invalid, NotFound (the domain)."""
        directory = self._parts.directory
        key = None if domain is None else (await permitted_domain(directory, principal, Act.ACCOUNT_LOOK, domain)).key
        return await accounts_seen(directory, principal, key)

    async def page(self, principal: Principal, domain: str | None, after: str, limit: int) -> list[Account]:
        """The next accounts by key above ``after``, as ``all``. Raises: Invalid, NotFound (the domain)."""
        directory = self._parts.directory
        key = None if domain is None else (await permitted_domain(directory, principal, Act.ACCOUNT_LOOK, domain)).key
        return await accounts_page(directory, principal, key, after, limit)

    async def report(self, principal: Principal, address: str) -> AccountReport:
        """One account and what it holds. Raises: Invalid, NotFound."""
        account = await permitted_account(self._parts, principal, Act.ACCOUNT_LOOK, address)
        boxes = await self._parts.accounts.mailboxes(account.id)
        credentials = await self._passwords.app_passwords(account)
        aliases = await self._parts.directory.aliases_to(account.key)
        return AccountReport(
            account,
            len(boxes),
            sum(box.messages for box in boxes),
            sum(box.size_octets for box in boxes),
            await self._parts.accounts.quota(account.id),
            len(credentials),
            tuple(alias.address for alias in aliases),
        )

    async def change(self, principal: Principal, address: str, changes: AccountChanges) -> Account:
        """Change what is given; nobody gives a role that may do more than their own. Raises: Invalid, NotFound."""
        account = await permitted_account(self._parts, principal, Act.ACCOUNT_CHANGE, address)
        wanted: dict[str, object] = {}
        if changes.display_name is not None:
            wanted["display_name"] = display_name(changes.display_name)
        if changes.language is not None:
            wanted["language"] = language(changes.language)
        if changes.role is not None or changes.administers is not None:
            wanted |= self._given_role(principal, account, changes)
        if changes.recovery_address is not None:
            wanted["recovery_address"] = recovery_address(changes.recovery_address, account)
        if changes.quota_octets is not None or changes.quota_messages is not None:
            octets = account.quota_octets if changes.quota_octets is None else changes.quota_octets
            messages = account.quota_messages if changes.quota_messages is None else changes.quota_messages
            wanted |= {"quota_octets": _quota(octets), "quota_messages": _quota(messages)}
        if changes.refused_services is not None:
            wanted["refused_services"] = changes.refused_services
        if changes.expires_at is not None:
            wanted["expires_at"] = _moment(changes.expires_at)
        if changes.logins is not None:
            wanted["logins"] = await self._logins(changes.logins)
        changed = msgspec.structs.replace(account, **wanted)
        await self._check_quota(account, changed)
        async with self._parts.recorded(principal, Act.ACCOUNT_CHANGE, about_account(account), before=account, after=changed):
            if (changed.quota_octets, changed.quota_messages) != (account.quota_octets, account.quota_messages):
                await self._parts.accounts.set_quota(account.id, changed.quota_octets, changed.quota_messages)
            return await self._replace(account, **wanted)

    async def set_password(self, principal: Principal, address: str, password: str) -> None:
        """Give the account a new password; whoever is signed in with the old one is signed out.

        Raises: Invalid (the password policy), NotFound.
        """
        account = await permitted_account(self._parts, principal, Act.PASSWORD_SET, address)
        verifier = await self._passwords.verifier(account, password)
        async with self._parts.recorded(principal, Act.PASSWORD_SET, about_account(account)):
            await self._passwords.put(account, {"argon2id": verifier})

    async def set_password_hash(self, principal: Principal, address: str, password_hash: str) -> None:
        """Give the account the password of which this is another server's hash (``formats.password_hash``).

        It is replaced by a hash of ours at the first right sign-in; the password policy cannot look at it.
        Raises: Invalid (with the schemes that are known), NotFound.
        """
        account = await permitted_account(self._parts, principal, Act.PASSWORD_SET, address)
        verifiers = foreign_verifiers(password_hash)
        async with self._parts.recorded(principal, Act.PASSWORD_SET, about_account(account)):
            await self._passwords.put(account, verifiers)

    async def generate_password(self, principal: Principal, address: str) -> str:
        """Give the account a password that nobody had to think up, and return it: it is nowhere else. Raises: Invalid, NotFound."""
        account = await permitted_account(self._parts, principal, Act.PASSWORD_SET, address)
        password, verifier = await self._passwords.generated(account)
        async with self._parts.recorded(principal, Act.PASSWORD_SET, about_account(account)):
            await self._passwords.put(account, {"argon2id": verifier})
        return password

    async def suspend(self, principal: Principal, address: str) -> Account:
        """Let the account receive, but neither sign in nor send; its sessions end. Raises: Invalid, NotFound."""
        return await self._set_status(principal, Act.ACCOUNT_SUSPEND, address, Status.SUSPENDED)

    async def resume(self, principal: Principal, address: str) -> Account:
        """Let a suspended account be used again. Raises: Invalid, NotFound."""
        return await self._set_status(principal, Act.ACCOUNT_RESUME, address, Status.ACTIVE)

    async def receive(self, principal: Principal, address: str, receiving: Receiving) -> Account:
        """Say whether mail is taken for the account; what is in it stays. Raises: Invalid, NotFound."""
        act = Act.ACCOUNT_RESUME if receiving is Receiving.YES else Act.ACCOUNT_SUSPEND
        account = await permitted_account(self._parts, principal, act, address)
        changed = msgspec.structs.replace(account, receiving=receiving)
        async with self._parts.recorded(principal, act, about_account(account), before=account, after=changed):
            return await self._replace(account, receiving=receiving)

    async def rename(self, principal: Principal, address: str, new: str, *, keep: bool = False, days: int | None = None) -> Account:
        """Give the account another address, in any domain of ours; its mail and its passwords stay.

        Aliases, groups and forwards follow. The old address leads to the new one for ``days`` (None: as ``address.former_days``
        says), or, with ``keep``, until somebody removes it.
        Raises: Invalid, NotFound, AlreadyExists.
        """
        account = await permitted_account(self._parts, principal, Act.ACCOUNT_RENAME, address)
        _require_there(account)
        target = await new_address(self._parts.settings, new)
        domain = await permitted_domain(self._parts.directory, principal, Act.ACCOUNT_ADD, target.domain)
        former = await self._own_former(account, address_key(target))
        if former is None:
            await self._require_free(address_key(target), besides=account)
        if days is None:
            days = await self._parts.settings.get(ADDRESS_FORMER_DAYS, domain=account.domain)
        now = self._parts.clock.now()
        ends_at = None if keep else now + days * DAY
        old = Alias(account.key, account.address, account.domain, (written(target),), now, ends_at, former=not keep)
        after = {"address": written(target), "keep": keep, "days": days}
        async with self._parts.recorded(
            principal, Act.ACCOUNT_RENAME, about_account(account), before={"address": account.address}, after=after
        ):
            if former is not None:
                await self._parts.directory.remove_alias(former.key)
            return await self._renamed(account, target, domain, old if keep or days > 0 else None)

    async def _own_former(self, account: Account, key: str) -> Alias | None:
        """The address the account had before: it can have it again."""
        alias = await self._parts.directory.alias(key)
        return alias if alias is not None and alias.former and alias.targets == (account.address,) else None

    async def _renamed(self, account: Account, target: Address, domain: Domain, old: Alias | None) -> Account:
        aliases = await self._parts.directory.aliases_to(account.key)
        renamed = written(target)
        # Between these steps an alias names both addresses; the one that leads nowhere does no harm.
        await retarget(self._parts.directory, aliases, {account.address: (account.address, renamed)})
        changed = await self._replace(account, key=address_key(target), address=renamed, domain=domain.key)
        await retarget(self._parts.directory, aliases, {account.address: (renamed,)})
        await rename_member(self._parts.directory, account.key, renamed)
        for each in await self._parts.directory.accounts_naming(account.key):
            await self._parts.directory.replace_account(naming_anew(each, address_renaming(account.key, renamed)))
        if old is not None and old.key != changed.key:
            await self._parts.directory.put_alias(old)
        return changed

    async def remove(self, principal: Principal, address: str, *, now: bool = False) -> Account:
        """Remove the account: nothing arrives, nobody signs in, nobody else gets its address.

        Its mail, its passwords and the aliases that lead to it are kept for ``account.removed_days``, or go ``now``, for ever.
        Returns the account, with when its mail goes.
        Raises: Invalid, NotFound.
        """
        account = await permitted_account(self._parts, principal, Act.ACCOUNT_REMOVE, address)
        moment = self._parts.clock.now()
        days = await self._parts.settings.get(REMOVED_DAYS, domain=account.domain)
        removed = account
        if account.status is not Status.REMOVED:
            removed = msgspec.structs.replace(account, status=Status.REMOVED, status_before=account.status)
            removed = msgspec.structs.replace(removed, purge_at=moment + days * DAY)
        if now or days == 0:
            removed = msgspec.structs.replace(removed, purge_at=moment)
        async with self._parts.recorded(principal, Act.ACCOUNT_REMOVE, about_account(account), before=account, after=removed):
            await self._parts.directory.replace_account(removed)
            if now or days == 0:
                await purge(self._parts.directory, self._parts.accounts, removed)
        return removed

    async def restore(self, principal: Principal, address: str) -> Account:
        """Let a removed account be again what it was. Raises: Invalid, NotFound, Refused (it is not removed)."""
        account = await permitted_account(self._parts, principal, Act.ACCOUNT_REMOVE, address)
        if account.status is not Status.REMOVED:
            raise Refused(f"{account.address} has not been removed")
        changed = msgspec.structs.replace(account, status=account.status_before, purge_at=None)
        async with self._parts.recorded(principal, Act.ACCOUNT_REMOVE, about_account(account), before=account, after=changed):
            await self._parts.directory.replace_account(changed)
        return changed

    async def _planned(self, principal: Principal, new: NewAccount) -> Account:
        address = await new_address(self._parts.settings, new.address)
        key = address_key(address)
        domain = await permitted_domain(self._parts.directory, principal, Act.ACCOUNT_ADD, address.domain)
        await self._require_free(key)
        quota = new.quota_octets
        if quota is None:
            quota = await self._parts.settings.get(QUOTA_OCTETS, domain=domain.key)
            largest = domain.limits.largest_quota_octets
            quota = await capped(self._parts.disk, min(quota or largest, largest) if largest else quota)
        else:
            await require_room(self._parts.disk, new.address, quota)
        account = Account(
            id=AccountId(self._parts.new_id()),
            key=key,
            address=written(address),
            domain=domain.key,
            kind=new.kind,
            role=new.role,
            display_name=display_name(new.display_name),
            language=language(new.language or domain.language or "en"),
            quota_octets=_quota(quota),
            scram_salt=self._parts.entropy.octets(SALT_OCTETS),
            created_at=self._parts.clock.now(),
            quota_messages=_quota(new.quota_messages),
            administers=_places(new.administers),
        )
        if account.role is not Role.OWNER:
            _require_role(principal, account)
        return account

    def _given_role(self, principal: Principal, account: Account, changes: AccountChanges) -> dict[str, object]:
        role = account.role if changes.role is None else changes.role
        administers = account.administers if changes.administers is None else _places(changes.administers)
        changed = msgspec.structs.replace(account, role=role, administers=administers)
        if changed != account:
            _require_role(principal, changed)
        return {"role": role, "administers": administers}

    async def _require_free(self, key: str, besides: Account | None = None) -> None:
        """Say so before anything is made; the directory decides again when the account is added."""
        directory = self._parts.directory
        holder = await directory.account_at(key) or await directory.alias(key)
        if holder is not None and holder != besides:
            raise AlreadyExists(f"the address {key} exists already, as {form_of(holder)}")

    async def _logins(self, names: Sequence[str]) -> tuple[str, ...]:
        """Login names as they are kept; none looks like an address of ours. Raises: Invalid."""
        found = tuple(dict.fromkeys(login_name(name) for name in names))
        if len(found) > LOGINS:
            raise Invalid(f"an account has at most {LOGINS} login names")
        for name in found:
            domain = name.rpartition("@")[2]
            with contextlib.suppress(InvalidDomain):
                if "@" in name and await self._parts.directory.domain(domain_key(domain)) is not None:
                    raise Invalid(f"{name} is an address of this service: make an alias of it")
        return found

    async def _check_quota(self, account: Account, changed: Account) -> None:
        """Say so before anything is changed; the directory decides again. Raises: Refused."""
        domain = await self._parts.directory.domain(account.domain)
        if domain is None or changed.quota_octets == account.quota_octets:
            return
        if changed.quota_octets > account.quota_octets:
            await require_room(self._parts.disk, account.address, changed.quota_octets)
        objection = objection_to_change(domain.limits, await self._parts.directory.totals(domain.key), account, changed)
        if objection is not None:
            raise Refused(f"{account.address}: {objection}")

    async def _found(self, account: Account) -> None:
        store = self._parts.accounts
        await store.create(account.id, account.kind, first_mailboxes(account.language))
        try:
            if account.quota_octets or account.quota_messages:
                await store.set_quota(account.id, account.quota_octets, account.quota_messages)
            await self._welcome(account)
            await self._parts.directory.add_account(account)
        except PosthouseError:
            await store.destroy(account.id)
            raise

    async def _welcome(self, account: Account) -> None:
        domain = await self._parts.directory.domain(account.domain)
        if self._parts.doors is not None and domain is not None:
            letters = MailboxLetters(self._parts.directory, self._parts.accounts, self._parts.clock)
            await Welcoming(letters, self._parts.settings, self._parts.doors).welcome(account, domain)

    async def _set_status(self, principal: Principal, act: Act, address: str, status: Status) -> Account:
        account = await permitted_account(self._parts, principal, act, address)
        _require_there(account)
        changed = msgspec.structs.replace(account, status=status)
        async with self._parts.recorded(principal, act, about_account(account), before=account, after=changed):
            return await self._replace(account, status=status)

    async def _replace(self, account: Account, **changes: object) -> Account:
        changed = msgspec.structs.replace(account, **changes)
        if changed != account:
            await self._parts.directory.replace_account(changed)
        return changed


def _require_there(account: Account) -> None:
    if account.status is Status.REMOVED:
        raise Refused(f"{account.address} has been removed: restore it first")


def _moment(seconds: float) -> float | None:
    if not 0 <= seconds <= FAR_FUTURE:
        raise Invalid("this is no date until the year 9999")
    return seconds or None


def _quota(limit: int) -> int:
    if limit < 0:
        raise Invalid("a quota is a number of octets or messages, or 0 for none")
    return limit


def recovery_address(text: str, account: Account) -> str:
    """Where an owner can be reached when the account cannot be used, as written; empty: nowhere. Raises: Invalid."""
    if not text:
        return ""
    address = read_address(text)
    if address_key(address) == account.key:
        raise Invalid("a recovery address is another one: this one cannot be used then")
    return written(address)


def _places(places: Sequence[str]) -> tuple[str, ...]:
    """Where a role holds, normalised. Raises: Invalid."""
    found: dict[str, None] = {}
    for place in places:
        text = place.strip()
        key = text if text == EVERYWHERE else address_key(read_address(text)) if "@" in text else domain_key(read_domain(text))
        found[key] = None
    if len(found) > PLACES:
        raise Invalid(f"a role holds in at most {PLACES} named places; {EVERYWHERE} is everywhere")
    return tuple(found)


def _require_role(principal: Principal, account: Account) -> None:
    """Check that the principal may give this account its role, there. Raises: Invalid, NotPermitted."""
    principal.require_in(Act.ACCOUNT_ROLE, account.domain, account.key)
    if account.role is Role.SYSTEM:
        raise Invalid("the role system is the house's own")
    if account.role is Role.OWNER and account.administers:
        raise Invalid("an owner administers nothing: give a role, too")
    if account.role is Role.GROUP_MANAGER and not account.administers:
        raise Invalid("say which groups this account manages: their addresses")
    if not principal.covers(account.role, account.reach):
        raise NotPermitted("nobody gives a role that may do more than their own, or in other places")
