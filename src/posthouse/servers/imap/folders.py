"""An account's mailboxes by name; ids once seen are remembered, and checked when they are used."""

import unicodedata

from posthouse.foundation.errors import NotFound
from posthouse.foundation.ids import MailboxId
from posthouse.model.mailbox import Mailbox
from posthouse.protocols.imap.responses.codes import NONEXISTENT, TRYCREATE
from posthouse.servers.imap.answers import No
from posthouse.services.mail import Mail


class Folders:
    """The mailboxes of one account, for one session."""

    __slots__ = ("_ids", "_mail")

    def __init__(self, mail: Mail) -> None:
        self._mail = mail
        self._ids: dict[str, MailboxId] = {}

    async def all(self) -> list[Mailbox]:
        """All mailboxes, INBOX first."""
        found = await self._mail.mailboxes()
        self._ids = {mailbox.name: mailbox.id for mailbox in found}
        return found

    async def find(self, name: str) -> Mailbox:
        """Return the mailbox called ``name`` as it is now.

        Raises: No, code NONEXISTENT.
        """
        name = unicodedata.normalize("NFC", name)
        mailbox_id = self._ids.get(name)
        if mailbox_id is not None:
            try:
                mailbox = await self._mail.mailbox(mailbox_id)
            except NotFound:
                mailbox = None
            if mailbox is not None and mailbox.name == name:
                return mailbox
        for mailbox in await self.all():
            if mailbox.name == name:
                return mailbox
        raise No("There is no such mailbox", NONEXISTENT)

    async def destination(self, name: str) -> Mailbox:
        """Return the mailbox that messages are to be put into.

        Raises: No, code TRYCREATE.
        """
        try:
            return await self.find(name)
        except No as missing:
            raise No(missing.text, TRYCREATE) from None
