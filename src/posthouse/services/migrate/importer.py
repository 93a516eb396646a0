"""Bringing mail in: every message once, with its date and its flags, whatever interrupts it."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice

import msgspec

from posthouse.foundation.errors import PosthouseError
from posthouse.foundation.ids import AccountId, MailboxId
from posthouse.model.content import Content
from posthouse.model.delivery import Append
from posthouse.model.mailbox import Mailbox
from posthouse.model.principal import Principal
from posthouse.model.role import Act
from posthouse.ports.account_store import AccountStore
from posthouse.ports.clock import Clock
from posthouse.ports.mail_source import MailSource, StoredMessage, Unreadable
from posthouse.ports.spool import Spool, SpoolFile
from posthouse.services.administer.finding import permitted_account
from posthouse.services.administer.parts import Administration
from posthouse.services.audit.recording import about_account
from posthouse.services.from_inside.bodies import body_of
from posthouse.services.migrate.folders import by_use, destination, root_name
from posthouse.services.migrate.known import Known, known_in

BATCH_MESSAGES = 100
BATCH_OCTETS = 4_194_304


@dataclass(frozen=True)
class ImportingParts:
    """What importing works with."""

    administration: Administration
    spool: Spool
    header_column: str
    """The projection that holds a message's header block."""

    @property
    def accounts(self) -> AccountStore:
        """Where the mail goes."""
        return self.administration.accounts

    @property
    def clock(self) -> Clock:
        """For messages that know no date."""
        return self.administration.clock


class Imported(msgspec.Struct):
    """How far it is, and in the end what was done."""

    mailbox: str = ""
    """The one being filled."""
    imported: int = 0
    present: int = 0
    """Messages that were there already."""
    unreadable: list[Unreadable] = []
    stopped: str = ""
    """Why it ended early; empty when all was done."""


Progress = Callable[[Imported], None]


class Importer:
    """The verb."""

    def __init__(self, parts: ImportingParts) -> None:
        self._parts = parts

    async def bring_in(
        self, principal: Principal, address: str, source: MailSource, *, mailbox: str, progress: Progress
    ) -> Imported:
        """Put all messages of a source into an account, below ``mailbox`` (INBOX: folders go where they belong).

        What is there already is passed over, so that an import can be repeated. A full quota or disk ends it early; what was
        brought in until then stays.
        Raises: Invalid, NotFound (address), NotPermitted, Unavailable.
        """
        account = await permitted_account(self._parts.administration, principal, Act.MAIL_IMPORT, address)
        root = root_name(mailbox)
        recorder = self._parts.administration.recorder
        await recorder.note(principal, Act.MAIL_IMPORT, [about_account(account)], after={"mailbox": mailbox})
        done = Imported()
        boxes = await self._parts.accounts.mailboxes(account.id)
        try:
            for levels in await asyncio.to_thread(source.folders):
                name = destination(levels, root, by_use(boxes))
                done.mailbox = name
                await self._fill(account.id, await self._open(account.id, name), source.messages(levels), (done, progress))
        except PosthouseError as error:
            if not done.imported and not done.present:
                raise
            done.stopped = str(error)
        return done

    async def _open(self, account_id: AccountId, name: str) -> Mailbox:
        for box in await self._parts.accounts.mailboxes(account_id):
            if box.name == name:
                return box
        box = await self._parts.accounts.create_mailbox(account_id, name)
        await self._parts.accounts.subscribe(account_id, name, True)
        return box

    async def _fill(
        self,
        account_id: AccountId,
        box: Mailbox,
        messages: Iterator[StoredMessage | Unreadable],
        report: tuple[Imported, Progress],
    ) -> None:
        done, progress = report
        known = await known_in(self._parts.accounts, account_id, box.id, self._parts.header_column)
        batch: list[StoredMessage] = []
        while True:
            portion = await asyncio.to_thread(_portion, messages)
            for message in portion:
                if isinstance(message, Unreadable):
                    done.unreadable.append(message)
                elif _is_new(message, known, done):
                    batch.append(message)
            await self._append(account_id, box.id, batch)
            done.imported += len(batch)
            batch.clear()
            progress(done)
            if not portion:
                return

    async def _append(self, account_id: AccountId, mailbox_id: MailboxId, batch: list[StoredMessage]) -> None:
        if not batch:
            return
        files: list[SpoolFile] = []
        try:
            appends = [await self._prepared(message, files) for message in batch]
            await self._parts.accounts.append(account_id, mailbox_id, appends)
        finally:
            for file in files:
                await file.discard()

    async def _prepared(self, message: StoredMessage, files: list[SpoolFile]) -> Append:
        at = message.received_at or self._parts.clock.now()
        return Append(Content(await body_of(self._parts.spool, message.octets, files)), at, message.flags, message.keywords)


def _portion(messages: Iterator[StoredMessage | Unreadable]) -> list[StoredMessage | Unreadable]:
    """The next messages, as many as one transaction should hold; none at the end."""
    portion: list[StoredMessage | Unreadable] = []
    octets = 0
    for message in islice(messages, BATCH_MESSAGES):
        portion.append(message)
        octets += len(message.octets) if isinstance(message, StoredMessage) else 0
        if octets >= BATCH_OCTETS:
            break
    return portion


def _is_new(message: StoredMessage, known: Known, done: Imported) -> bool:
    if known.take(message.octets):
        done.present += 1
        return False
    return True
