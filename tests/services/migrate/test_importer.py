"""Bringing mail in: every message once, whatever interrupts it."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from tests.support.administration import OPERATOR, Office, open_office

from posthouse.foundation.errors import Invalid, NotPermitted, OverQuota
from posthouse.model.account import Account
from posthouse.model.mailbox import Flag
from posthouse.model.principal import Principal
from posthouse.model.role import Role
from posthouse.ports.mail_source import StoredMessage, Unreadable
from posthouse.protocols.imap.projections.registry import HEADER
from posthouse.services.administer.accounts import AccountChanges
from posthouse.services.migrate import importer as module
from posthouse.services.migrate.importer import Imported, Importer, ImportingParts


class ListedSource:
    """Messages in memory."""

    def __init__(self, folders: dict[tuple[str, ...], list[StoredMessage | Unreadable]]) -> None:
        self._folders = folders

    def folders(self) -> list[tuple[str, ...]]:
        """The folders."""
        return list(self._folders)

    def messages(self, folder: tuple[str, ...]) -> Iterator[StoredMessage | Unreadable]:
        """The messages."""
        yield from self._folders[folder]


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with open_office(tmp_path) as opened:
        yield opened


def _message(subject: str, *, at: float = 1_000.0, flags: int = 0, keywords: tuple[str, ...] = ()) -> StoredMessage:
    return StoredMessage(f"Subject: {subject}\r\n\r\nhello\r\n".encode(), at, flags, keywords, subject)


async def _bring(office: Office, source: ListedSource, mailbox: str = "INBOX") -> Imported:
    importer = Importer(ImportingParts(office.parts, office.spool, HEADER))
    return await importer.bring_in(OPERATOR, "alice@example.test", source, mailbox=mailbox, progress=lambda _: None)


async def _held(office: Office, account: Account) -> dict[str, int]:
    return {box.name: box.messages for box in await office.parts.accounts.mailboxes(account.id) if box.messages}


async def test_messages_come_with_dates_flags_and_folders(office: Office) -> None:
    alice = await office.add("alice", "zh")
    source = ListedSource(
        {
            (): [_message("a", at=5.0, flags=int(Flag.SEEN | Flag.ANSWERED), keywords=("$Label1",)), _message("no date", at=0.0)],
            ("Sent Items", "2003"): [_message("b")],
            ("Work", "a/b"): [_message("c")],
            ("INBOX", "Lists"): [_message("d")],
        }
    )
    done = await _bring(office, source)
    assert (done.imported, done.present, done.stopped) == (5, 0, "")
    assert await _held(office, alice) == {"INBOX": 2, "已发送/2003": 1, "Work/a_b": 1, "INBOX/Lists": 1}
    inbox = (await office.parts.accounts.mailboxes(alice.id))[0]
    rows = (await office.parts.accounts.fetch(alice.id, inbox.id, [1, 2], ["received_at", "flags", "keywords"])).rows
    assert rows == [(1, 5.0, 3, "$Label1"), (2, office.clock.now(), 0, "")]
    assert "Work/a_b" in await office.parts.accounts.subscriptions(alice.id)


async def test_the_same_again_brings_nothing_and_equal_messages_stay_two(office: Office) -> None:
    alice = await office.add("alice")
    await _bring(office, ListedSource({(): [_message("a"), _message("a"), _message("b")]}))
    done = await _bring(office, ListedSource({(): [_message("a"), _message("a"), _message("a"), _message("b"), _message("c")]}))
    assert (done.imported, done.present) == (2, 3)
    assert await _held(office, alice) == {"INBOX": 5}


async def test_everything_can_go_below_one_mailbox(office: Office) -> None:
    alice = await office.add("alice")
    await _bring(office, ListedSource({(): [_message("a")], ("Sent",): [_message("b")]}), "Old/2003")
    assert await _held(office, alice) == {"Old/2003": 1, "Old/2003/Sent": 1}
    for wrong in ("", "a//b", " "):
        with pytest.raises(Invalid):
            await _bring(office, ListedSource({}), wrong)


async def test_a_full_mailbox_stops_it_and_later_it_goes_on(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BATCH_MESSAGES", 2)
    alice = await office.add("alice")
    size = len(_message("0").octets)
    await office.accounts.change(OPERATOR, alice.address, AccountChanges(quota_octets=size * 4))
    source = ListedSource({(): [_message(str(number)) for number in range(6)]})
    stopped = await _bring(office, source)
    assert (stopped.imported, stopped.mailbox) == (4, "INBOX")
    assert "full" in stopped.stopped
    await office.accounts.change(OPERATOR, alice.address, AccountChanges(quota_octets=0))
    done = await _bring(office, source)
    assert (done.imported, done.present, done.stopped) == (2, 4, "")
    await office.accounts.change(OPERATOR, alice.address, AccountChanges(quota_octets=1))
    with pytest.raises(OverQuota):
        await _bring(office, ListedSource({(): [_message("x")]}))


async def test_large_messages_go_through_the_spool(office: Office, tmp_path: Path) -> None:
    alice = await office.add("alice")
    large = StoredMessage(b"Subject: large\r\n\r\n" + b"x" * 200_000 + b"\r\n", 1.0)
    source = ListedSource({(): [large]})
    assert (await _bring(office, source)).imported == 1
    inbox = (await office.parts.accounts.mailboxes(alice.id))[0]
    assert await office.parts.accounts.read(alice.id, inbox.id, 1) == large.octets
    assert list((tmp_path / "spool").iterdir()) == []
    assert (await _bring(office, source)).present == 1
    assert await office.parts.accounts.verify(alice.id) == []


async def test_what_cannot_be_read_is_reported(office: Office) -> None:
    await office.add("alice")
    done = await _bring(office, ListedSource({(): [Unreadable("x", "broken"), _message("a")]}))
    assert (done.imported, [each.origin for each in done.unreadable]) == (1, ["x"])


async def test_owners_bring_in_their_own_mail_only(office: Office) -> None:
    alice = await office.add("alice")
    await office.add("bob")
    owner = Principal(alice.id, alice.address, Role.OWNER)
    importer = Importer(ImportingParts(office.parts, office.spool, HEADER))
    seen: list[int] = []
    source = ListedSource({(): [_message("a")]})
    await importer.bring_in(owner, alice.address, source, mailbox="INBOX", progress=lambda done: seen.append(done.imported))
    assert seen == [1, 1]
    with pytest.raises(NotPermitted):
        await importer.bring_in(owner, "bob@example.test", source, mailbox="INBOX", progress=lambda _: None)
