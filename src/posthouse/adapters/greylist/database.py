"""Greylisting in ``state.db`` (port ``Greylist``, the keeper's end): hashes of names, no names.

``synchronous=NORMAL``: after a crash of the machine the last second may be forgotten; a sender is asked once more then.
"""

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import apsw

from posthouse.adapters.sql.sqlite.statistics import StatisticsFile
from posthouse.filters.greylist.deciding import Meeting, Rules, Standing, meet
from posthouse.ports.greylist import Encounter, Welcome

MIGRATIONS: Final = (
    """
    CREATE TABLE meeting (
        key BLOB PRIMARY KEY, first_at REAL NOT NULL, last_at REAL NOT NULL, passed INTEGER NOT NULL
    ) WITHOUT ROWID;
    CREATE INDEX meeting_last ON meeting (passed, last_at);
    """,
)
KEY_OCTETS: Final = 16
_PURGE: Final = 200
"""Old meetings forgotten with each new one: more than come in, so that the table shrinks to what is of use."""
_COMMON: Final = "INSERT INTO meeting (key, first_at, last_at, passed) VALUES (?, ?, ?, ?) ON CONFLICT (key) DO UPDATE SET"
_PUT: Final = f"{_COMMON} first_at = excluded.first_at, last_at = excluded.last_at, passed = excluded.passed"
_TOUCH_SECONDS: Final = 3_600.0
"""A known sender is written down again after this: looking is cheaper than writing."""


class GreylistDatabase:
    """Meetings by hash: of the triplet, of the sender's domain in its network, of pairs of correspondents."""

    def __init__(self, path: Path) -> None:
        self._file = StatisticsFile(path, MIGRATIONS, "greylist")

    def stop(self) -> None:
        """Finish what waits and close."""
        self._file.stop()

    async def meet(self, encounter: Encounter, rules: Rules, now: float) -> Welcome:
        """Remember the encounter and say whether the sender is known."""
        return await self._file.run(lambda db: _meet(db, encounter, rules, now))

    async def written(self, author: str, correspondents: list[str], now: float) -> None:
        """Remember that an address of ours has written to others."""
        rows = [(_key("pair", author, other), now, now, 1) for other in correspondents]

        def work(db: apsw.Connection) -> None:
            db.executemany(_PUT, rows)

        await self._file.run(work)


def _meet(db: apsw.Connection, encounter: Encounter, rules: Rules, now: float) -> Welcome:
    pair = _key("pair", encounter.recipient, encounter.sender)
    if encounter.sender and _known(db, [pair], rules, now):
        return Welcome(known=True, why="the recipient has written to this sender")
    domain = _key("domain", encounter.network, encounter.sender_domain)
    if encounter.sender and _known(db, [domain], rules, now):
        return Welcome(known=True, why=f"{encounter.sender_domain} is known from {encounter.network}")
    triplet = _key("triplet", encounter.network, encounter.sender, encounter.recipient)
    meeting, standing = meet(_read(db, triplet), now, rules)
    db.execute(_PUT, (triplet, meeting.first_at, meeting.last_at, meeting.passed))
    _forget(db, rules, now)
    if standing is Standing.RETURNED and encounter.sender:
        db.execute(_PUT, (domain, meeting.first_at, now, 1))
    if standing in {Standing.KNOWN, Standing.RETURNED}:
        return Welcome(known=True, why="it has come back" if standing is Standing.RETURNED else "it has written before")
    return Welcome(known=False, why=standing.value, retry_after=max(meeting.first_at + rules.delay_seconds - now, 1.0))


def _known(db: apsw.Connection, keys: Iterable[bytes], rules: Rules, now: float) -> bool:
    """Whether one of the keys has passed; it is remembered anew now and then."""
    for key in keys:
        known = _read(db, key)
        if known is not None and known.passed and now - known.last_at <= rules.keep_seconds:
            if now - known.last_at > _TOUCH_SECONDS:
                db.execute(_PUT, (key, known.first_at, now, 1))
            return True
    return False


def _read(db: apsw.Connection, key: bytes) -> Meeting | None:
    row = db.execute("SELECT first_at, last_at, passed FROM meeting WHERE key = ?", (key,)).fetchone()
    return None if row is None else Meeting(row[0], row[1], bool(row[2]))


def _forget(db: apsw.Connection, rules: Rules, now: float) -> None:
    for passed, keep in ((0, rules.retry_seconds), (1, rules.keep_seconds)):
        db.execute(
            "DELETE FROM meeting WHERE key IN (SELECT key FROM meeting WHERE passed = ? AND last_at < ? LIMIT ?)",
            (passed, now - keep, _PURGE),
        )


def _key(*words: str) -> bytes:
    return hashlib.blake2b("\0".join(words).encode("utf-8", "surrogatepass"), digest_size=KEY_OCTETS).digest()
