"""Checking what lies beside an account's database: its blobs and its mark."""

from collections.abc import Iterable
from typing import Final

import apsw

from posthouse.adapters.sql.sqlite.accounts.files import OpenAccount
from posthouse.adapters.sql.sqlite.accounts.opening import known_of
from posthouse.adapters.sql.sqlite.file import one
from posthouse.foundation.ids import from_text
from posthouse.ports.account_store import Fault

SETTLED_SECONDS: Final = 600.0
"""A blob is there before its row is; a younger one may belong to a message that is just arriving."""


def check_blobs(db: apsw.Connection, account: OpenAccount, now: float) -> list[Fault]:
    """Find blobs that no message names; a message whose blob is missing is found when it is read."""
    names = [path.name for path in (account.directory / "blobs").iterdir()]  # listed first: rows may go on to be made
    held = {str(name) for (name,) in db.execute("SELECT blob FROM email WHERE blob IS NOT NULL")}
    return [Fault("a blob belongs to no message", name) for name in _settled(names, now) if name not in held]


def check_mark(db: apsw.Connection, account: OpenAccount) -> list[Fault]:
    """Check that the account's mark is there, above the account's numbers, and not ahead of what is committed."""
    kept = account.mark.read()
    if kept is None:
        return [Fault("the account's mark is missing or damaged", "mark")]
    mod_sequence, uid_sequence = one(db, "SELECT mod_sequence, uid_sequence FROM account")
    faults = []
    if mod_sequence > kept.ceilings.mod_sequence or uid_sequence > kept.ceilings.uid_sequence:
        faults.append(Fault("numbers were given out above the mark's ceilings", "mark"))
    known = known_of(db)
    if known is not None and any(mine < its for mine, its in zip(known, kept.known, strict=True)):
        faults.append(Fault("the mark is ahead of the account", "mark"))
    return faults


def _settled(names: Iterable[str], now: float) -> Iterable[str]:
    for name in names:
        try:
            made_at = int.from_bytes(from_text(name)[:6], "big") / 1000
        except ValueError:
            made_at = 0.0
        if made_at < now - SETTLED_SECONDS:
            yield name
