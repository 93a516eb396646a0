"""Groups in the directory: rows by the account they belong to, and an index of whom they name."""

from collections.abc import Callable
from typing import Any

import apsw
import msgspec

from posthouse.formats.address.key import address_key
from posthouse.formats.address.mailbox import parse_mailbox
from posthouse.foundation.ids import AccountId
from posthouse.model.traffic.group import Group

PACK = msgspec.msgpack.Encoder().encode
GROUP = msgspec.msgpack.Decoder(Group)
BY_ID = "SELECT value FROM member_group WHERE id = ?"
LISTED = "SELECT value FROM member_group WHERE id > ? ORDER BY id LIMIT ?"


def of_members(count: int) -> str:
    """The statement that finds groups by so many members."""
    places = ", ".join("?" * count)
    return f"SELECT value FROM member_group WHERE id IN (SELECT id FROM group_member WHERE member IN ({places})) ORDER BY id"


def put(db: apsw.Connection, group: Group) -> None:
    """Add or change a group whose account exists."""
    remove(db, group.id)
    db.execute("INSERT INTO member_group VALUES (?, ?)", (group.id, PACK(group)))
    db.executemany("INSERT OR IGNORE INTO group_member VALUES (?, ?)", [(key, group.id) for key in _lookups(group)])


def remove(db: apsw.Connection, account_id: AccountId) -> None:
    """Remove a group, where there is one."""
    db.execute("DELETE FROM member_group WHERE id = ?", (account_id,))
    db.execute("DELETE FROM group_member WHERE id = ?", (account_id,))


def rewrite(db: apsw.Connection, moved: Callable[[str], str]) -> None:
    """Put other addresses in the place of members of all groups; patterns stay."""
    rows: list[tuple[Any, ...]] = db.execute("SELECT value FROM member_group").fetchall()
    for (value,) in rows:
        group = GROUP.decode(value)
        members = tuple(member if "*" in member else moved(member) for member in group.members)
        if members != group.members:
            put(db, msgspec.structs.replace(group, members=members))


def _lookups(group: Group) -> list[str]:
    keys = [address_key(parse_mailbox(member)) for member in group.members if "*" not in member]
    return [*keys, *group.lookup]
