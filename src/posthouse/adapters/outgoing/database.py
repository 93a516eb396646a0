"""What accounts have sent lately, in ``outgoing.db`` (port ``Outgoing``, the keeper's end). Correspondents are hashes.

``synchronous=NORMAL``: after a crash of the machine the last second may be forgotten.
"""

import hashlib
from pathlib import Path
from typing import Final

import apsw

from posthouse.adapters.sql.sqlite.statistics import StatisticsFile
from posthouse.foundation.ids import AccountId

MIGRATIONS: Final = (
    """
    CREATE TABLE replied (key BLOB PRIMARY KEY, since REAL NOT NULL, count INTEGER NOT NULL) WITHOUT ROWID;
    CREATE INDEX replied_since ON replied (since);
    """,
)
KEY_OCTETS: Final = 16
DAY_SECONDS: Final = 86_400.0
_PURGE: Final = 50
"""Old rows forgotten with each new one: more than come in."""


class OutgoingDatabase:
    """One file and one thread."""

    def __init__(self, path: Path) -> None:
        self._file = StatisticsFile(path, MIGRATIONS, "outgoing")

    def stop(self) -> None:
        """Finish what waits and close."""
        self._file.stop()

    async def reply(self, account: AccountId, correspondent: str, most: int, now: float) -> bool:
        """Count a reply by itself."""
        return await self._file.run(lambda db: _reply(db, pair_key(account, correspondent), most, now))


def pair_key(account: AccountId, correspondent: str) -> bytes:
    """What is remembered of an account and somebody it has to do with."""
    return hashlib.blake2b(account + correspondent.encode("utf-8", "surrogatepass"), digest_size=KEY_OCTETS).digest()


def _reply(db: apsw.Connection, key: bytes, most: int, now: float) -> bool:
    row = db.execute("SELECT since, count FROM replied WHERE key = ?", (key,)).fetchone()
    since, count = row if row is not None and 0 <= now - row[0] < DAY_SECONDS else (now, 0)
    if count >= most:
        return False
    db.execute("INSERT OR REPLACE INTO replied VALUES (?, ?, ?)", (key, since, count + 1))
    db.execute("DELETE FROM replied WHERE key IN (SELECT key FROM replied WHERE since < ? LIMIT ?)", (now - DAY_SECONDS, _PURGE))
    return True
