"""Which accounts are open, who owns them, and how they go."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import apsw
import pytest
from tests.support.fakes import FakeClock

from posthouse.adapters.sql.sqlite.accounts import files as module
from posthouse.adapters.sql.sqlite.accounts.files import AccountFiles, Places
from posthouse.adapters.sql.sqlite.accounts.opening import Opener
from posthouse.adapters.sql.sqlite.accounts.transactions.mailboxes import create_account, create_first
from posthouse.adapters.sql.sqlite.file import one
from posthouse.adapters.sql.sqlite.threads import Threads
from posthouse.foundation.errors import NotFound
from posthouse.foundation.ids import AccountId, MailboxId, to_text
from posthouse.model.mailbox import SpecialUse

ALICE = AccountId(b"alice-alice-alic")


def account_id(number: int) -> AccountId:
    return AccountId(b"%016d" % number)


def fill(epoch: int = 1) -> Callable[[apsw.Connection], None]:
    def work(db: apsw.Connection) -> None:
        create_account(db, (ALICE, "person"), epoch, 5.0)
        create_first(db, "INBOX", SpecialUse.INBOX, MailboxId(b"m" * 16), 5.0)

    return work


class Opened:
    """Files with threads of their own."""

    def __init__(self, root: Path, epoch: int) -> None:
        self.readers, self.writers = Threads(1, "readers"), Threads(1, "writers")
        opener = Opener(epoch, ["envelope"], FakeClock())
        self.files = AccountFiles(Places(root / "accounts", root / "marks"), opener, ["envelope"], (self.readers, self.writers))

    def stop(self) -> None:
        self.files.stop()
        self.readers.stop()
        self.writers.stop()

    async def touch(self, id_: AccountId) -> None:
        """Use both ends of an account."""
        account = self.files.get(id_)
        await self.readers.run(account.reader, lambda db: db.execute("SELECT 1 FROM account").fetchone())
        await self.writers.run(account.writer, lambda db: db.execute("SELECT 1 FROM account").fetchone())


@asynccontextmanager
async def opened(root: Path, epoch: int = 1) -> AsyncIterator[Opened]:
    made = Opened(root, epoch)
    yield made
    await asyncio.to_thread(made.stop)


async def test_an_account_lies_below_the_last_characters_of_its_id(tmp_path: Path) -> None:
    async with opened(tmp_path) as here:
        here.files.create(ALICE, fill())
        text = to_text(ALICE)
        assert here.files.directory(ALICE) == tmp_path / "accounts" / text[-2:] / text
        assert (tmp_path / "marks" / text[-2:] / text).exists()
        assert (here.files.directory(ALICE) / "account.db").exists()
        assert here.files.get(ALICE).blob("x") == here.files.directory(ALICE) / "blobs" / "x"


async def test_making_it_again_fills_nothing(tmp_path: Path) -> None:
    async with opened(tmp_path) as here:
        here.files.create(ALICE, fill())
        here.files.create(ALICE, lambda _db: pytest.fail("it was there already"))


async def test_an_account_whose_making_was_interrupted_is_made_at_last(tmp_path: Path) -> None:
    def die(_db: apsw.Connection) -> None:
        raise KeyError("the power has failed")

    async with opened(tmp_path) as here:
        with pytest.raises(KeyError):
            here.files.create(ALICE, die)
        here.files.create(ALICE, fill())
        await here.touch(ALICE)


async def test_no_account_is_not_found_at_either_end(tmp_path: Path) -> None:
    async with opened(tmp_path) as here:
        account = here.files.get(ALICE)
        for threads, end in ((here.readers, account.reader), (here.writers, account.writer)):
            with pytest.raises(NotFound):
                await threads.run(end, lambda _db: None)
        assert not here.files.directory(ALICE).exists()


async def test_the_least_recently_used_are_closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "OPEN_ACCOUNTS", 3)
    async with opened(tmp_path) as here:
        accounts = []
        for number in range(3):
            here.files.create(account_id(number), fill())
            await here.touch(account_id(number))
            accounts.append(here.files.get(account_id(number)))
        await here.touch(account_id(0))
        here.files.create(account_id(3), fill())
        await here.touch(account_id(3))
        await here.touch(account_id(0))
        assert here.files.get(account_id(0)) is accounts[0]
        assert (accounts[1].reader.connection, accounts[1].writer.connection) == (None, None)
        assert accounts[2].writer.connection is not None
        assert here.files.get(account_id(1)) is not accounts[1]


async def test_an_account_in_use_is_not_closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "OPEN_ACCOUNTS", 1)
    async with opened(tmp_path) as here:
        for number in range(2):
            here.files.create(account_id(number), fill())
        first = here.files.get(account_id(0))
        work = asyncio.create_task(here.readers.run(first.reader, lambda _db: "read"))
        await asyncio.sleep(0)
        assert first.busy
        here.files.get(account_id(1))
        assert here.files.get(account_id(0)) is first
        assert await work == "read"


async def test_a_destroyed_account_leaves_nothing(tmp_path: Path) -> None:
    async with opened(tmp_path) as here:
        here.files.create(ALICE, fill())
        await here.touch(ALICE)
        here.files.get(ALICE).blob("x").write_bytes(b"a body")
        here.files.forget(ALICE)
        here.files.destroy(ALICE)
        here.files.destroy(ALICE)
        assert list(here.files.directory(ALICE).parent.iterdir()) == []
        with pytest.raises(NotFound):
            await here.touch(ALICE)


async def test_what_a_crash_left_of_a_destroyed_account_goes_when_it_is_destroyed_again(tmp_path: Path) -> None:
    async with opened(tmp_path) as here:
        here.files.create(ALICE, fill())
        directory = here.files.directory(ALICE)
        directory.rename(directory.with_suffix(".destroyed"))
        here.files.destroy(ALICE)
        assert list(directory.parent.iterdir()) == []


async def test_the_account_keeps_the_highest_epoch_that_opened_it_for_writing(tmp_path: Path) -> None:
    async def epoch(here: Opened) -> int:
        account = here.files.get(ALICE)
        await here.writers.run(account.writer, lambda _db: None)
        (found,) = await here.readers.run(account.reader, lambda db: one(db, "SELECT owner_epoch FROM account"))
        return int(found)

    async with opened(tmp_path, 3) as third:
        third.files.create(ALICE, fill(1))
        assert await epoch(third) == 3
        async with opened(tmp_path, 5) as fifth:
            assert await epoch(fifth) == 5
            third.files.forget(ALICE)
            assert await epoch(third) == 5
