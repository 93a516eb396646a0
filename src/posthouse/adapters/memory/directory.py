"""The directory in memory (port ``Directory``): plain dictionaries by key."""

from collections.abc import Sequence

from msgspec.structs import replace

from posthouse.adapters.memory.directory_reader import MemoryDirectoryReader, key_of
from posthouse.foundation.errors import AlreadyExists, NotFound, Refused
from posthouse.foundation.ids import AccountId, CredentialId, to_text
from posthouse.model.account import Account, Alias, Credential, CredentialKind, Domain, Status
from posthouse.model.domain_key import DomainKey
from posthouse.model.naming import Renaming, domain_renaming, naming_anew
from posthouse.model.people.domain_rules import objection_to, objection_to_change
from posthouse.model.sharing.rights import group_identifier, user_identifier
from posthouse.model.traffic.group import Group
from posthouse.ports.bus import DIRECTORY, Bus


class MemoryDirectory(MemoryDirectoryReader):
    """Everybody a test knows. A change that is refused has changed nothing: whatever can fail comes first."""

    def __init__(self, bus: Bus) -> None:
        super().__init__()
        self._bus = bus

    async def add_domain(self, domain: Domain) -> None:
        """Add a domain."""
        if domain.key in self._domains:
            raise AlreadyExists(f"the domain {domain.name} exists already")
        self._check_stand(domain)
        self._domains[domain.key] = domain
        self._changed()

    async def remove_domain(self, key: str) -> None:
        """Remove a domain that has nothing left."""
        self._existing_domain(key)
        if await self.accounts(key, limit=1) or await self.aliases(key, limit=1):
            raise Refused(f"the domain {key} still has addresses")
        self._check_nobody_stands(key)
        del self._domains[key]
        self._settings.pop(f"domain:{key}", None)
        self._domain_keys.pop(key, None)
        self._changed()

    async def rename_domain(self, key: str, renamed: Domain) -> None:
        """Rename a domain with all that is in it."""
        self._existing_domain(key)
        if renamed.key != key and renamed.key in self._domains:
            raise AlreadyExists(f"the domain {renamed.name} exists already")
        del self._domains[key]
        self._domains[renamed.key] = renamed
        if f"domain:{key}" in self._settings:
            self._settings[f"domain:{renamed.key}"] = self._settings.pop(f"domain:{key}")
        keys = self._domain_keys.pop(key, {})
        self._domain_keys[renamed.key] = {selector: replace(own, domain=renamed.key) for selector, own in keys.items()}
        moved = domain_renaming(key, renamed)
        for account in [naming_anew(account, moved) for account in self._accounts.values()]:
            address = moved(account.address)
            self._accounts[account.id] = replace(account, key=key_of(address), address=address, domain=moved(account.domain))
        aliases = [_moved_alias(alias, moved) for alias in self._aliases.values()]
        self._aliases = {alias.key: alias for alias in aliases}
        self._groups = {group.id: _moved_group(group, moved) for group in self._groups.values()}
        for domain in [domain for domain in self._domains.values() if domain.stands_for == key]:
            self._domains[domain.key] = replace(domain, stands_for=renamed.key)
        self._changed()

    async def replace_domain(self, domain: Domain) -> None:
        """Change a domain."""
        if domain.stands_for != self._existing_domain(domain.key).stands_for:
            self._check_stand(domain)
        self._domains[domain.key] = domain
        self._changed()

    async def set_domain_status(self, key: str, status: Status) -> None:
        """Suspend a domain or use it again."""
        self._domains[key] = replace(self._existing_domain(key), status=status)
        self._changed()

    async def add_account(self, account: Account) -> None:
        """Add an account."""
        domain = self._home(account.domain)
        self._require_free(account.key)
        self._require_free_logins(account)
        self._check_limits(objection_to(domain.limits, await self.totals(domain.key), account.quota_octets))
        self._accounts[account.id] = account
        self._changed()

    async def replace_account(self, account: Account) -> None:
        """Change an account; its credential epoch never falls."""
        before = self._existing_account(account.id)
        if account.key != before.key:
            self._home(account.domain)
            self._require_free(account.key)
        self._require_free_logins(account)
        await self._check_changed(before, account)
        self._accounts[account.id] = replace(account, credential_epoch=max(before.credential_epoch, account.credential_epoch))
        self._changed()

    async def remove_account(self, account_id: AccountId) -> None:
        """Remove an account with its credentials and settings."""
        self._existing_account(account_id)
        del self._accounts[account_id]
        self._credentials.pop(account_id, None)
        self._settings.pop(f"account:{to_text(account_id)}", None)
        self._settings.pop(f"group:{to_text(account_id)}", None)
        self._groups.pop(account_id, None)
        gone = {user_identifier(account_id), group_identifier(account_id)}
        self._shares = {share for share in self._shares if share[0] not in gone and share[1] != account_id}
        self._changed()

    async def put_alias(self, alias: Alias, *, replace: bool = False) -> None:
        """Add or change an alias."""
        self._home(alias.domain)
        if not (replace and alias.key in self._aliases):
            self._require_free(alias.key)
        self._aliases[alias.key] = alias
        self._changed()

    async def remove_alias(self, key: str) -> None:
        """Remove an alias."""
        if self._aliases.pop(key, None) is None:
            raise NotFound(f"there is no alias {key}")
        self._changed()

    async def put_group(self, group: Group) -> None:
        """Add or change a group."""
        self._existing_account(group.id)
        self._groups[group.id] = group
        self._changed()

    async def add_credential(self, credential: Credential) -> None:
        """Add a credential; there is one account password."""
        self._existing_account(credential.account_id)
        kept = self._credentials.get(credential.account_id, [])
        if credential.kind is CredentialKind.PASSWORD:
            kept = [other for other in kept if other.kind is not CredentialKind.PASSWORD]
            self._revoke(credential.account_id)
        self._credentials[credential.account_id] = [*kept, credential]
        self._changed()

    async def replace_credential(self, before: Credential, after: Credential) -> bool:
        """Change a credential that is still what it was."""
        kept = self._credentials.get(before.account_id, [])
        if before not in kept or after.id != before.id:
            return False
        self._credentials[before.account_id] = [after if credential == before else credential for credential in kept]
        self._changed()
        return True

    async def remove_credentials(self, account_id: AccountId, ids: Sequence[CredentialId]) -> None:
        """Remove credentials."""
        self._existing_account(account_id)
        kept = self._credentials.get(account_id, [])
        self._credentials[account_id] = [credential for credential in kept if credential.id not in ids]
        self._revoke(account_id)
        self._changed()

    async def put_domain_keys(self, domain: str, keys: Sequence[DomainKey]) -> None:
        """Add or change signing keys."""
        self._existing_domain(domain)
        self._domain_keys.setdefault(domain, {}).update({key.selector: key for key in keys})
        self._changed()

    async def remove_domain_key(self, domain: str, selector: str) -> None:
        """Remove a signing key."""
        if self._domain_keys.get(domain, {}).pop(selector, None) is None:
            raise NotFound(f"{domain} has no key {selector}")
        self._changed()

    async def put_setting(self, scope: str, key: str, value: bytes | None) -> None:
        """Keep or forget a setting."""
        if value is None:
            self._settings.get(scope, {}).pop(key, None)
        else:
            self._settings.setdefault(scope, {})[key] = value
        self._changed()

    async def put_share(self, owner: AccountId, grantee: str) -> None:
        """Note that an account shares something."""
        self._existing_account(owner)
        if (grantee, owner) not in self._shares:
            self._shares.add((grantee, owner))
            self._changed()

    async def remove_share(self, owner: AccountId, grantee: str) -> None:
        """Note that it does no longer."""
        self._shares.discard((grantee, owner))
        self._changed()

    def _changed(self) -> None:
        self._epoch += 1
        self._bus.publish(DIRECTORY)

    def _revoke(self, account_id: AccountId) -> None:
        account = self._accounts[account_id]
        self._accounts[account_id] = replace(account, credential_epoch=account.credential_epoch + 1)

    def _existing_domain(self, key: str) -> Domain:
        if key not in self._domains:
            raise NotFound(f"there is no domain {key}")
        return self._domains[key]

    def _existing_account(self, account_id: AccountId) -> Account:
        if account_id not in self._accounts:
            raise NotFound("the account does not exist")
        return self._accounts[account_id]

    def _require_free(self, key: str) -> None:
        if key in self._aliases or any(account.key == key for account in self._accounts.values()):
            raise AlreadyExists(f"the address {key} exists already")

    def _require_free_logins(self, account: Account) -> None:
        taken = {name for other in self._accounts.values() if other.id != account.id for name in other.logins}
        if taken & set(account.logins):
            raise AlreadyExists("somebody has this login name already")

    def _home(self, key: str) -> Domain:
        domain = self._existing_domain(key)
        if domain.stands_for:
            raise Refused(f"{domain.name} stands for {domain.stands_for}: make the address there")
        return domain

    async def _check_changed(self, before: Account, account: Account) -> None:
        limits, totals = self._domains[account.domain].limits, await self.totals(account.domain)
        if account.domain != before.domain:
            self._check_limits(objection_to(limits, totals, account.quota_octets))
        else:
            self._check_limits(objection_to_change(limits, totals, before, account))

    def _check_limits(self, objection: str | None) -> None:
        if objection is not None:
            raise Refused(objection)

    def _check_stand(self, domain: Domain) -> None:
        if not domain.stands_for:
            return
        if self._existing_domain(domain.stands_for).stands_for or domain.stands_for == domain.key:
            raise Refused(f"{domain.stands_for} is no domain with addresses of its own")
        if domain.key in {each.domain for each in self._accounts.values()} | {each.domain for each in self._aliases.values()}:
            raise Refused(f"{domain.name} has addresses of its own")
        self._check_nobody_stands(domain.key)

    def _check_nobody_stands(self, key: str) -> None:
        if any(domain.stands_for == key for domain in self._domains.values()):
            raise Refused(f"others stand for {key}")


def _moved_alias(alias: Alias, moved: Renaming) -> Alias:
    address = moved(alias.address)
    targets = tuple(moved(target) for target in alias.targets)
    return replace(alias, key=key_of(address), address=address, domain=moved(alias.domain), targets=targets)


def _moved_group(group: Group, moved: Renaming) -> Group:
    return replace(group, members=tuple(member if "*" in member else moved(member) for member in group.members))
