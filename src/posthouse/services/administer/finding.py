"""Looking up what a person named."""

from posthouse.formats.address.key import address_key, domain_key
from posthouse.foundation.errors import NotFound
from posthouse.model.account import Account, Alias, Domain
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
