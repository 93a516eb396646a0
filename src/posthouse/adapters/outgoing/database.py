"""What accounts have sent lately, in ``outgoing.db`` (port ``Outgoing``, the keeper's end). Correspondents are hashes.

``synchronous=NORMAL``: after a crash of the machine the last second may be forgotten.
"""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import apsw

from posthouse.adapters.outgoing.schema import MIGRATIONS
from posthouse.adapters.sql.sqlite.statistics import StatisticsFile
from posthouse.filters.brakes.counting import (
    COARSE_SECONDS,
    DAY,
    FINE_SECONDS,
    HOUR,
    WINDOWS,
    Slot,
    frees_at,
    slot_begin,
    used,
)
from posthouse.foundation.ids import AccountId, to_text
from posthouse.ports.outgoing import Allowance, Sending, Signs, Spent, Usage

KEY_OCTETS: Final = 16
KNOWN_SECONDS: Final = 180 * DAY
"""So long after a message its recipient is no new one."""
_SENT, _NEW, _FAILED = "sent", "new", "failed"
_KEEP: Final = ((FINE_SECONDS, HOUR + FINE_SECONDS), (COARSE_SECONDS, DAY + COARSE_SECONDS))
Counts = dict[tuple[str, int], list[Slot]]
"""By kind of event and length of the slots."""
_PURGE: Final = 2_000
_PURGE_EVERY: Final = 64
"""Old rows forgotten with every so many messages: more than come in."""
_COUNT: Final = (
    "INSERT INTO slot (subject, kind, seconds, begin, count) VALUES (?, ?, ?, ?, ?) "
    "ON CONFLICT (subject, kind, seconds, begin) DO UPDATE SET count = count + excluded.count"
)


class OutgoingDatabase:
    """One file and one thread."""

    def __init__(self, path: Path) -> None:
        self._file = StatisticsFile(path, MIGRATIONS, "outgoing")
        self._messages = 0

    def stop(self) -> None:
        """Finish what waits and close."""
        self._file.stop()

    async def spend(self, sending: Sending, allowances: Sequence[Allowance], now: float) -> Spent:
        """Count a message, unless an allowance has no room."""
        self._messages += 1
        purges = self._messages % _PURGE_EVERY == 0

        def work(db: apsw.Connection) -> Spent:
            if purges:
                _purge(db, now)
            return _spend(db, sending, allowances, now)

        return await self._file.run(work)

    async def failed(self, account: AccountId, count: int, now: float) -> Signs:
        """Count recipients that do not exist."""

        def work(db: apsw.Connection) -> Signs:
            subject = account_subject(account)
            _count(db, subject, {_FAILED: count}, now)
            return _signs(db, _counts(db, subject), account, now)

        return await self._file.run(work)

    async def usage(self, allowances: Sequence[Allowance], now: float) -> list[Usage]:
        """How allowances stand."""
        return await self._file.run(
            lambda db: [_usage(_counts(db, allowance.subject), allowance, 1, now) for allowance in allowances]
        )

    async def forget(self, account: AccountId) -> None:
        """Forget the signs of an account."""

        def work(db: apsw.Connection) -> None:
            subject = account_subject(account)
            db.execute("DELETE FROM slot WHERE subject = ? AND kind IN (?, ?)", (subject, _NEW, _FAILED))
            db.execute("UPDATE network SET since = 0 WHERE account = ?", (account,))

        await self._file.run(work)

    async def reply(self, account: AccountId, correspondent: str, most: int, now: float) -> bool:
        """Count a reply by itself."""
        return await self._file.run(lambda db: _reply(db, _pair(account, correspondent), most, now))


def account_subject(account: AccountId) -> str:
    """The name under which an account's messages are counted."""
    return f"account:{to_text(account)}"


def _spend(db: apsw.Connection, sending: Sending, allowances: Sequence[Allowance], now: float) -> Spent:
    fresh = _strangers(db, sending, now)
    own = account_subject(sending.account)
    counts = {subject: _counts(db, subject) for subject in {own, *(allowance.subject for allowance in allowances)}}
    for allowance in allowances:
        wanted = len(fresh) if allowance.window == "new" else len(sending.recipients)
        usage = _usage(counts[allowance.subject], allowance, wanted, now)
        if wanted and usage.used + wanted > allowance.most:
            return Spent(usage, _signs(db, counts[own], sending.account, now))
    for subject in counts:
        _count(db, subject, {_SENT: len(sending.recipients), _NEW: len(fresh)}, now)
    keys = [(_pair(sending.account, recipient), now) for recipient in sending.recipients]
    db.executemany("INSERT INTO met VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET at = excluded.at", keys)
    if sending.network:
        known = "INSERT INTO network VALUES (?, ?, ?, ?) ON CONFLICT (account, network) DO UPDATE SET at = excluded.at"
        db.execute(known, (sending.account, sending.network, now, now))
    signs = _signs(db, counts[own], sending.account, now)
    return Spent(None, Signs(signs.new + len(fresh), signs.failures, signs.networks))


def _strangers(db: apsw.Connection, sending: Sending, now: float) -> list[str]:
    """Recipients the account has not written to lately."""
    found = []
    for recipient in dict.fromkeys(sending.recipients):
        row = db.execute("SELECT at FROM met WHERE key = ?", (_pair(sending.account, recipient),)).fetchone()
        if row is None or now - row[0] > KNOWN_SECONDS:
            found.append(recipient)
    return found


def _counts(db: apsw.Connection, subject: str) -> Counts:
    """All that is counted for a subject, in the order of time."""
    found: Counts = {}
    for kind, seconds, begin, count in db.execute("SELECT kind, seconds, begin, count FROM slot WHERE subject = ?", (subject,)):
        found.setdefault((kind, seconds), []).append(Slot(begin, count))
    return found


def _usage(counts: Counts, allowance: Allowance, wanted: int, now: float) -> Usage:
    window = WINDOWS[allowance.window]
    slots = counts.get((_NEW if allowance.window == "new" else _SENT, window[1]), [])
    moment = frees_at(slots, window, allowance.most, wanted, now)
    return Usage(allowance, used(slots, window[0], now), moment)


def _signs(db: apsw.Connection, counts: Counts, account: AccountId, now: float) -> Signs:
    new, failures = (used(counts.get((kind, FINE_SECONDS), []), HOUR, now) for kind in (_NEW, _FAILED))
    row = db.execute(
        "SELECT count(*), (SELECT min(since) FROM network WHERE account = ?1) FROM network WHERE account = ?1 AND since > ?2",
        (account, now - DAY),
    ).fetchone()
    # Whoever sends for the first time at all has no network that would be an old one.
    networks = row[0] if row is not None and row[1] is not None and row[1] <= now - DAY else 0
    return Signs(new, failures, networks)


def _count(db: apsw.Connection, subject: str, events: dict[str, int], now: float) -> None:
    rows = [
        (subject, kind, seconds, slot_begin(now, seconds), count) for kind, count in events.items() if count for seconds, _ in _KEEP
    ]
    db.executemany(_COUNT, rows)


def _purge(db: apsw.Connection, now: float) -> None:
    for seconds, keep in _KEEP:
        db.execute(
            "DELETE FROM slot WHERE (subject, kind, seconds, begin) IN "
            "(SELECT subject, kind, seconds, begin FROM slot WHERE seconds = ? AND begin < ? LIMIT ?)",
            (seconds, now - keep, _PURGE),
        )
    for table, key in (("met", "key"), ("network", "(account, network)")):
        columns = key.strip("()")
        db.execute(
            f"DELETE FROM {table} WHERE {key} IN (SELECT {columns} FROM {table} WHERE at < ? LIMIT ?)",  # noqa: S608 - ours
            (now - KNOWN_SECONDS, _PURGE),
        )


def _pair(account: AccountId, correspondent: str) -> bytes:
    return hashlib.blake2b(account + correspondent.encode("utf-8", "surrogatepass"), digest_size=KEY_OCTETS).digest()


def _reply(db: apsw.Connection, key: bytes, most: int, now: float) -> bool:
    row = db.execute("SELECT since, count FROM replied WHERE key = ?", (key,)).fetchone()
    since, count = row if row is not None and 0 <= now - row[0] < DAY else (now, 0)
    if count >= most:
        return False
    db.execute("INSERT OR REPLACE INTO replied VALUES (?, ?, ?)", (key, since, count + 1))
    db.execute("DELETE FROM replied WHERE key IN (SELECT key FROM replied WHERE since < ? LIMIT ?)", (now - DAY, _PURGE))
    return True
