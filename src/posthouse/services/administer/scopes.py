"""Settings as administrators see them: all there are, what holds where, and changing it."""

from typing import Any

import msgspec

from posthouse.foundation.errors import Invalid
from posthouse.foundation.ids import to_text
from posthouse.model.principal import Principal
from posthouse.model.setting import Setting
from posthouse.model.settings import REGISTRY
from posthouse.services.administer.finding import find_account, find_domain
from posthouse.services.administer.parts import Administration
from posthouse.services.settings import SYSTEM, change_setting, declared


class Where(msgspec.Struct, frozen=True):
    """For whom a setting is meant: the system, or one domain, or one account."""

    domain: str = ""
    account: str = ""


class SettingReport(msgspec.Struct, frozen=True):
    """A setting and the value that holds."""

    setting: Setting[Any]
    value: Any
    set_at: str
    """``default``, ``system``, ``domain`` or ``account``."""


class SettingControl:
    """The verbs; all raise Unavailable, and NotPermitted for anybody but an operator."""

    def __init__(self, parts: Administration) -> None:
        self._parts = parts

    async def all(self, principal: Principal, where: Where) -> list[SettingReport]:
        """All settings by key, with the values that hold there. Raises: Invalid, NotFound (domain, account)."""
        principal.require_operator()
        stored = [await self._parts.directory.settings(scope) for scope in await self._scopes(where)]
        return [_report(REGISTRY[key], stored) for key in sorted(REGISTRY)]

    async def get(self, principal: Principal, key: str, where: Where) -> SettingReport:
        """One setting. Raises: Invalid, NotFound (setting, domain, account)."""
        principal.require_operator()
        setting = declared(key)
        return _report(setting, [await self._parts.directory.settings(scope) for scope in await self._scopes(where)])

    async def set(self, principal: Principal, key: str, text: str | None, where: Where) -> SettingReport:
        """Set a setting from what a person typed, or let it go back to what holds above it (None).

        Raises: Invalid, NotFound (setting, scope, domain, account).
        """
        scopes = await self._scopes(where)
        await change_setting(principal, self._parts.directory, scopes[0], key, text)
        return await self.get(principal, key, where)

    async def _scopes(self, where: Where) -> list[str]:
        """The scopes that matter, nearest first."""
        if where.domain and where.account:
            raise Invalid("a setting is set for a domain or for an account, not for both at once")
        domain = where.domain
        scopes = []
        if where.account:
            account = await find_account(self._parts, where.account)
            scopes.append(f"account:{to_text(account.id)}")
            domain = account.domain
        if domain:
            scopes.append(f"domain:{(await find_domain(self._parts.directory, domain)).key}")
        return [*scopes, SYSTEM]


def _report(setting: Setting[Any], stored: list[dict[str, bytes]]) -> SettingReport:
    places = (SYSTEM,) if len(stored) == 1 else ("domain", SYSTEM) if len(stored) == 2 else ("account", "domain", SYSTEM)
    for place, values in zip(places, stored, strict=True):
        if setting.key in values:
            return SettingReport(setting, setting.parse(values[setting.key]), place)
    return SettingReport(setting, setting.default, "default")
