"""Where accounts lie, and which of them are open.

``accounts/ab/<account-id>/`` holds account.db and blobs/; ``ab`` are the last two characters of the id (its first ones are time).
``marks/ab/<account-id>`` is the account's mark, elsewhere on purpose: who puts back an older directory does not put back the mark.
Open databases are kept least recently used, bounded by number: each costs handles and memory, and idle sessions need none.
"""

import shutil
from collections import OrderedDict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import apsw

from posthouse.adapters.blobs.links import sync_directory
from posthouse.adapters.sql.sqlite.accounts.marks import Mark
from posthouse.adapters.sql.sqlite.accounts.opening import Opener, note
from posthouse.adapters.sql.sqlite.accounts.schema import prepare
from posthouse.adapters.sql.sqlite.checkpoints import Checkpointer, settle
from posthouse.adapters.sql.sqlite.file import connect, immediate
from posthouse.adapters.sql.sqlite.threads import SerialFile, Threads
from posthouse.foundation.ids import AccountId, to_text

OPEN_ACCOUNTS = 64
"""An open account costs some 370 KiB; opening it again two thirds of a millisecond."""


class OpenAccount:
    """The two ends of one account's database; each is connected by its first transaction."""

    __slots__ = ("directory", "mark", "reader", "writer")

    def __init__(self, directory: Path, mark: Mark, reader: SerialFile, writer: SerialFile) -> None:
        self.directory = directory
        self.mark = mark
        self.reader = reader
        self.writer = writer

    @property
    def busy(self) -> bool:
        """Whether a transaction waits or runs."""
        return self.reader.busy or self.writer.busy

    def blob(self, name: str) -> Path:
        """Where a blob of the account lies."""
        return self.directory / "blobs" / name


class Places(NamedTuple):
    """Two directories that are backed up, and put back, apart."""

    accounts: Path
    marks: Path


class AccountFiles:
    """All accounts below one directory, for one process."""

    def __init__(self, places: Places, opener: Opener, projections: Sequence[str], threads: tuple[Threads, Threads]) -> None:
        self._root, self._marks = places
        self._opener = opener
        self._projections = list(projections)
        self._readers, self._writers = threads
        self._open: OrderedDict[AccountId, OpenAccount] = OrderedDict()
        self._checkpointer = Checkpointer()

    def directory(self, account_id: AccountId) -> Path:
        """The account's directory."""
        text = to_text(account_id)
        return self._root / text[-2:] / text

    def mark(self, account_id: AccountId) -> Mark:
        """The account's mark."""
        text = to_text(account_id)
        return Mark(self._marks / text[-2:] / text)

    def held(self, account_id: AccountId) -> OpenAccount | None:
        """The account, if it is open."""
        return self._open.get(account_id)

    def get(self, account_id: AccountId) -> OpenAccount:
        """The account, opened or not yet; transactions raise NotFound where there is none."""
        found = self._open.get(account_id)
        if found is None:
            found = self._open[account_id] = self._opened(account_id)
            self._evict()
        else:
            self._open.move_to_end(account_id)
        return found

    def create(self, account_id: AccountId, fill: Callable[[apsw.Connection], None]) -> None:
        """Make the account's directory and database, durably; in a thread. Making it again changes nothing."""
        directory = self.directory(account_id)
        (directory / "blobs").mkdir(parents=True, exist_ok=True)
        connection = connect(directory / "account.db")
        try:
            prepare(connection, self._projections)
            with immediate(connection):
                if connection.execute("SELECT 1 FROM account").fetchone() is None:
                    self.mark(account_id).create()
                    fill(connection)
        finally:
            connection.close()
        for path in (directory, directory.parent, self._root):
            sync_directory(path)

    def forget(self, account_id: AccountId) -> None:
        """Close the account's database, if it is open."""
        found = self._open.pop(account_id, None)
        if found is not None:
            self._close(found)

    def destroy(self, account_id: AccountId) -> None:
        """Remove the account's directory and its mark; in a thread. Doing it again removes what a crash has left."""
        directory = self.directory(account_id)
        grave = directory.with_suffix(".destroyed")
        if directory.exists():
            directory.rename(grave)
            sync_directory(grave.parent)
        shutil.rmtree(grave, ignore_errors=True)
        self.mark(account_id).remove()

    def stop(self) -> None:
        """Close everything."""
        for account_id in list(self._open):
            self.forget(account_id)
        self._checkpointer.stop()

    def _opened(self, account_id: AccountId) -> OpenAccount:
        directory = self.directory(account_id)
        path = directory / "account.db"

        mark = self.mark(account_id)

        def writer() -> apsw.Connection:
            connection = self._opener.writer(path, mark)
            self._checkpointer.watch(connection)
            return connection

        def noted(connection: apsw.Connection) -> None:
            note(connection, mark)

        def leave(connection: apsw.Connection) -> None:
            noted(connection)
            settle(connection)

        return OpenAccount(
            directory,
            mark,
            SerialFile(lambda: self._opener.reader(path, mark), writes=False),
            SerialFile(writer, writes=True, enter=self._opener.own, confirm=noted, leave=leave),
        )

    def _evict(self) -> None:
        excess = len(self._open) - OPEN_ACCOUNTS
        if excess <= 0:
            return
        for account_id in [id_ for id_, found in list(self._open.items())[: excess + 16] if not found.busy][:excess]:
            self.forget(account_id)

    def _close(self, found: OpenAccount) -> None:
        self._readers.close(found.reader)
        self._writers.close(found.writer)
