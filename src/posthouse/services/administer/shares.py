"""Who has rights on whose mailboxes, as the operator sees and sets it; people do the same for themselves by IMAP."""

from typing import Final

import msgspec

from posthouse.foundation.errors import NotFound
from posthouse.model.account import Account
from posthouse.model.mailbox import SEPARATOR, Mailbox, check_name
from posthouse.model.principal import SYSTEM, Principal
from posthouse.model.role import Act
from posthouse.model.sharing.rights import Right, format_rights, parse_rights
from posthouse.services.administer.finding import permitted_account
from posthouse.services.administer.parts import Administration
from posthouse.services.audit.recording import about_account
from posthouse.services.mail import Mail
from posthouse.services.sharing.granting import Granting
from posthouse.services.sharing.people import People

WORDS: Final = {"read": "lrs", "write": "lrswipte", "full": "lrswipkxtea"}
"""Rights as people say them: look on; work with the messages; do as the owner does."""
EVERYTHING: Final = "*"
"""All mailboxes of an account."""


class Share(msgspec.Struct, frozen=True):
    """The rights somebody has on a mailbox."""

    mailbox: str
    who: str
    rights: str
    """As letters (RFC 4314)."""


class Shares:
    """The verbs; all raise Invalid and NotFound (an address, the mailbox), Unavailable and NotPermitted."""

    def __init__(self, parts: Administration) -> None:
        self._parts = parts
        self._people = People(parts.directory, parts.accounts)
        self._granting = Granting(parts.directory, parts.accounts, parts.settings)

    async def all(self, principal: Principal, address: str, mailbox: str | None = None) -> list[Share]:
        """Who has rights, on one mailbox or on any, by mailbox."""
        _, mail = await self._open(principal, Act.SHARE_LOOK, address)
        chosen = {box.id: box.name for box in await _chosen(mail, mailbox or EVERYTHING, recursive=False)}
        found = []
        for mailbox_id, grant in await mail.all_grants():
            if mailbox_id in chosen:
                who = await self._people.shown(grant.identifier)
                found.append(Share(chosen[mailbox_id], who, format_rights(grant.rights)))
        return sorted(found, key=lambda share: (share.mailbox != "INBOX", share.mailbox, share.who))

    async def set(
        self, principal: Principal, address: str, mailbox: str, who: str, rights: str, *, recursive: bool = False
    ) -> list[Share]:
        """Give somebody exactly these rights, as a word or as letters, perhaps on all mailboxes below too."""
        account, mail = await self._open(principal, Act.SHARE_CHANGE, address)
        wanted = parse_rights(WORDS.get(rights.lower(), rights))
        identifier = await self._people.identifier(who, account)
        shown = await self._people.shown(identifier)
        chosen = await _chosen(mail, mailbox, recursive=recursive)
        after = {"who": shown, "mailboxes": [box.name for box in chosen], "rights": format_rights(wanted)}
        async with self._parts.recorded(principal, Act.SHARE_CHANGE, about_account(account), after=after):
            for box in chosen:
                await self._granting.grant(mail, box.id, identifier, wanted)
        return [Share(box.name, shown, format_rights(wanted)) for box in chosen]

    async def remove(
        self, principal: Principal, address: str, mailbox: str, who: str | None = None, *, recursive: bool = False
    ) -> int:
        """Take all rights of somebody, or of everybody; returns how many grants there were."""
        account, mail = await self._open(principal, Act.SHARE_CHANGE, address)
        identifier = None if who is None else await self._people.identifier(who, account)
        chosen = {box.id for box in await _chosen(mail, mailbox, recursive=recursive)}
        found = [
            (mailbox_id, grant.identifier)
            for mailbox_id, grant in await mail.all_grants()
            if mailbox_id in chosen and identifier in (None, grant.identifier)
        ]
        before = {"who": who or "everybody", "mailbox": mailbox, "grants": len(found)}
        async with self._parts.recorded(principal, Act.SHARE_CHANGE, about_account(account), before=before):
            for mailbox_id, held_by in found:
                await self._granting.grant(mail, mailbox_id, held_by, Right.NONE)
        return len(found)

    async def _open(self, principal: Principal, act: Act, address: str) -> tuple[Account, Mail]:
        account = await permitted_account(self._parts, principal, act, address)
        return account, Mail(SYSTEM, account.id, self._parts.accounts)


async def _chosen(mail: Mail, name: str, *, recursive: bool) -> list[Mailbox]:
    """The mailboxes a name means. Raises: NotFound; Invalid."""
    everything = await mail.mailboxes()
    if name == EVERYTHING:
        return everything
    name = check_name(name)
    found = [box for box in everything if box.name == name or (recursive and box.name.startswith(name + SEPARATOR))]
    if not found:
        raise NotFound(f"there is no mailbox {name}")
    return found
