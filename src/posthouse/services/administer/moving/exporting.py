"""A domain into an archive: what its administrator may see, and for operators secrets and mail, if they are asked for."""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from posthouse.foundation.errors import NotFound
from posthouse.foundation.ids import AccountId, to_text
from posthouse.model.account import Account, Domain, Status
from posthouse.model.mailbox import Mailbox, PlacementPage
from posthouse.model.principal import Principal
from posthouse.model.role import Act
from posthouse.model.settings.registry import REGISTRY
from posthouse.model.sharing.annotation import HOUSE
from posthouse.ports.account_store import OCTETS, RECEIVED_AT
from posthouse.ports.moving.archive import ArchiveWriter
from posthouse.ports.moving.sealing import Passphrases, Sealing
from posthouse.services.administer.finding import permitted_domain
from posthouse.services.administer.moving import archive
from posthouse.services.administer.moving.archive import encoded
from posthouse.services.administer.moving.secrets import portable
from posthouse.services.administer.parts import Administration
from posthouse.services.audit.recording import about_domain

PAGE: Final = 1_000
LEFT_OUT: Final = 1_000
"""Sentences about what is left out."""
_PACK: Final = msgspec.msgpack.Encoder().encode


class Exported(msgspec.Struct):
    """How far it is, and in the end what is in the archive."""

    domain: str = ""
    accounts: int = 0
    aliases: int = 0
    messages: int = 0
    left_out: list[str] = []


Progress = Callable[[Exported], None]


@dataclass(frozen=True)
class ExportWish:
    """What goes in beside the directory."""

    mail: bool = False
    passphrase: str = ""
    """That secrets are sealed with; empty: they stay here."""


class Exporting:
    """The verb."""

    def __init__(self, parts: Administration, passphrases: Passphrases) -> None:
        self._parts = parts
        self._passphrases = passphrases

    async def export(
        self, principal: Principal, name: str, wish: ExportWish, writer: ArchiveWriter, progress: Progress | None = None
    ) -> Exported:
        """Write everything of a domain into an archive, an account at a time; what changes meanwhile may be in it or not.

        Mail and secrets are for operators.
        Raises: Invalid, NotFound, NotPermitted, Unavailable, OutOfSpace.
        """
        domain = await permitted_domain(self._parts.directory, principal, Act.DOMAIN_EXPORT, name)
        if wish.mail:
            principal.require(Act.MAIL_READ)
        if wish.passphrase:
            principal.require(Act.DOMAIN_IMPORT)
        salt = self._parts.entropy.octets(archive.SALT_OCTETS) if wish.passphrase else b""
        sealing = await self._passphrases.key(wish.passphrase, salt) if salt else None
        told = {"mail": wish.mail, "secrets": sealing is not None}
        await self._parts.recorder.note(principal, Act.DOMAIN_EXPORT, [about_domain(domain)], after=told)
        try:
            done = await _Export(self._parts, sealing, writer, progress).write(domain, salt, mail=wish.mail)
            await writer.finish()
        finally:
            await writer.discard()
        return done


class _Export:
    """One archive in the making."""

    def __init__(self, parts: Administration, sealing: Sealing | None, writer: ArchiveWriter, progress: Progress | None) -> None:
        self._parts = parts
        self._sealing = sealing
        self._writer = writer
        self._progress = progress
        self._done = Exported()

    async def write(self, domain: Domain, salt: bytes, *, mail: bool) -> Exported:
        done = self._done
        done.domain = domain.name
        now = self._parts.clock.now()
        head = archive.Head(
            format=archive.FORMAT,
            version=archive.VERSION,
            id=self._parts.new_id(),
            domain=domain.name,
            exported_at=now,
            mail=mail,
            salt=salt,
        )
        await self._writer.add(archive.HEAD, encoded(head))
        await self._writer.add(archive.DOMAIN, encoded(await self._domain(domain)))
        async for account in self._accounts(domain):
            done.accounts += 1
            folder = f"{archive.ACCOUNTS}{done.accounts:06}/"
            await self._writer.add(folder + archive.ACCOUNT, encoded(await self._account(account)))
            boxes = await self._parts.accounts.mailboxes(account.id)
            await self._writer.add(folder + archive.MAILBOXES, encoded(await self._mailboxes(account.id, boxes)))
            for number, box in enumerate(boxes if mail else ()):
                await self._messages(account.id, number, box)
            if self._progress is not None:
                self._progress(done)
        await self._aliases(domain)
        end = archive.End(accounts=done.accounts, aliases=done.aliases, messages=done.messages, left_out=done.left_out)
        await self._writer.add(archive.END, encoded(end))
        return done

    async def _domain(self, domain: Domain) -> archive.DomainPart:
        settings, secret = await self._settings(f"domain:{domain.key}", domain.name)
        keys = await self._parts.directory.domain_keys(domain.key)
        sealed = b""
        if self._sealing is not None:
            opened = [msgspec.structs.replace(key, sealed=self._parts.vault.unseal(key.sealed)) for key in keys]
            sealed = self._sealing.seal(_PACK(archive.DomainSecrets(settings=secret, keys=opened)))
        elif keys:
            self._leave_out(f"{len(keys)} signing keys of {domain.name}: new ones are made, and have to be published")
        if domain.stands_for:
            self._leave_out(f"{domain.name} stands for {domain.stands_for}, which must be there")
        return archive.DomainPart(domain=domain, settings=settings, sealed=sealed)

    async def _accounts(self, domain: Domain) -> AsyncIterator[Account]:
        after = ""
        while page := await self._parts.directory.accounts(domain.key, after, PAGE):
            after = page[-1].key
            for account in page:
                if account.status is Status.REMOVED:
                    self._leave_out(f"{account.address}, which has been removed")
                else:
                    yield account

    async def _account(self, account: Account) -> archive.AccountPart:
        identity = to_text(account.id)
        settings, secret = await self._settings(f"account:{identity}", account.address)
        group = await self._parts.directory.group(account.id)
        group_settings = await self._settings(f"group:{identity}", account.address) if group is not None else ({}, {})
        sealed = await self._secrets(account, secret)
        return archive.AccountPart(account=account, settings=settings, group=group, group_settings=group_settings[0], sealed=sealed)

    async def _secrets(self, account: Account, settings: dict[str, Any]) -> bytes:
        known = await self._parts.directory.credentials(account.id)
        if self._sealing is None:
            if known:
                self._leave_out(f"passwords and second factors of {account.address}")
            return b""
        moving = []
        for credential in known:
            moved = portable(self._parts.vault, credential)
            if moved is None:
                self._leave_out(f"{credential.kind} {credential.name} of {account.address}: it proves nothing elsewhere")
            else:
                moving.append(moved)
        return self._sealing.seal(_PACK(archive.AccountSecrets(settings=settings, credentials=moving)))

    async def _settings(self, scope: str, name: str) -> tuple[dict[str, Any], dict[str, Any]]:
        """What is set there: what everybody may read, and what nobody may."""
        stored = await self._parts.directory.settings(scope)
        plain: dict[str, Any] = {}
        secret: dict[str, Any] = {}
        for key, value in stored.items():
            if key in REGISTRY:
                (secret if REGISTRY[key].secret else plain)[key] = msgspec.json.decode(value)
        if secret and self._sealing is None:
            self._leave_out(f"{', '.join(secret)} of {name}")
        return plain, secret

    async def _mailboxes(self, account_id: AccountId, boxes: Sequence[Mailbox]) -> archive.MailPart:
        store = self._parts.accounts
        parts = [
            archive.MailboxPart(
                name=box.name,
                special_use=None if box.special_use is None else str(box.special_use),
                uid_validity=box.uid_validity,
                uid_next=box.uid_next,
                grants=await store.grants(account_id, box.id),
                annotations=_public(await store.annotations(account_id, box.id)),
            )
            for box in boxes
        ]
        own = _public(await store.annotations(account_id, None))
        return archive.MailPart(mailboxes=parts, subscriptions=await store.subscriptions(account_id), annotations=own)

    async def _messages(self, account_id: AccountId, number: int, box: Mailbox) -> None:
        """The messages that were there when the mailbox was described."""
        page = await self._parts.accounts.placements(account_id, box.id)
        while page.uids:
            await self._page(account_id, number, box, page)
            if not page.more:
                return
            page = await self._parts.accounts.placements(account_id, box.id, page.uids[-1])

    async def _page(self, account_id: AccountId, number: int, box: Mailbox, page: PlacementPage) -> None:
        marks = dict(zip(page.uids, zip(page.flags, page.keywords, strict=True), strict=True))
        uids = [uid for uid in page.uids if uid < box.uid_next]
        start = 0
        while start < len(uids):
            found = await self._parts.accounts.fetch(account_id, box.id, uids, [RECEIVED_AT, OCTETS], start)
            for uid, received_at, octets in found.rows:
                try:
                    whole = await self._parts.accounts.read(account_id, box.id, uid) if octets is None else octets
                except NotFound:
                    continue  # it has been expunged meanwhile
                flags, keywords = marks[uid]
                attributes = {"received": repr(float(received_at)), "flags": str(flags)}
                if keywords:
                    attributes["keywords"] = keywords
                await self._writer.add(archive.message_name(self._done.accounts, number, uid), whole, attributes)
                self._done.messages += 1
            start = found.next_index
        if self._progress is not None:
            self._progress(self._done)

    async def _aliases(self, domain: Domain) -> None:
        after, number = "", 0
        while page := await self._parts.directory.aliases(domain.key, after, PAGE):
            after, number = page[-1].key, number + 1
            self._done.aliases += len(page)
            await self._writer.add(f"{archive.ALIASES}{number:06}.json", encoded(archive.AliasesPart(page)))

    def _leave_out(self, words: str) -> None:
        if len(self._done.left_out) < LEFT_OUT:
            self._done.left_out.append(words)


def _public(annotations: dict[str, bytes]) -> dict[str, bytes]:
    """Without what the house itself has written."""
    return {name: value for name, value in annotations.items() if not name.startswith(HOUSE)}
