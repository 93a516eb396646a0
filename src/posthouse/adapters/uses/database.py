"""When and from where credentials were last used, in ``uses.db`` (port ``CredentialUses``, the keeper's end)."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import apsw

from posthouse.adapters.sql.sqlite.statistics import StatisticsFile
from posthouse.foundation.ids import AccountId, CredentialId
from posthouse.ports.credential_uses import Use

PROGRAMS: Final = 20
"""Programs, by protocol and name, that are kept of one credential."""
KEEP_SECONDS: Final = 400 * 86_400
_PURGE: Final = 100
"""Old rows forgotten with each batch."""
_MIGRATIONS: Final = (
    """
    CREATE TABLE used (
        account BLOB NOT NULL, credential BLOB NOT NULL, protocol TEXT NOT NULL, program TEXT NOT NULL,
        address TEXT NOT NULL, at REAL NOT NULL, PRIMARY KEY (account, credential, protocol, program)
    ) WITHOUT ROWID;
    CREATE INDEX used_at ON used (at);
    """,
)


class UseDatabase:
    """One file and one thread."""

    def __init__(self, path: Path) -> None:
        self._file = StatisticsFile(path, _MIGRATIONS, "uses")

    def stop(self) -> None:
        """Finish what waits and close."""
        self._file.stop()

    async def note(self, uses: Sequence[Use]) -> None:
        """Keep what is newer."""
        await self._file.run(lambda db: _note(db, uses))

    async def last(self, account_id: AccountId) -> list[Use]:
        """The uses of an account's credentials."""
        return await self._file.run(lambda db: _last(db, account_id))


def _note(db: apsw.Connection, uses: Sequence[Use]) -> None:
    db.executemany(
        "INSERT INTO used VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET address = excluded.address, at = excluded.at "
        "WHERE excluded.at >= used.at",
        [(use.account_id, use.credential_id, use.protocol, use.program, use.address, use.at) for use in uses],
    )
    for account, credential in {(use.account_id, use.credential_id) for use in uses}:
        db.execute(
            "DELETE FROM used WHERE account = ?1 AND credential = ?2 AND (protocol, program) IN (SELECT protocol, program "
            "FROM used WHERE account = ?1 AND credential = ?2 ORDER BY at DESC LIMIT -1 OFFSET ?3)",
            (account, credential, PROGRAMS),
        )
    if uses:
        oldest = max(use.at for use in uses) - KEEP_SECONDS
        db.execute(
            "DELETE FROM used WHERE (account, credential, protocol, program) IN (SELECT account, credential, protocol, program "
            "FROM used WHERE at < ? ORDER BY at LIMIT ?)",
            (oldest, _PURGE),
        )


def _last(db: apsw.Connection, account_id: AccountId) -> list[Use]:
    rows = db.execute(
        "SELECT credential, protocol, program, address, at FROM used WHERE account = ? ORDER BY at DESC, protocol, program",
        (account_id,),
    )
    return [Use(account_id, CredentialId(credential), *rest) for credential, *rest in rows]
