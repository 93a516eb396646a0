"""The transaction that looks for a text: SQLite compares octets itself, without the interpreter lock, and copies nothing out."""

from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple

import apsw

from posthouse.adapters.search.matching import Matcher
from posthouse.adapters.sql.rooms import place_of
from posthouse.adapters.sql.sqlite.accounts.transactions.reading import number_of
from posthouse.adapters.sql.sqlite.accounts.transactions.selection import select_uids
from posthouse.foundation.ids import MailboxId

STRIDE: Final = 128
"""Messages looked at by one statement."""


class Sought(NamedTuple):
    """What one transaction has found."""

    found: list[tuple[int, int]]
    """UIDs and how well they match."""
    unknown: list[int]
    """Messages that lack the texts: they came before the texts were thought of."""
    next_index: int


def find(
    db: apsw.Connection, mailbox_id: MailboxId, uids: Sequence[int], matcher: Matcher, start: int, is_time: Callable[[], bool]
) -> Sought:
    """Look at ``uids[start:]`` until ``is_time`` to let others have a turn."""
    statement, needles = _statement(matcher)
    number = number_of(db, mailbox_id)
    found: list[tuple[int, int]] = []
    unknown: list[int] = []
    while start < len(uids):
        chosen = select_uids(uids[start : start + STRIDE])
        mailbox_and_uids = (number, *chosen.bindings)
        text = statement.format(uids=chosen.condition)
        for uid, *texts in db.execute(text, (*mailbox_and_uids, *mailbox_and_uids, *needles)):
            if None in texts:
                unknown.append(uid)
            elif score := matcher.score(texts) if not matcher.is_decided else 100:
                found.append((uid, score))
        start += STRIDE
        if is_time():
            break
    return Sought(found, unknown, min(start, len(uids)))


def _statement(matcher: Matcher) -> tuple[str, list[bytes]]:
    """The statement, with room for the condition on UIDs, and the needles to bind after the mailbox and UIDs, twice."""
    places = {column: place_of(column) for column in matcher.columns}
    names = [f"{place.table}.{place.column}" for place in places.values()]
    joins = [f"LEFT JOIN {table} ON {table}.email = p.email" for table in dict.fromkeys(place.table for place in places.values())]
    missing = " OR ".join([f"{name} IS NULL" for name in names])
    selected = ", ".join(names)
    if matcher.is_decided:
        selected = f"CASE WHEN {missing} THEN NULL ELSE 1 END"
    clauses = matcher.clauses if matcher.is_selective else []
    tests = " OR ".join([_all_of(clause, places) for clause in clauses])
    condition = f"WHERE {tests} OR {missing}" if tests else ""
    statement = f"""
        SELECT p.uid, {selected}
        FROM (SELECT uid, email FROM placement WHERE mailbox = ? AND {{uids}}
              UNION ALL SELECT uid, email FROM expunged WHERE mailbox = ? AND {{uids}}) p
        {" ".join(joins)} {condition} ORDER BY p.uid
    """
    return statement, [test.needle for clause in clauses for test in clause]


def _all_of(clause: Sequence[Any], places: dict[str, Any]) -> str:
    tests = [f"instr({places[test.column].table}.{places[test.column].column}, ?) > 0" for test in clause]
    return f"({' AND '.join(tests)})"
