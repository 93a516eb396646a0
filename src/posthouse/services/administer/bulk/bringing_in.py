"""Many mailboxes from a table: the difference first, then row after row.

A row is done whole or not at all; who runs the same table again does what is left of it.
"""

import enum
from collections.abc import AsyncIterator, Sequence
from typing import Any, Final

import msgspec

from posthouse.formats.address.key import address_key
from posthouse.foundation.errors import Invalid, PosthouseError, Unavailable
from posthouse.foundation.ids import to_text
from posthouse.model.account import Account, Status
from posthouse.model.principal import Principal
from posthouse.model.role import Act
from posthouse.services.administer.accounts import AccountChanges, Accounts, NewAccount
from posthouse.services.administer.bulk.table import Row
from posthouse.services.administer.finding import permitted_domain
from posthouse.services.administer.parts import Administration
from posthouse.services.administer.rules.names import read_address
from posthouse.services.administer.scopes import SettingControl, Where

_FIELDS: Final = {
    "display_name": "display_name",
    "language": "language",
    "quota": "quota_octets",
    "quota_messages": "quota_messages",
    "recovery_address": "recovery_address",
    "expires": "expires_at",
    "logins": "logins",
    "refused_services": "refused_services",
}
"""Columns that can change, by the name of the account's field."""
_AT_FIRST: Final = ("display_name", "language", "quota", "quota_messages")
_NOTHING: Final = {"expires_at": 0.0}


class Doing(enum.StrEnum):
    """What becomes of a row."""

    ADD = "add"
    CHANGE = "change"
    SAME = "same"
    REFUSED = "refused"


class RowResult(msgspec.Struct, frozen=True):
    """One row: what is done, or would be."""

    line: int
    address: str
    doing: Doing
    before: dict[str, Any] = {}
    """What differs, by column."""
    after: dict[str, Any] = {}
    trouble: str = ""
    password: str = ""
    """One that was made for it: it is nowhere else."""


class Bulk:
    """The verbs; each row is refused on its own, also for whoever may not do what it asks for."""

    def __init__(self, parts: Administration) -> None:
        self._parts = parts
        self._accounts = Accounts(parts)
        self._settings = SettingControl(parts)

    async def compare(self, principal: Principal, rows: Sequence[Row]) -> AsyncIterator[RowResult]:
        """What each row would do, without doing it. Raises: Unavailable."""
        seen: set[str] = set()
        for row in rows:
            yield await self._compared(principal, row, seen)

    async def bring_in(self, principal: Principal, rows: Sequence[Row], *, generate: bool = False) -> AsyncIterator[RowResult]:
        """Do what the rows ask for; ``generate`` makes passwords for new mailboxes that are given none. Raises: Unavailable."""
        seen: set[str] = set()
        for row in rows:
            planned = await self._compared(principal, row, seen)
            try:
                if planned.doing is Doing.ADD:
                    yield msgspec.structs.replace(planned, password=await self._add(principal, row, generate=generate))
                    continue
                if planned.doing is Doing.CHANGE:
                    await self._change(principal, row.address, planned.after)
            except Unavailable:
                raise
            except PosthouseError as error:
                planned = RowResult(row.line, row.address, Doing.REFUSED, trouble=str(error))
            yield planned

    async def _compared(self, principal: Principal, row: Row, seen: set[str]) -> RowResult:
        try:
            if row.trouble:
                raise Invalid(row.trouble)
            address = read_address(row.address)
            if (key := address_key(address)) in seen:
                raise Invalid("column address: it stands in the table before")
            seen.add(key)
            await permitted_domain(self._parts.directory, principal, Act.ACCOUNT_LOOK, address.domain)
            account = await self._parts.directory.account_at(key)
            if account is None:
                shown = {name: value for name, value in row.values.items() if not name.startswith("password")}
                return RowResult(row.line, row.address, Doing.ADD, after=shown)
            if account.status is Status.REMOVED:
                raise Invalid(f"{account.address} has been removed: restore it first")
            stored = await self._parts.directory.settings(f"account:{to_text(account.id)}")
            return _difference(row, account, {key: msgspec.json.decode(value) for key, value in stored.items()})
        except Unavailable:
            raise
        except (PosthouseError, ValueError) as error:
            return RowResult(row.line, row.address, Doing.REFUSED, trouble=str(error))

    async def _change(self, principal: Principal, address: str, wanted: dict[str, Any]) -> None:
        """Change fields, then settings."""
        fields = {name: value for name, value in wanted.items() if name in _FIELDS}
        if fields:
            await self._accounts.change(principal, address, _changes(fields))
        for key in wanted.keys() - fields.keys():
            text = None if wanted[key] is None else msgspec.json.encode(wanted[key]).decode()
            await self._settings.set(principal, key, text, Where(account=address))

    async def _add(self, principal: Principal, row: Row, *, generate: bool) -> str:
        given = {_FIELDS[name]: value for name, value in row.values.items() if name in _AT_FIRST}
        password, hashed = row.values.get("password"), row.values.get("password_hash")
        new = NewAccount(address=row.address, password=password, password_hash=hashed, **given)
        account = await self._accounts.add(principal, new)
        try:
            first = (*_AT_FIRST, "password", "password_hash")
            later = {name: value for name, value in row.values.items() if name not in first and value is not None}
            await self._change(principal, account.address, later)
            if generate and password is None and hashed is None:
                return await self._accounts.generate_password(principal, account.address)
        except PosthouseError:
            await self._accounts.remove(principal, account.address, now=True)
            raise
        return ""


def _difference(row: Row, account: Account, settings: dict[str, Any]) -> RowResult:
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    for name, value in row.values.items():
        if name.startswith("password"):
            continue  # it is for new mailboxes
        field = _FIELDS.get(name, "")
        there = getattr(account, field) if field else settings.get(name)
        if (there or _NOTHING.get(field, there)) != value:
            before[name], after[name] = there, value
    return RowResult(row.line, account.address, Doing.CHANGE if after else Doing.SAME, before, after)


def _changes(values: dict[str, Any]) -> AccountChanges:
    return AccountChanges(**{_FIELDS[name]: value for name, value in values.items()})
