"""Mailboxes as rows of a table (CSV, RFC 4180): what a cell means, and what an account looks like in one."""

import csv
import datetime as dt
import io
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

import msgspec

from posthouse.foundation.errors import Invalid
from posthouse.foundation.units import parse_octets
from posthouse.model.account import Account, Service
from posthouse.model.setting import Scope
from posthouse.model.settings.registry import REGISTRY

ROWS: Final = 100_000
"""Rows of one table."""
CELL_CHARACTERS: Final = 10_000
NOTHING: Final = frozenset({"none", "never"})
"""Words for an empty value; an empty cell leaves what is there."""


class Row(msgspec.Struct, frozen=True):
    """One mailbox as a table wants it: cells that are not empty, read."""

    line: int
    """Where it begins in the file, from 1."""
    address: str
    values: dict[str, Any]
    """By column."""
    trouble: str = ""
    """What is wrong with it, with the column; nothing is done with such a row."""


def _date(text: str) -> float:
    """The end of a day, in seconds since 1970; 0 for never."""
    if text in NOTHING:
        return 0.0
    day = dt.datetime.combine(dt.date.fromisoformat(text), dt.time(), dt.UTC)
    return day.timestamp() + 86_400


def _words(text: str) -> tuple[str, ...]:
    return () if text in NOTHING else tuple(text.split())


def _services(text: str) -> tuple[Service, ...]:
    return tuple(Service(word) for word in _words(text))


def _text(text: str) -> str:
    return "" if text in NOTHING else text


COLUMNS: Final[dict[str, Callable[[str], Any]]] = {
    "address": str,
    "display_name": _text,
    "language": str,
    "quota": parse_octets,
    "quota_messages": int,
    "recovery_address": _text,
    "expires": _date,
    "logins": _words,
    "refused_services": _services,
    "password": str,
    "password_hash": str,
}
"""What a table may have, and how a cell is read; only the address must be there. Passwords are for new mailboxes."""


def column(name: str) -> Callable[[str], Any] | None:
    """How a cell is read; a column may be the key of a setting that accounts have, too. None: there is no such column."""
    setting = REGISTRY.get(name)
    if setting is not None and Scope.ACCOUNT in setting.scopes:
        return lambda text: None if text == "reset" else setting.parse_text(text)
    return COLUMNS.get(name)


def read_rows(text: str) -> list[Row]:
    """Read a table; the first line names the columns, in any order.

    A row that cannot be read has its trouble, the others are not touched by it.
    Raises: Invalid (what is no table, a column nobody knows, too many rows).
    """
    csv.field_size_limit(CELL_CHARACTERS)
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True)
    rows: list[Row] = []
    try:
        names = [name.strip().lower() for name in next(reader, [])]
        _check_columns(names)
        line = reader.line_num + 1
        for cells in reader:
            if any(cell.strip() for cell in cells):
                rows.append(_row(line, names, cells))
            line = reader.line_num + 1
            if len(rows) > ROWS:
                raise Invalid(f"a table has at most {ROWS} rows: give it in parts")
    except csv.Error as error:
        raise Invalid(f"line {reader.line_num}: {error}") from error
    return rows


def write_rows(accounts: Sequence[Account]) -> Iterator[str]:
    """Lines of a table of accounts, with their ends; ``read_rows`` reads what is written."""
    names = [name for name in COLUMNS if not name.startswith("password")]
    for cells in (names, *(_cells(account) for account in accounts)):
        line = io.StringIO(newline="")
        csv.writer(line).writerow(cells)
        yield line.getvalue()


def _check_columns(names: Sequence[str]) -> None:
    unknown = next((name for name in names if column(name) is None), None)
    if unknown is not None:
        raise Invalid(
            f"line 1: there is no column {unknown!r}; there are {', '.join(COLUMNS)} and keys of settings that accounts have"
        )
    if "address" not in names or len(set(names)) < len(names):
        raise Invalid("line 1: a table has a column address, and each column once")


def _row(line: int, names: Sequence[str], cells: Sequence[str]) -> Row:
    if len(cells) > len(names):
        return Row(line, "", {}, f"there are {len(cells)} cells for {len(names)} columns")
    values: dict[str, Any] = {}
    for name, cell in zip(names, cells, strict=False):
        read = column(name)
        if not cell.strip() or read is None:
            continue
        try:
            values[name] = read(cell if name.startswith("password") else cell.strip())
        except (ValueError, Invalid) as error:
            return Row(line, str(values.get("address", "")), {}, f"column {name}: {error}")
    address = values.pop("address", "")
    return Row(line, address, values, "" if address else "column address: it is empty")


def _cells(account: Account) -> list[str]:
    quota = str(account.quota_octets) if account.quota_octets else "none"
    return [
        account.address,
        account.display_name or "none",
        account.language,
        quota,
        str(account.quota_messages),
        account.recovery_address or "none",
        _day(account.expires_at),
        " ".join(account.logins) or "none",
        " ".join(account.refused_services) or "none",
    ]


def _day(at: float | None) -> str:
    """The last whole day before a moment."""
    return "never" if at is None else dt.datetime.fromtimestamp(at - 1, dt.UTC).date().isoformat()
