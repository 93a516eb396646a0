"""Looking up what a person named."""

from posthouse.formats.address.key import address_key, domain_key
from posthouse.foundation.errors import Invalid, NotFound
from posthouse.model.account import Account, Alias, Domain
from posthouse.model.principal import Principal
from posthouse.model.role import Act
from posthouse.ports.directory import DirectoryReader
from posthouse.services.administer.parts import Administration
from posthouse.services.administer.rules.names import read_address, read_domain

PAGE = 1_000


async def find_account(parts: Administration, address: str) -> Account:
    """The account a person named. Raises: Invalid; NotFound, with a hint where the address is an alias."""
    parsed = read_address(address)
    key = address_key(parsed)
    account = await parts.directory.account_at(key)
    if account is not None:
        return account
    alias = await parts.directory.alias(key)
    if alias is not None:
        raise NotFound(f"{address} is an alias of {', '.join(alias.targets)}")
    raise NotFound(f"there is no account {address}")


async def find_domain(directory: DirectoryReader, name: str) -> Domain:
    """The domain a person named. Raises: Invalid, NotFound."""
    domain = await directory.domain(domain_key(read_domain(name)))
    if domain is None:
        raise NotFound(f"there is no domain {name}")
    return domain


async def permitted_account(parts: Administration, principal: Principal, act: Act, address: str) -> Account:
    """The account a person named, if the principal may do this to it.

    The right is checked first: whoever lacks it does not learn whether there is such an account.
    Raises: Invalid, NotPermitted, NotFound.
    """
    parsed = read_address(address)
    key = address_key(parsed)
    if not (principal.may_own(act) and key == _key_of(principal)):
        principal.require_in(act, domain_key(parsed.domain), key)
    account = await find_account(parts, address)
    principal.require_over(act, account)
    return account


async def permitted_domain(directory: DirectoryReader, principal: Principal, act: Act, name: str) -> Domain:
    """The domain a person named, if the principal may do this there; the right is checked first.

    Raises: Invalid, NotPermitted, NotFound.
    """
    principal.require_in(act, domain_key(read_domain(name)))
    return await find_domain(directory, name)


def _key_of(principal: Principal) -> str:
    try:
        return address_key(read_address(principal.address))
    except Invalid:
        return ""  # somebody at the machine


async def all_accounts(directory: DirectoryReader, domain: str | None) -> list[Account]:
    """All accounts by key, of one domain (its key) or of all."""
    found: list[Account] = []
    while page := await directory.accounts(domain, found[-1].key if found else "", PAGE):
        found += page
    return found


async def all_aliases(directory: DirectoryReader, domain: str | None) -> list[Alias]:
    """All aliases by key, of one domain (its key) or of all."""
    found: list[Alias] = []
    while page := await directory.aliases(domain, found[-1].key if found else "", PAGE):
        found += page
    return found


async def accounts_seen(directory: DirectoryReader, principal: Principal, domain: str | None) -> list[Account]:
    """The accounts by key that a principal may look at, of one domain (its key) or of all."""
    principal.require_some(Act.ACCOUNT_LOOK)
    if domain is not None and principal.may_in(Act.ACCOUNT_LOOK, domain):
        return await all_accounts(directory, domain)
    if domain is None and principal.is_everywhere:
        return await all_accounts(directory, None)
    found: dict[str, Account] = {}
    for place in principal.reach:
        if "@" not in place and domain in (None, place):
            found |= {account.key: account for account in await all_accounts(directory, place)}
        elif (
            "@" in place
            and domain in (None, place.rpartition("@")[2])
            and (account := await directory.account_at(place)) is not None
        ):
            found[account.key] = account
    return [found[key] for key in sorted(found)]


async def accounts_page(
    directory: DirectoryReader, principal: Principal, domain: str | None, after: str, limit: int
) -> list[Account]:
    """The next accounts by key above ``after`` that a principal may look at, of one domain (its key) or of all.

    It costs a page for each domain the principal administers, however many accounts there are.
    """
    principal.require_some(Act.ACCOUNT_LOOK)
    if principal.is_everywhere or (domain is not None and principal.may_in(Act.ACCOUNT_LOOK, domain)):
        return await directory.accounts(domain, after, limit)
    found: dict[str, Account] = {}
    for place in principal.reach:
        if "@" not in place and domain in (None, place):
            found |= {account.key: account for account in await directory.accounts(place, after, limit)}
        elif "@" in place and place > after and domain in (None, place.rpartition("@")[2]):
            account = await directory.account_at(place)
            if account is not None:
                found[account.key] = account
    return [found[key] for key in sorted(found)[:limit]]


async def aliases_page(directory: DirectoryReader, principal: Principal, domain: str | None, after: str, limit: int) -> list[Alias]:
    """The next aliases by key above ``after`` that a principal may look at, of one domain (its key) or of all."""
    principal.require_some(Act.ALIAS_LOOK)
    if principal.is_everywhere or domain is not None:
        return await directory.aliases(domain, after, limit)
    found = [alias for place in principal.reach if "@" not in place for alias in await directory.aliases(place, after, limit)]
    return sorted(found, key=lambda alias: alias.key)[:limit]
