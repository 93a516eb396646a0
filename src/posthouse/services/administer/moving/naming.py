"""A domain under another name: addresses in it are written anew, all others stay. Ids are new ones, the same at each attempt."""

import hashlib
from typing import TypeVar

import msgspec

from posthouse.formats.address.key import address_key, domain_key
from posthouse.formats.address.mailbox import parse_mailbox
from posthouse.foundation.errors import Invalid
from posthouse.model.account import Account, Alias, Domain
from posthouse.model.role import EVERYWHERE, Role
from posthouse.model.traffic.group import Group
from posthouse.services.administer.rules.names import read_domain

Id = TypeVar("Id", bound=bytes)
_TIME_OCTETS = 6
_MOVING = frozenset({Role.OWNER, Role.GROUP_MANAGER, Role.HELP_DESK, Role.AUDITOR, Role.DOMAIN_ADMINISTRATOR})


class Naming:
    """From the names and ids in an archive to those here."""

    def __init__(self, archive_id: bytes, domain: Domain, wanted: str | None) -> None:
        """``wanted``: the other name. Raises: Invalid."""
        name = domain.name if wanted is None else read_domain(wanted)
        self._old = domain.key
        self._archive_id = archive_id
        self.name, self.key = read_domain(name), domain_key(read_domain(name))

    def id(self, old: Id) -> Id:
        """The id here: of the same time, and never the id of something else."""
        digest = hashlib.blake2b(b"\0".join((self._archive_id, self.key.encode(), old)), digest_size=16 - _TIME_OCTETS).digest()
        return type(old)(old[:_TIME_OCTETS] + digest)

    def domain(self, domain: Domain) -> Domain:
        """The domain itself."""
        return msgspec.structs.replace(domain, key=self.key, name=self.name)

    def account(self, account: Account) -> Account:
        """An account of it; a role that would hold elsewhere, or over everything, does not move. Raises: Invalid."""
        address = self.required(account.address)
        role, administers = self._role(account)
        return msgspec.structs.replace(
            account,
            id=self.id(account.id),
            key=address_key(parse_mailbox(address)),
            address=address,
            domain=self.key,
            role=role,
            administers=administers,
            forwards_to=tuple(map(self.address, account.forwards_to)),
            recovery_address=self.address(account.recovery_address),
        )

    def _role(self, account: Account) -> tuple[Role, tuple[str, ...]]:
        """What it may do here: as there, but in this domain only."""
        places = [self.key if place == EVERYWHERE else place for place in account.administers]
        here = tuple(self.address(each) if "@" in each else self.key for each in places if each == self.key or self._is_here(each))
        if account.role not in _MOVING or (account.administers and not here):
            return Role.OWNER, ()
        return account.role, here

    def alias(self, alias: Alias) -> Alias:
        """An alias of it. Raises: Invalid."""
        address = self.required(alias.address)
        key = address_key(parse_mailbox(address))
        return msgspec.structs.replace(
            alias, key=key, address=address, domain=self.key, targets=tuple(map(self.address, alias.targets))
        )

    def group(self, group: Group) -> Group:
        """A group of it."""
        members, posters = (tuple(map(self.address, found)) for found in (group.members, group.posters))
        return msgspec.structs.replace(group, id=self.id(group.id), members=members, posters=posters)

    def required(self, address: str) -> str:
        """An address that must be in the domain. Raises: Invalid."""
        if not self._is_here(address):
            raise Invalid(f"{address[:200]!r} in the archive is no address of the domain")
        return self.address(address)

    def address(self, text: str) -> str:
        """An address, or a pattern of addresses."""
        local_part, at, _ = text.rpartition("@")
        return f"{local_part}@{self.name}" if at and self._is_here(text) else text

    def _is_here(self, place: str) -> bool:
        domain = place.rpartition("@")[2]
        try:
            return place != EVERYWHERE and domain_key(domain) == self._old
        except ValueError:
            return False
