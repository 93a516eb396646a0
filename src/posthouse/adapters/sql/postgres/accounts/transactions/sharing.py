"""Transactions on the rights of others and on what is written on mailboxes and accounts."""

from collections.abc import Mapping

from posthouse.adapters.sql.postgres.accounts.transactions.counting import log, mailbox_row, next_mod_sequence
from posthouse.adapters.sql.postgres.accounts.transactions.reading import number_of
from posthouse.adapters.sql.postgres.server import Database
from posthouse.foundation.errors import LimitReached, NotFound, TooLarge
from posthouse.foundation.ids import AccountId, MailboxId
from posthouse.model.sharing.annotation import ACCOUNT_OCTETS, ENTRIES, PRIVATE, SHARED, VALUE_OCTETS, check_entry
from posthouse.model.sharing.rights import GRANTS, Grant, check_identifier

_ACCOUNT = 0
"""The mailbox number under which annotations of the account itself are kept."""


async def grants(db: Database, account: int, mailbox_id: MailboxId) -> list[Grant]:
    """Who has rights on a mailbox."""
    rows = await db.fetch(
        """
        SELECT g.identifier, g.rights FROM mailbox m
        LEFT JOIN mailbox_grant g ON g.account = m.account AND g.mailbox = m.number
        WHERE m.account = $1 AND m.id = $2 ORDER BY g.identifier
        """,
        account,
        mailbox_id,
    )
    if not rows:
        raise NotFound("the mailbox does not exist")
    return [Grant(*row) for row in rows if row[0] is not None]


async def all_grants(db: Database, account: int) -> list[tuple[MailboxId, Grant]]:
    """Who has rights on any mailbox."""
    rows = await db.fetch(
        """
        SELECT m.id, g.identifier, g.rights FROM mailbox m
        LEFT JOIN mailbox_grant g ON g.account = m.account AND g.mailbox = m.number
        WHERE m.account = $1 ORDER BY m.id, g.identifier
        """,
        account,
    )
    if not rows:
        raise NotFound("the account does not exist")
    return [(MailboxId(row[0]), Grant(row[1], row[2])) for row in rows if row[1] is not None]


async def put_grant(db: Database, account: int, mailbox_id: MailboxId, grant: Grant, now: float) -> None:
    """Give an identifier exactly these rights."""
    number = (await mailbox_row(db, account, mailbox_id)).number
    identifier = check_identifier(grant.identifier)
    mod_sequence = await next_mod_sequence(db, account)
    key = (account, number, identifier)
    await db.execute("DELETE FROM mailbox_grant WHERE account = $1 AND mailbox = $2 AND identifier = $3", *key)
    if grant.rights:
        await db.execute("INSERT INTO mailbox_grant VALUES ($1, $2, $3, $4)", *key, grant.rights)
    held = await db.fetchval("SELECT count(*) FROM mailbox_grant WHERE account = $1 AND mailbox = $2", account, number)
    if held > GRANTS:
        raise LimitReached(f"{GRANTS} identifiers may have rights on a mailbox")
    await log(db, account, mod_sequence, [("mailbox", mailbox_id)], ("updated", now))


async def inherit_grants(db: Database, account: int, mailbox: int, parent: str) -> None:
    """Give a new mailbox the grants of the one it lies in."""
    await db.execute(
        """
        INSERT INTO mailbox_grant SELECT $1, $2, g.identifier, g.rights
        FROM mailbox m JOIN mailbox_grant g ON g.account = m.account AND g.mailbox = m.number
        WHERE m.account = $1 AND m.name = $3
        """,
        account,
        mailbox,
        parent,
    )


async def annotations(db: Database, account: int, mailbox_id: MailboxId | None, viewer: AccountId | None) -> dict[str, bytes]:
    """Shared entries, and the viewer's private ones."""
    rows = await db.fetch(
        """
        SELECT entry, value FROM annotation
        WHERE account = $1 AND mailbox = $2 AND (starts_with(entry, $3) OR viewer = $4) ORDER BY entry
        """,
        account,
        await _number(db, account, mailbox_id),
        SHARED,
        viewer or b"",
    )
    return {row[0]: row[1] for row in rows}


async def annotate(
    db: Database,
    account: int,
    on: tuple[AccountId, MailboxId | None],
    entries: Mapping[str, bytes | None],
    viewer: AccountId | None,
    now: float,
) -> None:
    """Set and remove entries, ``on`` an account or one of its mailboxes."""
    account_id, mailbox_id = on
    number = await _number(db, account, mailbox_id)
    mod_sequence = await next_mod_sequence(db, account)
    more = 0
    for name, value in entries.items():
        entry = check_entry(name)
        owner = (viewer or b"") if entry.startswith(PRIVATE) else b""
        more += await _set(db, (account, number, entry, owner), value)
    held = await db.fetchval("SELECT count(*) FROM annotation WHERE account = $1 AND mailbox = $2", account, number)
    octets = await db.fetchval(
        "UPDATE account SET annotation_octets = annotation_octets + $2 WHERE number = $1 RETURNING annotation_octets", account, more
    )
    if held > ENTRIES and any(value is not None for value in entries.values()):
        raise LimitReached(f"a mailbox may have {ENTRIES} entries")
    if octets > ACCOUNT_OCTETS and more > 0:
        raise LimitReached(f"the entries of an account may have {ACCOUNT_OCTETS} octets")
    await log(db, account, mod_sequence, [("annotation", mailbox_id or account_id)], ("updated", now))


async def forget_sharing(db: Database, account: int, mailbox: int) -> None:
    """Forget the grants and annotations of a mailbox that goes."""
    await db.execute("DELETE FROM mailbox_grant WHERE account = $1 AND mailbox = $2", account, mailbox)
    await db.execute(
        """
        WITH gone AS (DELETE FROM annotation WHERE account = $1 AND mailbox = $2 RETURNING entry, value)
        UPDATE account
        SET annotation_octets = annotation_octets - (SELECT coalesce(sum(octet_length(entry) + octet_length(value)), 0) FROM gone)
        WHERE number = $1
        """,
        account,
        mailbox,
    )


async def _set(db: Database, key: tuple[int, int, str, bytes], value: bytes | None) -> int:
    """Set one entry; returns the octets that are used more."""
    held = await db.fetchval(
        """
        DELETE FROM annotation WHERE account = $1 AND mailbox = $2 AND entry = $3 AND viewer = $4 RETURNING octet_length(value)
        """,
        *key,
    )
    before = 0 if held is None else len(key[2]) + int(held)
    if value is None:
        return -before
    if len(value) > VALUE_OCTETS:
        raise TooLarge(f"the value of an entry may have {VALUE_OCTETS} octets")
    await db.execute("INSERT INTO annotation VALUES ($1, $2, $3, $4, $5)", *key, value)
    return len(key[2]) + len(value) - before


async def _number(db: Database, account: int, mailbox_id: MailboxId | None) -> int:
    return _ACCOUNT if mailbox_id is None else await number_of(db, account, mailbox_id)
