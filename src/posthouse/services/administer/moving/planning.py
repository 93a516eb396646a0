"""Reading the whole archive before anything is written: what would be made, and why it may not be."""

from typing import Final

import msgspec

from posthouse.foundation.errors import AlreadyExists, Invalid, Refused
from posthouse.foundation.ids import AccountId
from posthouse.foundation.units import format_octets
from posthouse.ports.moving.archive import ArchiveReader, Member
from posthouse.ports.moving.sealing import Passphrases, Sealing
from posthouse.services.administer.moving import archive
from posthouse.services.administer.moving.archive import decoded
from posthouse.services.administer.moving.naming import Naming
from posthouse.services.administer.parts import Administration

MARKER: Final = "moving.archive"
"""Among the settings of a domain that is being brought in: the id of its archive."""
FINDINGS: Final = 20
"""Objections that are told at once."""


class Plan(msgspec.Struct, kw_only=True):
    """What an archive has, as it would be here."""

    domain: str
    goes_on: bool = False
    """An import of the same archive has begun, and is gone on with."""
    accounts: int = 0
    groups: int = 0
    aliases: int = 0
    messages: int = 0
    size_octets: int = 0
    """Of the messages."""
    left_out: list[str] = []
    """What is not in it, or cannot be here."""


class Planned(msgspec.Struct):
    """A plan, and what the import needs."""

    plan: Plan
    head: archive.Head
    domain: archive.DomainPart
    naming: Naming
    sealing: Sealing | None
    ids: dict[bytes, AccountId]
    """Of the accounts in it: there and here."""


class Planning:
    """Reads an archive and compares it with what is here."""

    def __init__(self, parts: Administration, passphrases: Passphrases) -> None:
        self._parts = parts
        self._passphrases = passphrases

    async def plan(self, reader: ArchiveReader, wanted: str | None, passphrase: str) -> Planned:
        """Read all of it. Raises: Invalid (the archive, the passphrase), AlreadyExists, Refused, with what is in the way."""
        found: Planned | None = None
        head: archive.Head | None = None
        end: archive.End | None = None
        objections: list[str] = []
        async for member in reader.members(_is_part):
            if end is not None:
                raise Invalid("the archive goes on after its end")
            if head is None:
                head = read_head(member)
            elif found is None:
                found = await self._begin(member, head, wanted, passphrase)
            elif member.name == archive.END:
                end = decoded(member.octets, archive.End, member.name)
            else:
                objections += await self._count(found, member)
        if found is None or end is None:
            raise Invalid("the archive is not whole: its end is missing")
        if (found.plan.accounts, found.plan.aliases, found.plan.messages) != (end.accounts, end.aliases, end.messages):
            raise Invalid("the archive is not whole: it has not what its end says")
        objections += await self._no_room(found.plan)
        if objections:
            raise Refused("; ".join(objections[:FINDINGS]) + ("; and more" if len(objections) > FINDINGS else ""))
        found.plan.left_out = [*end.left_out, *found.plan.left_out]
        return found

    async def _begin(self, member: Member, head: archive.Head, wanted: str | None, passphrase: str) -> Planned:
        if member.name != archive.DOMAIN:
            raise Invalid(f"the archive begins with {member.name[:100]!r} where its domain should be")
        part = decoded(member.octets, archive.DomainPart, member.name)
        naming = Naming(head.id, part.domain, wanted)
        sealing = await self._key(head, part, passphrase)
        there = await self._parts.directory.domain(naming.key)
        stored = await self._parts.directory.settings(f"domain:{naming.key}")
        goes_on = stored.get(MARKER) == marker(head)
        if there is not None and not goes_on:
            raise AlreadyExists(f"the domain {naming.name} is here already: choose another name with --as")
        if there is None and (stands_for := part.domain.stands_for) and await self._parts.directory.domain(stands_for) is None:
            raise Refused(f"the domain stands for {stands_for}, which is not here")
        plan = Plan(domain=naming.name, goes_on=goes_on and there is not None)
        if head.salt and sealing is None:
            plan.left_out.append("passwords, second factors and signing keys: no passphrase was given")
        return Planned(plan, head, part, naming, sealing, {})

    async def _key(self, head: archive.Head, part: archive.DomainPart, passphrase: str) -> Sealing | None:
        if not passphrase:
            return None
        if not head.salt:
            raise Invalid("there are no secrets in this archive: no passphrase is wanted")
        sealing = await self._passphrases.key(passphrase, head.salt)
        sealing.unseal(part.sealed)  # a wrong one is noticed before anything is made
        return sealing

    async def _count(self, found: Planned, member: Member) -> list[str]:
        """Count what a member has; why it cannot be here."""
        plan = found.plan
        if archive.message_place(member.name) is not None:
            plan.messages += 1
            plan.size_octets += member.size_octets
        elif member.name.startswith(archive.ALIASES):
            aliases = decoded(member.octets, archive.AliasesPart, member.name).aliases
            plan.aliases += len(aliases)
            for alias in aliases:
                found.naming.alias(alias)
        elif member.name.endswith("/" + archive.ACCOUNT):
            return await self._count_account(found, decoded(member.octets, archive.AccountPart, member.name))
        elif member.name.endswith("/" + archive.MAILBOXES):
            decoded(member.octets, archive.MailPart, member.name)
        else:
            raise Invalid(f"the archive has {member.name[:100]!r}, of which nothing is known here")
        return []

    async def _count_account(self, found: Planned, part: archive.AccountPart) -> list[str]:
        account = found.naming.account(part.account)
        found.plan.accounts += 1
        found.plan.groups += part.group is not None
        found.ids[part.account.id] = account.id
        if account.role is not part.account.role:
            found.plan.left_out.append(f"{account.address}: the role {part.account.role.words}, which holds elsewhere")
        objections = []
        for name in account.logins:
            holder = await self._parts.directory.account_with_login(name)
            if holder is not None and holder.id != account.id:
                objections.append(f"{account.address}: {holder.address} has the login name {name}")
        return objections

    async def _no_room(self, plan: Plan) -> list[str]:
        disk = self._parts.disk
        if disk is None or (free := (await disk.room()).free_octets) > plan.size_octets:
            return []
        return [f"its messages have {format_octets(plan.size_octets)}, and the disk has {format_octets(free)} free"]


def read_head(member: Member) -> archive.Head:
    """Read what an archive begins with. Raises: Invalid."""
    if member.name != archive.HEAD:
        raise Invalid("this is no archive of a domain")
    head = decoded(member.octets, archive.Head, member.name)
    if head.format != archive.FORMAT:
        raise Invalid("this is no archive of a domain")
    if head.version > archive.VERSION:
        raise Invalid(f"the archive has version {head.version}; this program reads {archive.VERSION}: use a newer one")
    return head


def marker(head: archive.Head) -> bytes:
    """What says that this archive is being brought in."""
    return msgspec.json.encode(head.id.hex())


def _is_part(name: str) -> bool:
    return not name.endswith(".eml")
