"""Opening an account's database: on the newest schema, with its mark beside it, and not unawares an older copy of itself."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import apsw

from posthouse.adapters.sql.sqlite.accounts.marks import Known, Mark
from posthouse.adapters.sql.sqlite.accounts.renewing import begin_incarnation
from posthouse.adapters.sql.sqlite.accounts.schema import OLDEST_READER, is_current, prepare
from posthouse.adapters.sql.sqlite.file import connect, immediate
from posthouse.foundation.errors import NotFound
from posthouse.ports.clock import Clock


class Opener:
    """Opens accounts for one process, which is the owner of epoch ``epoch`` when it writes."""

    def __init__(self, epoch: int, projections: Sequence[str], clock: Clock) -> None:
        self._epoch = epoch
        self._projections = projections
        self._clock = clock

    def reader(self, path: Path, mark: Mark) -> apsw.Connection:
        """Connect for looking; nobody is shown an older copy as if nothing had happened. Raises: NotFound."""
        _require(path)
        connection = connect(path, read_only=True)
        if not is_current(connection, self._projections) or _needs_care(connection, mark):
            connection.close()
            writing = connect(path)
            try:
                self._care(writing, mark)
            finally:
                writing.close()
            connection = connect(path, read_only=True)
        return connection

    def writer(self, path: Path, mark: Mark) -> apsw.Connection:
        """Connect for changing; who does has to ``own`` the account in the first transaction. Raises: NotFound."""
        _require(path)
        connection = connect(path)
        if not is_current(connection, self._projections) or _needs_care(connection, mark):
            self._care(connection, mark)
        covered: Callable[..., int] = mark.cover
        connection.create_scalar_function("covered", covered, 2)
        return connection

    def _care(self, connection: apsw.Connection, mark: Mark) -> None:
        """Bring the schema up to date; make the mark, or begin a new incarnation where the mark says so."""
        prepare(connection, self._projections)
        with immediate(connection):
            kept = mark.read()
            account = _account(connection)
            if account is None:
                return
            if kept is None:
                mark.create()
            if (kept is None and account.is_marked) or (kept is not None and account.is_older_than(kept.known)):
                begin_incarnation(connection, kept, mark, self._clock.now())
            elif not account.is_marked:
                mark.cover(account.known.mod_sequence, account.uid_sequence)
            connection.execute("UPDATE account SET marked = 1 WHERE marked = 0")

    def own(self, connection: apsw.Connection) -> None:
        """Become the owner, unless somebody of a later epoch is; inside a transaction, so that it costs no commit of its own."""
        epoch = connection.execute("SELECT owner_epoch FROM account").fetchone()
        if epoch is not None and epoch[0] < self._epoch:
            connection.execute(
                "UPDATE account SET owner_epoch = ?, oldest_reader = max(oldest_reader, ?) WHERE owner_epoch < ?",
                (self._epoch, OLDEST_READER, self._epoch),
            )


def note(connection: apsw.Connection, mark: Mark) -> None:
    """Write down in the mark what is committed now."""
    known = known_of(connection)
    if known is not None:
        mark.note(known)


def known_of(connection: apsw.Connection) -> Known | None:
    """What a mark should know of an account; None while it is being made."""
    account = _account(connection)
    return None if account is None else account.known


def _require(path: Path) -> None:
    if not path.exists():
        raise NotFound("the account does not exist")


def _needs_care(connection: apsw.Connection, mark: Mark) -> bool:
    # The mark is read first: it is never ahead of the account, and the account may go on meanwhile.
    kept = mark.read()
    account = _account(connection)
    return account is not None and (kept is None or not account.is_marked or account.is_older_than(kept.known))


class _Account(NamedTuple):
    """What an account's database says of itself."""

    known: Known
    uid_sequence: int
    is_marked: bool

    def is_older_than(self, known: Known) -> bool:
        """Whether this is a copy made before the account became what is known of it."""
        now = self.known
        return now.incarnation < known.incarnation or now.owner_epoch < known.owner_epoch or now.mod_sequence < known.mod_sequence


def _account(connection: apsw.Connection) -> _Account | None:
    """What the database says; None while the account is being made."""
    row: tuple[Any, ...] | None = connection.execute(
        "SELECT incarnation, owner_epoch, mod_sequence, uid_validity, uid_sequence, marked FROM account"
    ).fetchone()
    return None if row is None else _Account(Known(*row[:4]), row[4], bool(row[5]))
