"""Which address of ours an address means."""

from posthouse.formats.address.key import address_key
from posthouse.formats.address.value import Address
from posthouse.ports.directory import DirectoryReader


async def meant_domain(directory: DirectoryReader, key: str) -> str:
    """The domain itself, or the one it stands for (keys). Raises: Unavailable."""
    domain = await directory.domain(key)
    return domain.stands_for if domain is not None and domain.stands_for else key


async def meant_key(directory: DirectoryReader, address: Address) -> str:
    """The key of an address, in the domain that its domain stands for, if it does. Raises: InvalidDomain, Unavailable."""
    local_part, at, domain = address_key(address).rpartition("@")
    return f"{local_part}{at}{await meant_domain(directory, domain)}" if at else domain
