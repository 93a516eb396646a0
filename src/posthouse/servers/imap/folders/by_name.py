"""Mailboxes by the names one session knows them under, its own and those of others; ids once seen are remembered, and checked."""

import unicodedata
from typing import NamedTuple

from msgspec.structs import replace

from posthouse.foundation.errors import NotFound
from posthouse.foundation.ids import AccountId, MailboxId
from posthouse.model.account import Account
from posthouse.model.mailbox import INBOX, SEPARATOR, Mailbox
from posthouse.model.principal import Principal
from posthouse.protocols.imap.responses.codes import NONEXISTENT, TRYCREATE
from posthouse.servers.imap.answers import No
from posthouse.servers.imap.folders.namespaces import foreign, level_of, top_of
from posthouse.services.mail import Mail
from posthouse.services.sharing.people import People


class Folder(NamedTuple):
    """A mailbox under the name this session's client knows, and the mail it is in."""

    mail: Mail
    mailbox: Mailbox

    @property
    def name(self) -> str:
        """Its name to the client."""
        return self.mailbox.name


class Spot(NamedTuple):
    """Where a name leads, whether there is a mailbox or not: an account, and the name its owner would say."""

    mail: Mail
    name: str


class Folders:
    """The mailboxes of one session."""

    __slots__ = ("_known", "_mails", "_people", "_principal", "own")

    def __init__(self, principal: Principal, own: Mail, people: People) -> None:
        self.own = own
        self._principal = principal
        self._people = people
        self._known: dict[str, tuple[Mail, MailboxId]] = {}
        self._mails: dict[AccountId, Mail] = {}

    async def all(self) -> list[Mailbox]:
        """One's own mailboxes, INBOX first."""
        found = await self.own.mailboxes()
        self._known = {name: known for name, known in self._known.items() if known[0] is not self.own}
        self._known.update({mailbox.name: (self.own, mailbox.id) for mailbox in found})
        return found

    async def listed(self, account: Account) -> list[Folder]:
        """What an account lets one see, under its names here."""
        mail = self._mail_of(account)
        return [_placed(mail, mailbox, level_of(account)) for mailbox in await mail.mailboxes()]

    async def find(self, name: str) -> Folder:
        """Return the mailbox called ``name`` as it is now.

        Raises: No, code NONEXISTENT, also where one may not know that there is one.
        """
        name = unicodedata.normalize("NFC", name)
        known = self._known.get(name)
        if known is not None:
            found = await self._again(name, *known)
            if found is not None:
                return found
        spot = await self.spot(name)
        inner = INBOX if spot.name.upper() == INBOX else spot.name
        for mailbox in await (self.all() if spot.mail is self.own else spot.mail.reachable()):
            if mailbox.name == inner:
                self._known[name] = spot.mail, mailbox.id
                return Folder(spot.mail, mailbox if spot.mail is self.own else replace(mailbox, name=name))
        raise No("There is no such mailbox", NONEXISTENT)

    async def destination(self, name: str) -> Folder:
        """Return the mailbox that messages are to be put into.

        Raises: No, code TRYCREATE.
        """
        try:
            return await self.find(name)
        except No as missing:
            raise No(missing.text, TRYCREATE) from None

    async def spot(self, name: str) -> Spot:
        """Where a name leads. Raises: No, code NONEXISTENT, for somebody who is not there."""
        parts = foreign(name)
        if parts is None:
            return Spot(self.own, name)
        try:
            account = await self._people.named(parts.address)
        except NotFound:
            account = None
        if account is None or account.id == self.own.account_id or top_of(account) != parts.top:
            raise No("There is no such mailbox", NONEXISTENT)
        return Spot(self._mail_of(account), parts.name)

    async def _again(self, name: str, mail: Mail, mailbox_id: MailboxId) -> Folder | None:
        """A mailbox seen before, if it still has that name."""
        try:
            mailbox = await mail.mailbox(mailbox_id)
        except NotFound:
            return None
        if mail is self.own:
            return Folder(mail, mailbox) if mailbox.name == name else None
        spot = await self.spot(name)
        is_same = spot.mail is mail and (spot.name == mailbox.name or spot.name.upper() == mailbox.name == INBOX)
        return Folder(mail, replace(mailbox, name=name)) if is_same else None

    def _mail_of(self, account: Account) -> Mail:
        if account.id not in self._mails:
            self._mails[account.id] = self._people.mail_of(self._principal, account.id)
        return self._mails[account.id]


def _placed(mail: Mail, mailbox: Mailbox, level: str) -> Folder:
    return Folder(mail, replace(mailbox, name=level + SEPARATOR + mailbox.name))
