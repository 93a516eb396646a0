"""Transactions that make, rename, delete and subscribe to mailboxes."""

from collections.abc import Sequence

import asyncpg  # type: ignore[import-untyped]  # it has no types of its own

from posthouse.adapters.sql.postgres.accounts.transactions.counting import log, mailbox_row, next_mod_sequence
from posthouse.adapters.sql.postgres.accounts.transactions.placing import Burial, bury, move_all
from posthouse.adapters.sql.postgres.accounts.transactions.selection import EVERYTHING
from posthouse.adapters.sql.postgres.accounts.transactions.sharing import forget_sharing, inherit_grants
from posthouse.adapters.sql.postgres.accounts.transactions.viewing import forget_viewers
from posthouse.adapters.sql.postgres.server import Database
from posthouse.foundation.errors import AlreadyExists, Invalid, LimitReached
from posthouse.foundation.ids import AccountId, MailboxId
from posthouse.model.mailbox import INBOX, SEPARATOR, SpecialUse, check_name, check_numbers, check_use
from posthouse.model.quota import MAILBOXES

First = tuple[str, SpecialUse | None, MailboxId]
"""A mailbox an account begins with."""


async def create_account(db: Database, who: tuple[AccountId, str], first: Sequence[First], now: float) -> None:
    """Make an account with its mailboxes, subscribed; making it again changes nothing."""
    account = await db.fetchval(
        """
        INSERT INTO account (id, kind, uid_validity) VALUES ($1, $2, $3) ON CONFLICT (id) DO NOTHING RETURNING number
        """,
        *who,
        int(now),
    )
    if account is None:
        return
    for name, use, mailbox_id in first:
        await _insert(db, account, mailbox_id, (name, use), (1, now))
        await _subscribe(db, account, name)


async def create(
    db: Database, account: int, named: tuple[str, SpecialUse | None], ids: Sequence[MailboxId], now: float
) -> MailboxId:
    """Make a mailbox and the levels above it; ``named`` is its name and use, ``ids`` has one id for each level."""
    name, special_use = check_name(named[0]), named[1]
    if await _exists(db, account, name):
        raise AlreadyExists(f"the mailbox {name} exists already")
    if special_use is not None and await _user(db, account, special_use) is not None:
        raise AlreadyExists(f"there is a mailbox for {special_use} already")
    if await db.fetchval("SELECT count(*) FROM mailbox WHERE account = $1", account) >= MAILBOXES:
        raise LimitReached(f"an account may have {MAILBOXES} mailboxes")
    mod_sequence = await next_mod_sequence(db, account)
    levels = name.split(SEPARATOR)
    made = ids[0]
    for depth in range(1, len(levels) + 1):
        path = SEPARATOR.join(levels[:depth])
        if not await _exists(db, account, path):
            made = ids[depth - 1]
            use = special_use if depth == len(levels) else None
            number = await _insert(db, account, made, (path, use), (mod_sequence, now))
            await inherit_grants(db, account, number, SEPARATOR.join(levels[: depth - 1]))
    return made


async def rename(db: Database, account: int, mailbox_id: MailboxId, name: str, ids: Sequence[MailboxId], now: float) -> None:
    """Rename a mailbox with all below it; INBOX stays and gives its messages to the new mailbox."""
    mailbox = await mailbox_row(db, account, mailbox_id)
    name = check_name(name)
    if await _exists(db, account, name):
        raise AlreadyExists(f"the mailbox {name} exists already")
    if mailbox.name == INBOX:
        made = await create(db, account, (name, None), ids, now)
        await move_all(db, account, mailbox, await mailbox_row(db, account, made), now)
        return
    if name.startswith(mailbox.name + SEPARATOR):
        raise Invalid("a mailbox cannot be moved below itself")
    parent = name.rpartition(SEPARATOR)[0]
    if parent and not await _exists(db, account, parent):
        await create(db, account, (parent, None), ids, now)
    mod_sequence = await next_mod_sequence(db, account)
    try:
        renamed = await db.fetch(
            """
            UPDATE mailbox SET name = $4 || substr(name, length($3) + 1)
            WHERE account = $1 AND (number = $2 OR starts_with(name, $3 || '/')) RETURNING id
            """,
            account,
            mailbox.number,
            mailbox.name,
            name,
        )
    except asyncpg.UniqueViolationError as error:
        raise AlreadyExists(f"a mailbox below {name} exists already") from error
    await log(db, account, mod_sequence, [("mailbox", row[0]) for row in renamed], ("updated", now))


async def delete(db: Database, account: int, mailbox_id: MailboxId, now: float) -> None:
    """Delete a mailbox; its messages are expunged, mailboxes below it stay."""
    mailbox = await mailbox_row(db, account, mailbox_id)
    if mailbox.name == INBOX:
        raise Invalid("INBOX cannot be deleted")
    mod_sequence = await next_mod_sequence(db, account)
    await bury(db, (account, mailbox.number), EVERYTHING, now, Burial(charged=1))
    await forget_viewers(db, account, mailbox.number)
    await forget_sharing(db, account, mailbox.number)
    await db.execute("DELETE FROM mailbox WHERE account = $1 AND number = $2", account, mailbox.number)
    await log(db, account, mod_sequence, [("mailbox", mailbox_id)], ("destroyed", now))


async def set_special_use(db: Database, account: int, mailbox_id: MailboxId, use: SpecialUse | None, now: float) -> None:
    """Say what a mailbox is for."""
    mailbox = await mailbox_row(db, account, mailbox_id)
    check_use(mailbox.name, use)
    if use is not None and await _user(db, account, use) not in {None, mailbox.number}:
        raise AlreadyExists(f"there is a mailbox for {use} already")
    mod_sequence = await next_mod_sequence(db, account)
    await db.execute(
        "UPDATE mailbox SET special_use = $3 WHERE account = $1 AND number = $2", account, mailbox.number, use and str(use)
    )
    await log(db, account, mod_sequence, [("mailbox", mailbox_id)], ("updated", now))


async def number(db: Database, account: int, mailbox_id: MailboxId, numbers: tuple[int, int], now: float) -> None:
    """Let a mailbox go on with a UIDVALIDITY and a UIDNEXT; a new mailbox that has that UIDVALIDITY by chance gets another."""
    mailbox = await mailbox_row(db, account, mailbox_id)
    check_numbers((mailbox.uid_validity, mailbox.uid_next), *numbers)
    mod_sequence = await next_mod_sequence(db, account)
    other = await db.fetchrow(
        "SELECT number, uid_next FROM mailbox WHERE account = $1 AND uid_validity = $2 AND number <> $3",
        account,
        numbers[0],
        mailbox.number,
    )
    if other is not None and other[1] > 1:
        raise AlreadyExists("another mailbox has this UIDVALIDITY")
    highest = await db.fetchval(
        "UPDATE account SET uid_validity = greatest(uid_validity, $2) + $3 WHERE number = $1 RETURNING uid_validity",
        account,
        numbers[0],
        int(other is not None),
    )
    if other is not None:
        await db.execute("UPDATE mailbox SET uid_validity = $3 WHERE account = $1 AND number = $2", account, other[0], highest)
    await db.execute(
        "UPDATE mailbox SET uid_validity = $3, uid_next = $4, mod_sequence = $5 WHERE account = $1 AND number = $2",
        account,
        mailbox.number,
        *numbers,
        mod_sequence,
    )
    await log(db, account, mod_sequence, [("mailbox", mailbox_id)], ("updated", now))


async def subscribe(db: Database, account: int, name: str, subscribed: bool) -> None:
    """Subscribe to a name or end it."""
    if subscribed:
        name = check_name(name)
    await next_mod_sequence(db, account)
    if subscribed:
        await _subscribe(db, account, name)
    else:
        # Compared as octets: a name that nobody can have need not be text to the server.
        await db.execute(
            "DELETE FROM subscription WHERE account = $1 AND convert_to(name, 'UTF8') = $2",
            account,
            name.encode(errors="surrogatepass"),
        )


async def claim_recent(db: Database, account: int, mailbox_id: MailboxId) -> int:
    """Take the Recent flags; the first UID that had it."""
    mailbox = await mailbox_row(db, account, mailbox_id)
    if mailbox.recent_uid < mailbox.uid_next:
        await next_mod_sequence(db, account)
        await db.execute("UPDATE mailbox SET recent_uid = uid_next WHERE account = $1 AND number = $2", account, mailbox.number)
    return mailbox.recent_uid


async def _exists(db: Database, account: int, name: str) -> bool:
    return await db.fetchval("SELECT 1 FROM mailbox WHERE account = $1 AND name = $2", account, name) is not None


async def _user(db: Database, account: int, use: SpecialUse) -> int | None:
    """Number of the mailbox that has a use."""
    number: int | None = await db.fetchval("SELECT number FROM mailbox WHERE account = $1 AND special_use = $2", account, str(use))
    return number


async def _subscribe(db: Database, account: int, name: str) -> None:
    await db.execute("INSERT INTO subscription (account, name) VALUES ($1, $2) ON CONFLICT DO NOTHING", account, name)


async def _insert(
    db: Database, account: int, mailbox_id: MailboxId, named: tuple[str, SpecialUse | None], stamp: tuple[int, float]
) -> int:
    """Make one mailbox; ``stamp`` is modification sequence and time."""
    mod_sequence, now = stamp
    # A name that is used again gets a higher UIDVALIDITY than it ever had: the counter is the account's.
    number = await db.fetchval(
        """
        WITH taken AS (
            UPDATE account SET uid_validity = greatest(uid_validity + 1, $6), mailbox_sequence = mailbox_sequence + 1
            WHERE number = $1 RETURNING uid_validity, mailbox_sequence
        )
        INSERT INTO mailbox (account, number, id, name, special_use, uid_validity, mod_sequence)
        SELECT $1, mailbox_sequence, $2, $3, $4, uid_validity, $5 FROM taken RETURNING number
        """,
        account,
        mailbox_id,
        named[0],
        named[1] and str(named[1]),
        mod_sequence,
        int(now),
    )
    await log(db, account, mod_sequence, [("mailbox", mailbox_id)], ("created", now))
    return int(number)
