"""Checking that an account's database is whole: SQLite's own checks, then the invariants of every account."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial

import apsw
import msgspec

from posthouse.adapters.sql.invariants import misspelt, statements
from posthouse.adapters.sql.sqlite.accounts.transactions.arriving import outbox
from posthouse.ports.account_store import Fault

Check = Callable[[apsw.Connection], list[Fault]]

_GIVEN_OUT = (
    "a mailbox has more UIDs than the account has given out",
    "SELECT name FROM mailbox WHERE uid_next - 1 > (SELECT uid_sequence FROM account)",
)


def checks(projections: Sequence[str]) -> Iterator[Check]:
    """All checks of the database; each is one transaction, so that others have their turn between them."""
    yield _integrity
    for what, statement in (*statements(projections), _GIVEN_OUT):
        yield partial(_found, what=what, statement=statement)
    yield _words
    yield _outbox


def _found(db: apsw.Connection, what: str, statement: str) -> list[Fault]:
    return [Fault(what, str(where)) for (where,) in db.execute(statement)]


def _integrity(db: apsw.Connection) -> list[Fault]:
    return [Fault("the database is damaged", str(row[0])) for row in db.execute("PRAGMA integrity_check") if row[0] != "ok"]


def _words(db: apsw.Connection) -> list[Fault]:
    mailboxes = [
        (str(name), None if use is None else str(use)) for name, use in db.execute("SELECT name, special_use FROM mailbox")
    ]
    return misspelt(mailboxes, [str(words) for (words,) in db.execute("SELECT DISTINCT keywords FROM placement")])


def _outbox(db: apsw.Connection) -> list[Fault]:
    try:
        outbox(db)
    except msgspec.MsgspecError as error:
        return [Fault(f"a consequence of a delivery cannot be read: {error}", "outbox")]
    return []
