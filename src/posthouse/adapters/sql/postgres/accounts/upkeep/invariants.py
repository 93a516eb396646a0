"""Checking that an account is whole: the invariants of every account, shown this one only."""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from functools import partial
from typing import Final

import msgspec

from posthouse.adapters.sql.invariants import misspelt, statements
from posthouse.adapters.sql.postgres.accounts.schema import TABLES
from posthouse.adapters.sql.postgres.accounts.transactions.arriving import outbox
from posthouse.adapters.sql.postgres.server import Database
from posthouse.adapters.sql.rooms import rooms_of
from posthouse.foundation.ids import from_text
from posthouse.ports.account_store import Fault

Check = Callable[[Database, int], Awaitable[list[Fault]]]
SETTLED_SECONDS: Final = 600.0
"""A blob is there before its row is; a younger one may belong to a message that is just arriving."""

_GIVEN_OUT = (
    "a message or mailbox has a number that the account has not given out",
    """
    SELECT 'email ' || number FROM email WHERE number > (SELECT email_sequence FROM account)
    UNION ALL SELECT name FROM mailbox WHERE number > (SELECT mailbox_sequence FROM account)
    """,
)


def checks(projections: Sequence[str]) -> Iterator[Check]:
    """All checks of the database; each sees one moment."""
    for what, statement in (*statements(projections), _GIVEN_OUT):
        yield partial(_found, what=what, statement=_of_one_account(statement, projections))
    yield _words
    yield _outbox


async def check_blobs(db: Database, account: int, names: Sequence[str], now: float) -> list[Fault]:
    """Find blobs that no message names; a message whose blob is missing is found when it is read."""
    rows = await db.fetch("SELECT blob FROM email WHERE account = $1 AND blob IS NOT NULL", account)
    held = {row[0] for row in rows}
    return [
        Fault("a blob belongs to no message", name) for name in names if name not in held and _made_at(name) < now - SETTLED_SECONDS
    ]


def _of_one_account(statement: str, projections: Sequence[str]) -> str:
    """The statement, to which every table is what it holds of the account ``$1``."""
    tables = ["account AS (SELECT * FROM account WHERE number = $1)"]
    tables += [f"{table} AS (SELECT * FROM {table} WHERE account = $1)" for table in (*TABLES, *rooms_of(projections))]
    return f"WITH {', '.join(tables)} {statement}"


async def _found(db: Database, account: int, what: str, statement: str) -> list[Fault]:
    return [Fault(what, str(row[0])) for row in await db.fetch(statement, account)]


async def _words(db: Database, account: int) -> list[Fault]:
    mailboxes = await db.fetch("SELECT name, special_use FROM mailbox WHERE account = $1", account)
    keywords = await db.fetch("SELECT DISTINCT keywords FROM placement WHERE account = $1", account)
    return misspelt([(row[0], row[1]) for row in mailboxes], [row[0] for row in keywords])


async def _outbox(db: Database, account: int) -> list[Fault]:
    try:
        await outbox(db, account)
    except msgspec.MsgspecError as error:
        return [Fault(f"a consequence of a delivery cannot be read: {error}", "outbox")]
    return []


def _made_at(name: str) -> float:
    try:
        return int.from_bytes(from_text(name)[:6], "big") / 1000
    except ValueError:
        return 0.0
