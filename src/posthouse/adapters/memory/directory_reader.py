"""The looking verbs over a directory in memory (port ``DirectoryReader``)."""

from collections.abc import Iterable, Sequence
from typing import TypeVar

from posthouse.formats.address.key import address_key
from posthouse.formats.address.mailbox import parse_mailbox
from posthouse.foundation.ids import AccountId
from posthouse.model.account import Account, Alias, Credential, Domain, Due, Status
from posthouse.model.domain_key import DomainKey
from posthouse.model.naming import named_by
from posthouse.model.people.domain_rules import DomainTotals
from posthouse.model.role import Role
from posthouse.model.traffic.group import Group

Entry = TypeVar("Entry", Account, Alias)


class MemoryDirectoryReader:
    """Everybody a test knows, to look at."""

    def __init__(self) -> None:
        self._epoch = 1
        self._domains: dict[str, Domain] = {}
        self._accounts: dict[AccountId, Account] = {}
        self._aliases: dict[str, Alias] = {}
        self._credentials: dict[AccountId, list[Credential]] = {}
        self._domain_keys: dict[str, dict[str, DomainKey]] = {}
        self._settings: dict[str, dict[str, bytes]] = {}
        self._groups: dict[AccountId, Group] = {}
        self._shares: set[tuple[str, AccountId]] = set()

    async def epoch(self) -> int:
        """A number that is higher after every change."""
        return self._epoch

    async def domain(self, key: str) -> Domain | None:
        """The domain with this key."""
        return self._domains.get(key)

    async def domains(self) -> list[Domain]:
        """All domains."""
        return sorted(self._domains.values(), key=lambda domain: domain.key)

    async def account(self, account_id: AccountId) -> Account | None:
        """The account with this id."""
        return self._accounts.get(account_id)

    async def account_at(self, key: str) -> Account | None:
        """The account at this address."""
        meant = self._meant(key)
        return next((account for account in self._accounts.values() if account.key == meant), None)

    async def account_with_login(self, name: str) -> Account | None:
        """The account with this login name."""
        return next((account for account in self._accounts.values() if name in account.logins), None)

    async def operators(self, limit: int = 100) -> list[Account]:
        """Operators."""
        accounts = await self.accounts(limit=len(self._accounts))
        return [each for each in accounts if each.role is Role.OPERATOR and each.status is not Status.REMOVED][:limit]

    async def totals(self, domain: str) -> DomainTotals:
        """What a domain has."""
        quotas = [account.quota_octets for account in self._accounts.values() if account.domain == domain]
        aliases = sum(alias.domain == domain for alias in self._aliases.values())
        return DomainTotals(mailboxes=len(quotas), quota_octets=sum(quotas), unlimited=quotas.count(0), aliases=aliases)

    async def accounts_due(self, what: Due, until: float, since: float = 0.0, limit: int = 1_000) -> list[Account]:
        """Accounts something comes to."""
        times = [(each.expires_at if what is Due.EXPIRY else each.purge_at, each.key, each) for each in self._accounts.values()]
        found = [(at, key, each) for at, key, each in times if at is not None and since < at <= until]
        return [each for _, _, each in sorted(found, key=lambda item: item[:2])][:limit]

    async def aliases_due(self, until: float, limit: int = 1_000) -> list[Alias]:
        """Aliases that end."""
        found = [(alias.ends_at, alias.key, alias) for alias in self._aliases.values() if alias.ends_at is not None]
        return [alias for at, _, alias in sorted(found, key=lambda item: item[:2]) if at <= until][:limit]

    async def credentials_due(self, until: float, since: float = 0.0, limit: int = 1_000) -> list[Credential]:
        """Credentials that expire."""
        everybody = (each for kept in self._credentials.values() for each in kept)
        found = [(each.expires_at, each.id, each) for each in everybody if each.expires_at is not None]
        return [each for at, _, each in sorted(found, key=lambda item: item[:2]) if since < at <= until][:limit]

    async def accounts(self, domain: str | None = None, after: str = "", limit: int = 1_000) -> list[Account]:
        """Accounts by key."""
        return _page(self._accounts.values(), domain, after, limit)

    async def alias(self, key: str) -> Alias | None:
        """The alias at this address."""
        return self._aliases.get(self._meant(key))

    async def aliases(self, domain: str | None = None, after: str = "", limit: int = 1_000) -> list[Alias]:
        """Aliases by key."""
        return _page(self._aliases.values(), domain, after, limit)

    async def aliases_to(self, key: str) -> list[Alias]:
        """Aliases of an address."""
        found = [alias for alias in self._aliases.values() if key in {key_of(target) for target in alias.targets}]
        return sorted(found, key=lambda alias: alias.key)

    async def accounts_naming(self, key: str) -> list[Account]:
        """Accounts that name something."""
        return sorted([each for each in self._accounts.values() if key in named_by(each)], key=lambda account: account.key)

    async def credentials(self, account_id: AccountId) -> list[Credential]:
        """The account's credentials."""
        return list(self._credentials.get(account_id, []))

    async def domain_keys(self, domain: str) -> list[DomainKey]:
        """Signing keys of a domain."""
        return [key for _, key in sorted(self._domain_keys.get(domain, {}).items())]

    async def settings(self, scope: str) -> dict[str, bytes]:
        """Settings of a scope."""
        return dict(self._settings.get(scope, {}))

    async def group(self, account_id: AccountId) -> Group | None:
        """The group whose account this is."""
        return self._groups.get(account_id)

    async def groups(self, after: AccountId | None = None, limit: int = 1_000) -> list[Group]:
        """Groups by id."""
        found = sorted(self._groups.values(), key=lambda group: group.id)
        return [group for group in found if after is None or group.id > after][:limit]

    async def groups_of(self, members: Sequence[str]) -> list[Group]:
        """Groups that name one of these."""
        wanted = set(members)
        return [
            group
            for group in await self.groups(limit=len(self._groups))
            if wanted & {*(key_of(member) for member in group.members if "*" not in member), *group.lookup}
        ]

    async def sharers(self, grantees: Sequence[str], after: AccountId | None = None, limit: int = 1_000) -> list[AccountId]:
        """Accounts that share something."""
        return sorted({owner for grantee, owner in self._shares if grantee in grantees and owner > (after or b"")})[:limit]

    def _meant(self, key: str) -> str:
        local_part, _, name = key.rpartition("@")
        domain = self._domains.get(name)
        return f"{local_part}@{domain.stands_for}" if domain is not None and domain.stands_for else key


def key_of(address: str) -> str:
    """The key of an address as written."""
    return address_key(parse_mailbox(address))


def _page(entries: Iterable[Entry], domain: str | None, after: str, limit: int) -> list[Entry]:
    found = [entry for entry in entries if domain in {None, entry.domain} and entry.key > after]
    return sorted(found, key=lambda entry: entry.key)[:limit]
