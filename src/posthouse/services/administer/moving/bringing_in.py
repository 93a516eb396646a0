"""An archive into this installation.

An account is found by nobody before its mail is whole: first its mailboxes and messages, then its place in the directory. Every
step can be done again: ids are made of the archive's, and where a mailbox has come to is its UIDNEXT. So an import that was
broken off is simply repeated.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from posthouse.foundation.errors import Invalid
from posthouse.foundation.ids import to_text
from posthouse.model.account import Account
from posthouse.model.people.domain_rules import DomainLimits
from posthouse.model.principal import Principal
from posthouse.model.role import Act
from posthouse.model.setting import Scope
from posthouse.model.settings.registry import REGISTRY
from posthouse.model.settings.relay import DKIM_SIGN
from posthouse.ports.moving.archive import ArchiveReader, Member
from posthouse.ports.moving.sealing import Passphrases
from posthouse.ports.spool import Spool
from posthouse.services.administer.moving import archive
from posthouse.services.administer.moving.archive import decoded
from posthouse.services.administer.moving.filling import Filling
from posthouse.services.administer.moving.planning import MARKER, Plan, Planned, Planning, marker
from posthouse.services.administer.moving.secrets import at_home
from posthouse.services.administer.parts import Administration
from posthouse.services.administer.publishing.keys import DomainKeys
from posthouse.services.audit.recording import About

LEFT_OUT: Final = 1_000
_ACCOUNT_SECRETS: Final = msgspec.msgpack.Decoder(archive.AccountSecrets)
_DOMAIN_SECRETS: Final = msgspec.msgpack.Decoder(archive.DomainSecrets)
Progress = Callable[[Plan], None]


@dataclass(frozen=True)
class ImportWish:
    """How an archive shall come in."""

    name: str | None = None
    """Another name for the domain."""
    passphrase: str = ""
    """That its secrets are sealed with; empty: they stay in it."""
    dry_run: bool = False
    """Only tell what would be made."""


class BringingIn:
    """The verb."""

    def __init__(self, parts: Administration, spool: Spool, passphrases: Passphrases) -> None:
        self._parts = parts
        self._spool = spool
        self._passphrases = passphrases

    async def bring_in(
        self, principal: Principal, reader: ArchiveReader, wish: ImportWish, progress: Progress | None = None
    ) -> Plan:
        """Make what the archive says; tells what was made. What is in the way is told before anything is written.

        Raises: Invalid, AlreadyExists, Refused, NotPermitted; Unavailable, OutOfSpace: repeated, it goes on.
        """
        principal.require(Act.DOMAIN_IMPORT)
        planned = await Planning(self._parts, self._passphrases).plan(reader, wish.name, wish.passphrase)
        if wish.dry_run:
            return planned.plan
        about = About(planned.naming.key, planned.naming.key)
        told = {"domain": planned.plan.domain, "accounts": planned.plan.accounts, "messages": planned.plan.messages}
        async with self._parts.recorded(principal, Act.DOMAIN_IMPORT, about, after=told):
            await _Import(self._parts, self._spool, planned, progress).run(reader)
        return planned.plan


class _Import:
    """One archive on its way in."""

    def __init__(self, parts: Administration, spool: Spool, planned: Planned, progress: Progress | None) -> None:
        self._parts = parts
        self._planned = planned
        self._naming = planned.naming
        self._progress = progress
        self._done = Plan(domain=planned.plan.domain)
        self._filling = Filling(parts, spool, planned)
        self._current: archive.AccountPart | None = None

    async def run(self, reader: ArchiveReader) -> None:
        """Everything, in the order of the archive."""
        await self._begin()
        async for member in reader.members(lambda _: True):
            await self._take(member)
        await self._end_account()
        await self._end()

    async def _begin(self) -> None:
        """The domain, without limits as long as it fills; the mark that says whose it is comes first."""
        scope, directory = f"domain:{self._naming.key}", self._parts.directory
        await directory.put_setting(scope, MARKER, marker(self._planned.head))
        domain = self._naming.domain(self._planned.domain.domain)
        if await directory.domain(domain.key) is None:
            await directory.add_domain(msgspec.structs.replace(domain, limits=DomainLimits()))
        await self._set(scope, Scope.DOMAIN, self._planned.domain.settings)
        if self._planned.sealing is not None:
            opened = _DOMAIN_SECRETS.decode(self._planned.sealing.unseal(self._planned.domain.sealed))
            await self._set(scope, Scope.DOMAIN, opened.settings)
            vault = self._parts.vault
            keys = [msgspec.structs.replace(key, domain=domain.key, sealed=vault.seal(key.sealed)) for key in opened.keys]
            await directory.put_domain_keys(domain.key, keys)
        if self._parts.settings[DKIM_SIGN] and not await directory.domain_keys(domain.key):
            await DomainKeys(self._parts).begin(domain)

    async def _take(self, member: Member) -> None:
        place = archive.message_place(member.name)
        if place is not None:
            await self._filling.message(place, member)
        elif member.name.endswith("/" + archive.ACCOUNT):
            await self._end_account()
            await self._begin_account(decoded(member.octets, archive.AccountPart, member.name))
        elif member.name.endswith("/" + archive.MAILBOXES):
            await self._filling.mailboxes(decoded(member.octets, archive.MailPart, member.name))
        elif member.name.startswith(archive.ALIASES):
            await self._end_account()
            for alias in decoded(member.octets, archive.AliasesPart, member.name).aliases:
                await self._parts.directory.put_alias(self._naming.alias(alias), replace=True)

    async def _begin_account(self, part: archive.AccountPart) -> None:
        account = self._naming.account(part.account)
        self._current = part
        is_there = await self._parts.directory.account(account.id) is not None
        if not is_there:
            await self._parts.accounts.create(account.id, account.kind, [])
        self._filling.begin(account.id, is_whole=is_there)

    async def _end_account(self) -> None:
        """Its mail is whole: now it can be found."""
        part, self._current = self._current, None
        if part is None:
            return
        await self._filling.end()
        account = self._naming.account(part.account)
        if await self._parts.directory.account(account.id) is None:
            await self._parts.accounts.set_quota(account.id, account.quota_octets, account.quota_messages)
            await self._parts.directory.add_account(account)
        await self._directory_of(account, part)
        self._done.accounts += 1
        self._done.messages = self._filling.messages
        if self._progress is not None:
            self._progress(self._done)

    async def _directory_of(self, account: Account, part: archive.AccountPart) -> None:
        """Settings, group and credentials; those that are there already stay as they are."""
        directory, identity = self._parts.directory, to_text(account.id)
        for grantee in self._filling.grantees:
            await directory.put_share(account.id, grantee)
        await self._set(f"account:{identity}", Scope.ACCOUNT, part.settings)
        if part.group is not None and await directory.group(account.id) is None:
            await directory.put_group(self._naming.group(part.group))
            await self._set(f"group:{identity}", Scope.GROUP, part.group_settings)
        if self._planned.sealing is None or not part.sealed:
            return
        opened = _ACCOUNT_SECRETS.decode(self._planned.sealing.unseal(part.sealed))
        await self._set(f"account:{identity}", Scope.ACCOUNT, opened.settings)
        known = {credential.id for credential in await directory.credentials(account.id)}
        for credential in opened.credentials:
            moved = msgspec.structs.replace(credential, id=self._naming.id(credential.id), account_id=account.id)
            if moved.id not in known:
                await directory.add_credential(at_home(self._parts.vault, moved))

    async def _set(self, scope: str, kind: Scope, values: dict[str, Any]) -> None:
        """Settings that there are here, with values that are allowed here."""
        stored = await self._parts.directory.settings(scope)
        for key, value in values.items():
            octets = msgspec.json.encode(value)
            if stored.get(key) == octets:
                continue
            try:
                if key not in REGISTRY or kind not in REGISTRY[key].scopes:
                    raise Invalid(f"there is no setting {key} for a {kind} here")
                REGISTRY[key].parse(octets)
            except Invalid as error:
                if len(self._planned.plan.left_out) < LEFT_OUT:
                    self._planned.plan.left_out.append(f"a setting: {error}")
                continue
            await self._parts.directory.put_setting(scope, key, octets)

    async def _end(self) -> None:
        """The limits of the domain, and no mark any more."""
        domain = self._naming.domain(self._planned.domain.domain)
        await self._parts.directory.replace_domain(domain)
        await self._parts.directory.put_setting(f"domain:{domain.key}", MARKER, None)
