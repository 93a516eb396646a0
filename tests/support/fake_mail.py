"""A mailbox in memory that answers the looking verbs of ``services.mail.Mail``, for tests of views and searches."""

from collections.abc import Sequence
from typing import Any, cast

from posthouse.adapters.search.scanning import ScanningTextSearch
from posthouse.formats.mime.scanner import scan
from posthouse.foundation.errors import NotFound
from posthouse.foundation.ids import AccountId, EmailId, MailboxId
from posthouse.model.mailbox import Mailbox, MailboxChanges, PlacementPage
from posthouse.model.sharing.rights import Right
from posthouse.ports.account_store import AccountReader, FetchPage
from posthouse.ports.search import TextColumns
from posthouse.protocols.imap.projections.registry import BODY_TEXT, HEADER_TEXT, OWN_TEXT, PROJECTIONS, TRACE_TEXT
from posthouse.protocols.imap.projections.search_text import TRACE
from posthouse.servers.imap.mailbox.selected import Selected
from posthouse.servers.imap.mailbox.view import MailboxView
from posthouse.servers.imap.modes import Modes
from posthouse.servers.imap.searching.rows import Rows
from posthouse.services.mail import Mail
from posthouse.services.search import MailSearch

MAILBOX = MailboxId(b"m" * 16)
ACCOUNT = AccountId(b"a" * 16)


TEXT_COLUMNS = TextColumns(OWN_TEXT, HEADER_TEXT, TRACE_TEXT, TRACE, BODY_TEXT)


class FakeMail:
    """Messages with flags; every change counts the modification sequence up. Pages are small, so that there are many."""

    SAVED_LATER = 86_400.0
    """Seconds between arrival and coming into this mailbox."""

    def __init__(self, page_rows: int = 3) -> None:
        self.account_id = ACCOUNT
        self.viewer: AccountId | None = None
        self.page_rows = page_rows
        self.mod_sequence = 1
        self.uid_next = 1
        self.messages: dict[int, tuple[int, str, int]] = {}
        self.octets: dict[int, bytes] = {}
        self.received: dict[int, float] = {}
        self.expunged: list[tuple[int, int]] = []
        self.horizon = 0
        self.is_gone = False
        self.calls: list[str] = []

    def put(self, octets: bytes = b"Subject: x\r\n\r\n", flags: int = 0, keywords: str = "", received_at: float = 0.0) -> int:
        """Add a message."""
        self.mod_sequence += 1
        uid, self.uid_next = self.uid_next, self.uid_next + 1
        self.messages[uid] = flags, keywords, self.mod_sequence
        self.octets[uid] = octets
        self.received[uid] = received_at
        return uid

    def flag(self, uid: int, flags: int, keywords: str = "") -> PlacementPage:
        """Set flags; returns what ``store_flags`` would."""
        self.mod_sequence += 1
        self.messages[uid] = flags, keywords, self.mod_sequence
        return PlacementPage([uid], [flags], [keywords], [self.mod_sequence])

    def expunge(self, uid: int) -> None:
        """Remove a message."""
        self.mod_sequence += 1
        del self.messages[uid]
        self.expunged.append((self.mod_sequence, uid))

    def forget_expunged(self) -> None:
        """Forget which messages went, as a store does after a while."""
        self.expunged.clear()
        self.horizon = self.mod_sequence

    def email_id(self, uid: int) -> EmailId:
        """Id of a message."""
        return EmailId(b"email-%010d" % uid)

    def as_mail(self) -> Mail:
        """What code under test takes."""
        return cast("Mail", self)

    def look_again(self) -> None:
        """Rights are never remembered here."""

    async def require(self, mailbox_id: MailboxId, right: Right) -> None:
        """Everything may be done."""

    async def mailbox(self, mailbox_id: MailboxId) -> Mailbox:
        self._look("mailbox")
        return Mailbox(mailbox_id, "box", None, 1, self.uid_next, self.mod_sequence, len(self.messages), 0, 0, 0, 1)

    async def placements(self, mailbox_id: MailboxId, after_uid: int = 0) -> PlacementPage:
        self._look("placements")
        return self._page([uid for uid in self.messages if uid > after_uid])

    async def changes(self, mailbox_id: MailboxId, since: int, after_uid: int = 0) -> MailboxChanges:
        self._look("changes")
        changed = [uid for uid, row in self.messages.items() if row[2] > since and uid > after_uid]
        expunged = sorted(uid for mod_sequence, uid in self.expunged if mod_sequence > since)
        return MailboxChanges(self.mod_sequence, self.uid_next, self._page(changed), expunged, self.horizon)

    async def fetch(self, mailbox_id: MailboxId, uids: Sequence[int], columns: Sequence[str], start: int = 0) -> FetchPage:
        self._look("fetch")
        end = min(start + self.page_rows, len(uids))
        rows = [(uid, *[self._column(uid, name) for name in columns]) for uid in uids[start:end] if uid in self.octets]
        return FetchPage(rows, end)

    async def read(self, mailbox_id: MailboxId, uid: int, start: int = 0, length: int | None = None) -> bytes:
        self._look("read")
        return self.octets[uid][start : None if length is None else start + length]

    def _column(self, uid: int, name: str) -> Any:
        octets = self.octets[uid]
        flags, keywords, _ = self.messages.get(uid, (0, "", 0))
        if name in ("email_id", "thread_id"):
            return self.email_id(uid) if name == "email_id" else b"thread".ljust(16)
        if name == "saved_at":
            return self.received[uid] + self.SAVED_LATER
        simple = {"flags": flags, "keywords": keywords, "size": len(octets), "received_at": self.received[uid], "octets": octets}
        return simple[name] if name in simple else PROJECTIONS[name](octets, scan(octets))

    def _page(self, uids: list[int]) -> PlacementPage:
        some = uids[: self.page_rows]
        rows = [self.messages[uid] for uid in some]
        return PlacementPage(some, [r[0] for r in rows], [r[1] for r in rows], [r[2] for r in rows], len(some) < len(uids))

    def _look(self, verb: str) -> None:
        self.calls.append(verb)
        if self.is_gone:
            raise NotFound("the mailbox does not exist")


class _Accounts:
    """The same by account."""

    def __init__(self, mail: FakeMail) -> None:
        self._mail = mail

    async def fetch(
        self, account_id: AccountId, mailbox_id: MailboxId, uids: Sequence[int], columns: Sequence[str], start: int = 0
    ) -> FetchPage:
        return await self._mail.fetch(mailbox_id, uids, columns, start)


def texts_of(mail: FakeMail) -> MailSearch:
    """Search texts by looking at every message."""
    return MailSearch(mail.as_mail(), ScanningTextSearch(cast("AccountReader", _Accounts(mail)), TEXT_COLUMNS, PROJECTIONS))


async def open_rows(mail: FakeMail) -> Rows:
    """Select the mailbox."""
    view = MailboxView(mail.as_mail(), MAILBOX)
    await view.refresh()
    return Rows(mail.as_mail(), Selected(view, "box", is_read_only=True, modes=Modes()))
