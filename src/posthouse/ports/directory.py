"""Who is here: domains, accounts, aliases, credentials and settings. Small, read all the time, changed seldom.

Keys are normalised (``posthouse.formats.address.key``). Every change raises the epoch, by which other processes notice that what
they remember is old. Reading verbs may be answered by any process; writing verbs by the directory's owner.
"""

from collections.abc import Sequence
from typing import Protocol

from posthouse.foundation.ids import AccountId, CredentialId
from posthouse.model.account import Account, Alias, Credential, Domain, Due, Status
from posthouse.model.domain_key import DomainKey
from posthouse.model.people.domain_rules import DomainTotals
from posthouse.model.traffic.group import Group


class DirectoryReader(Protocol):
    """The looking verbs; all raise ``Unavailable`` when the directory cannot be read."""

    async def epoch(self) -> int:
        """A number that is higher after every change."""
        ...

    async def domain(self, key: str) -> Domain | None:
        """The domain with this key."""
        ...

    async def domains(self) -> list[Domain]:
        """All domains by key."""
        ...

    async def account(self, account_id: AccountId) -> Account | None:
        """The account with this id."""
        ...

    async def account_at(self, key: str) -> Account | None:
        """The account whose address has this key, in a domain or in one that stands for it; its aliases are not looked at."""
        ...

    async def account_with_login(self, name: str) -> Account | None:
        """The account with this login name, folded (``login_key``); addresses are not looked at."""
        ...

    async def operators(self, limit: int = 100) -> list[Account]:
        """Accounts with the role of an operator, by key, without those that are removed."""
        ...

    async def totals(self, domain: str) -> DomainTotals:
        """What a domain has; nothing for a domain that nobody has."""
        ...

    async def accounts_due(self, what: Due, until: float, since: float = 0.0, limit: int = 1_000) -> list[Account]:
        """Accounts whose time comes after ``since`` and not after ``until`` (seconds since 1970), the first first."""
        ...

    async def aliases_due(self, until: float, limit: int = 1_000) -> list[Alias]:
        """Aliases that end not after ``until``, the first first."""
        ...

    async def credentials_due(self, until: float, since: float = 0.0, limit: int = 1_000) -> list[Credential]:
        """Credentials that expire after ``since`` and not after ``until``, the first first."""
        ...

    async def accounts(self, domain: str | None = None, after: str = "", limit: int = 1_000) -> list[Account]:
        """Accounts by key above ``after``, of one domain or of all."""
        ...

    async def alias(self, key: str) -> Alias | None:
        """The alias with this key, in a domain or in one that stands for it."""
        ...

    async def aliases(self, domain: str | None = None, after: str = "", limit: int = 1_000) -> list[Alias]:
        """Aliases by key above ``after``, of one domain or of all."""
        ...

    async def aliases_to(self, key: str) -> list[Alias]:
        """Aliases one of whose targets has this key."""
        ...

    async def accounts_naming(self, key: str) -> list[Account]:
        """Accounts that name an address or a domain (its key): they forward to it, are reached there or administer it; by key."""
        ...

    async def credentials(self, account_id: AccountId) -> list[Credential]:
        """The account's credentials, in the order they were made."""
        ...

    async def domain_keys(self, domain: str) -> list[DomainKey]:
        """The signing keys of a domain, by selector."""
        ...

    async def settings(self, scope: str) -> dict[str, bytes]:
        """Settings of one scope (``system``, ``domain:KEY``, ``group:ID``, ``account:ID``): key to JSON.

        Only what differs from the default.
        """
        ...

    async def group(self, account_id: AccountId) -> Group | None:
        """The group whose account this is."""
        ...

    async def groups(self, after: AccountId | None = None, limit: int = 1_000) -> list[Group]:
        """Groups by id, above ``after``."""
        ...

    async def groups_of(self, members: Sequence[str]) -> list[Group]:
        """Groups that name one of these: keys of addresses, or ``*@`` and the key of a domain; patterns are not tried."""
        ...

    async def sharers(self, grantees: Sequence[str], after: AccountId | None = None, limit: int = 1_000) -> list[AccountId]:
        """Accounts that may share something with one of these identifiers (``model.sharing.rights``), ascending, above ``after``.

        An index: what they do share, their own grants say.
        """
        ...


class Directory(DirectoryReader, Protocol):
    """The whole directory."""

    async def add_domain(self, domain: Domain) -> None:
        """Raises: AlreadyExists; NotFound and Refused as ``replace_domain``."""
        ...

    async def remove_domain(self, key: str) -> None:
        """Its settings and signing keys go too. Raises: NotFound; Refused while it has addresses, or others stand for it."""
        ...

    async def rename_domain(self, key: str, renamed: Domain) -> None:
        """Rename a domain with all its addresses, signing keys, settings, and what names it in accounts, aliases and groups.

        Raises: NotFound; AlreadyExists.
        """
        ...

    async def replace_domain(self, domain: Domain) -> None:
        """Change everything but the key.

        Raises: NotFound (it, or what it shall stand for); Refused (it has addresses, or the other has none of its own).
        """
        ...

    async def set_domain_status(self, key: str, status: Status) -> None:
        """Raises: NotFound."""
        ...

    async def add_account(self, account: Account) -> None:
        """Raises: AlreadyExists (the address, in any form, or a login name); NotFound (its domain); Refused (its limits)."""
        ...

    async def replace_account(self, account: Account) -> None:
        """Change everything but the id; the credential epoch never falls.

        Raises: NotFound; AlreadyExists for a new address or login name; Refused (the limits of its domain).
        """
        ...

    async def remove_account(self, account_id: AccountId) -> None:
        """Remove the account, its credentials, settings and group, what it shares or is shared with it. Raises: NotFound."""
        ...

    async def put_alias(self, alias: Alias, *, replace: bool = False) -> None:
        """Put an alias.

        Raises: AlreadyExists when the address exists in any form (an alias too unless ``replace``); NotFound for its domain;
        Refused where that stands for another.
        """
        ...

    async def remove_alias(self, key: str) -> None:
        """Raises: NotFound."""
        ...

    async def put_group(self, group: Group) -> None:
        """Add a group to its account, or change it. Raises: NotFound (the account)."""
        ...

    async def add_credential(self, credential: Credential) -> None:
        """Add a credential; the account password replaces the one before and raises the account's credential epoch."""
        ...

    async def replace_credential(self, before: Credential, after: Credential) -> bool:
        """Put a credential in the place of the same one, where it still is as it was; no session ends. False: it is not.

        Two that have read the same and change it do so once.
        """
        ...

    async def remove_credentials(self, account_id: AccountId, ids: Sequence[CredentialId]) -> None:
        """Remove credentials and raise the account's credential epoch. Unknown ids are left out."""
        ...

    async def put_domain_keys(self, domain: str, keys: Sequence[DomainKey]) -> None:
        """Add signing keys to a domain or change those with the same selectors, all at once. Raises: NotFound (the domain)."""
        ...

    async def remove_domain_key(self, domain: str, selector: str) -> None:
        """Raises: NotFound."""
        ...

    async def put_setting(self, scope: str, key: str, value: bytes | None) -> None:
        """Keep a setting as JSON, or forget it."""
        ...

    async def put_share(self, owner: AccountId, grantee: str) -> None:
        """Note that an account may share something with an identifier; again it changes nothing. Raises: NotFound (the owner)."""
        ...

    async def remove_share(self, owner: AccountId, grantee: str) -> None:
        """Note that an account shares nothing with an identifier any more."""
        ...
