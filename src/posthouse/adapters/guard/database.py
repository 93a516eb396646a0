"""The guard in ``guard.db`` (port ``Guard``, the keeper's end).

``synchronous=NORMAL``: after a crash of the machine the last second may be forgotten.
"""

import functools
import hashlib
import ipaddress
from pathlib import Path
from typing import Final

import apsw

from posthouse.adapters.guard.schema import MIGRATIONS
from posthouse.adapters.sql.sqlite.file import connect, migrate
from posthouse.adapters.sql.sqlite.threads import SerialFile, Threads
from posthouse.filters.guard.counting import FORGIVEN_SECONDS, Rules, Tally, after_failure
from posthouse.ports.guard import Attempt, Block, Blocked, Standing

KNOWN_SECONDS: Final = 30 * 86_400.0
TRIED_SECONDS: Final = 86_400.0
"""How long the same wrong secret is no other failure."""
KEY_OCTETS: Final = 16
_TOUCH_SECONDS: Final = 3_600.0
"""Whoever is known is written down again after this: looking is cheaper than writing."""
_PURGE: Final = 50
"""Old rows forgotten with each failure: more than come in."""
_PUT: Final = "INSERT OR REPLACE INTO tally (kind, subject, failures, since, blocks, until, touched) VALUES (?, ?, ?, ?, ?, ?, ?)"
_FREE: Final = Standing()
_network: Final = functools.lru_cache(10_000)(ipaddress.ip_network)
"""Reading one takes longer than comparing a hundred."""


class GuardDatabase:
    """Tallies by what is counted; blocks by hand; what was tried; who is known where."""

    def __init__(self, path: Path) -> None:
        self._threads = Threads(1, "guard")
        self._file = SerialFile(lambda: _connect(path), writes=True)

    def stop(self) -> None:
        """Finish what waits and close."""
        self._threads.close(self._file)
        self._threads.stop()

    async def standing(self, attempt: Attempt, now: float) -> Standing:
        """Whether anything is blocked."""
        return await self._threads.run(self._file, lambda db: _standing(db, attempt, _is_known(db, attempt, now), now))

    async def failed(self, attempt: Attempt, secret: bytes, rules: Rules, now: float) -> Standing:
        """Count a failure, unless something is blocked already."""
        return await self._threads.run(self._file, lambda db: _failed(db, attempt, secret, rules, now))

    async def succeeded(self, attempt: Attempt, now: float, *, strong: bool) -> Standing:
        """Remember from where an account is used, unless something is blocked."""
        return await self._threads.run(self._file, lambda db: _succeeded(db, attempt, now, strong=strong))

    async def blocks(self, now: float) -> list[Block]:
        """All blocks in force."""
        return await self._threads.run(self._file, lambda db: _blocks(db, now))

    async def add(self, network: str, until: float) -> None:
        """Block a network by hand."""

        def work(db: apsw.Connection) -> None:
            db.execute("INSERT OR REPLACE INTO hand (network, until) VALUES (?, ?)", (network, until))

        await self._threads.run(self._file, work)

    async def remove(self, subject: str) -> int:
        """Lift blocks."""
        return await self._threads.run(self._file, lambda db: _remove(db, subject))


def _standing(db: apsw.Connection, attempt: Attempt, known: bool, now: float) -> Standing:
    ip = ipaddress.ip_address(attempt.address)
    for network, until in db.execute("SELECT network, until FROM hand"):
        if (not until or until > now) and ip in _network(network):
            return Standing(Blocked.HAND, until - now if until else 0.0)
    for kind, subject in _counted(attempt, known):
        left = _read(db, kind, subject).until - now
        if left > 0:
            return Standing(kind, left)
    return _FREE


def _failed(db: apsw.Connection, attempt: Attempt, secret: bytes, rules: Rules, now: float) -> Standing:
    known = _is_known(db, attempt, now)
    before = _standing(db, attempt, known, now)
    # Who goes on guessing at an account that is blocked is counted all the same: there are others to guess at.
    if before.blocked not in (None, Blocked.ACCOUNT):
        return before
    _forget(db, rules, now)
    here = _try(db, now, attempt.near, attempt.account, secret)
    anywhere = _try(db, now, "", attempt.account, secret)
    limits = {Blocked.ADDRESS: rules.address, Blocked.NETWORK: rules.network, Blocked.ACCOUNT: rules.account}
    begun = _FREE
    for kind, subject in _counted(attempt, known):
        if kind is before.blocked:
            continue
        if anywhere if kind is Blocked.ACCOUNT else here:
            tally = after_failure(_read(db, kind, subject), limits.get(kind, rules.network), rules, now)
            db.execute(_PUT, (kind.value, subject, tally.failures, tally.since, tally.blocks, tally.until, now))
            if tally.until > now and begun.blocked is None:
                begun = Standing(kind, tally.until - now, begins=True)
    return begun if begun.blocked is not None else before


def _succeeded(db: apsw.Connection, attempt: Attempt, now: float, *, strong: bool) -> Standing:
    known = _is_known(db, attempt, now)
    standing = _standing(db, attempt, known, now)
    if standing.blocked is not None and not (strong and standing.blocked.is_of_account):
        return standing
    key = _key(attempt.near, attempt.account)
    row = db.execute("SELECT at FROM known WHERE key = ?", (key,)).fetchone()
    if row is None or now - row[0] > _TOUCH_SECONDS:
        db.execute("INSERT OR REPLACE INTO known (key, at) VALUES (?, ?)", (key, now))
    return _FREE


def _counted(attempt: Attempt, known: bool) -> list[tuple[Blocked, str]]:
    """What an attempt is counted under."""
    if known:
        return [(Blocked.PAIR, f"{attempt.account} from {attempt.near}")]
    return [(Blocked.ADDRESS, attempt.near), (Blocked.NETWORK, attempt.wide), (Blocked.ACCOUNT, attempt.account)]


def _is_known(db: apsw.Connection, attempt: Attempt, now: float) -> bool:
    row = db.execute("SELECT at FROM known WHERE key = ?", (_key(attempt.near, attempt.account),)).fetchone()
    return row is not None and now - row[0] <= KNOWN_SECONDS


def _read(db: apsw.Connection, kind: Blocked, subject: str) -> Tally:
    found = db.execute(
        "SELECT failures, since, blocks, until FROM tally WHERE kind = ? AND subject = ?", (kind.value, subject)
    ).fetchone()
    return Tally() if found is None else Tally(*found)


def _try(db: apsw.Connection, now: float, near: str, account: str, secret: bytes) -> bool:
    """Whether this secret is tried for the first time in a while; it is remembered."""
    key = _key(near, account, secret.hex())
    row = db.execute("SELECT at FROM tried WHERE key = ?", (key,)).fetchone()
    if row is not None and 0 <= now - row[0] <= TRIED_SECONDS:
        return False
    db.execute("INSERT OR REPLACE INTO tried (key, at) VALUES (?, ?)", (key, now))
    return True


def _forget(db: apsw.Connection, rules: Rules, now: float) -> None:
    for table, keep in (("tried", TRIED_SECONDS), ("known", KNOWN_SECONDS)):
        db.execute(f"DELETE FROM {table} WHERE key IN (SELECT key FROM {table} WHERE at < ? LIMIT ?)", (now - keep, _PURGE))  # noqa: S608
    keep = rules.window_seconds + rules.longest_seconds + FORGIVEN_SECONDS
    old = db.execute("SELECT kind, subject FROM tally WHERE touched < ? LIMIT ?", (now - keep, _PURGE)).fetchall()
    db.executemany("DELETE FROM tally WHERE kind = ? AND subject = ?", old)
    db.execute("DELETE FROM hand WHERE until > 0 AND until < ?", (now,))


def _blocks(db: apsw.Connection, now: float) -> list[Block]:
    rows = db.execute("SELECT kind, subject, until, blocks FROM tally WHERE until > ?", (now,))
    found = [Block(Blocked(kind), subject, until, blocks) for kind, subject, until, blocks in rows]
    hand = db.execute("SELECT network, until FROM hand WHERE until = 0 OR until > ?", (now,))
    found += [Block(Blocked.HAND, network, until) for network, until in hand]
    return sorted(found, key=lambda block: (block.subject, block.kind))


def _remove(db: apsw.Connection, subject: str) -> int:
    rows: list[tuple[str, str]] = [("hand", network) for (network,) in db.execute("SELECT network FROM hand")]
    rows += [(kind, name) for kind, name in db.execute("SELECT kind, subject FROM tally")]
    meant = [(kind, name) for kind, name in rows if _is_meant(subject, name)]
    for kind, name in meant:
        if kind == "hand":
            db.execute("DELETE FROM hand WHERE network = ?", (name,))
        else:
            db.execute("DELETE FROM tally WHERE kind = ? AND subject = ?", (kind, name))
    return len(meant)


def _is_meant(wanted: str, subject: str) -> bool:
    """Whether a subject is the wanted one, or a network in it, or an account from there."""
    if wanted in (subject, *subject.split(" from ")):
        return True
    try:
        inner, outer = ipaddress.ip_network(subject.rpartition(" ")[2]), ipaddress.ip_network(wanted)
    except ValueError:
        return False
    return inner.version == outer.version and outer.supernet_of(inner)  # type: ignore[arg-type] # they are of one version


def _key(*words: str) -> bytes:
    return hashlib.blake2b("\0".join(words).encode("utf-8", "surrogatepass"), digest_size=KEY_OCTETS).digest()


def _connect(path: Path) -> apsw.Connection:
    connection = connect(path)
    connection.pragma("synchronous", "NORMAL")
    connection.pragma("wal_autocheckpoint", 1_000)
    migrate(connection, MIGRATIONS)
    return connection
