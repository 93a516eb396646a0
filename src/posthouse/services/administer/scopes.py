"""Settings as administrators see them: all there are, what holds where, and changing it."""

from typing import Any

import msgspec

from posthouse.foundation.errors import Invalid, NotFound
from posthouse.foundation.ids import to_text
from posthouse.model.principal import Principal
from posthouse.model.role import Act
from posthouse.model.setting import Setting
from posthouse.model.settings.registry import REGISTRY
from posthouse.services.administer.finding import permitted_account, permitted_domain
from posthouse.services.administer.parts import Administration
from posthouse.services.audit.recording import About
from posthouse.services.groups.membership import groups_of
from posthouse.services.settings import SYSTEM, change_setting, declared, require_setting

SECRET = "(secret)"  # noqa: S105 - no password: what stands for one
"""Instead of a value that may hold passwords."""


class Where(msgspec.Struct, frozen=True):
    """For whom a setting is meant: the system, or one domain, the members of one group, or one account."""

    domain: str = ""
    account: str = ""
    group: str = ""
    """Its address."""


class SettingReport(msgspec.Struct, frozen=True):
    """A setting and the value that holds."""

    setting: Setting[Any]
    value: Any
    set_at: str
    """``default``, ``system``, ``domain``, ``group`` or ``account``."""


class SettingControl:
    """The verbs; all raise Unavailable, and NotPermitted for whoever may not look or set there."""

    def __init__(self, parts: Administration) -> None:
        self._parts = parts

    async def all(self, principal: Principal, where: Where) -> list[SettingReport]:
        """All settings by key, with the values that hold there. Raises: Invalid, NotFound (domain, account)."""
        stored = await self._stored(await self._places(principal, Act.SETTING_LOOK, where))
        return [_masked(principal, _report(REGISTRY[key], stored)) for key in sorted(REGISTRY)]

    async def get(self, principal: Principal, key: str, where: Where) -> SettingReport:
        """One setting. Raises: Invalid, NotFound (setting, domain, account)."""
        places = await self._places(principal, Act.SETTING_LOOK, where)
        return await self._report(principal, declared(key), places)

    async def set(self, principal: Principal, key: str, text: str | None, where: Where) -> SettingReport:
        """Set a setting from what a person typed, or let it go back to what holds above it (None).

        Raises: Invalid, NotFound (setting, scope, domain, account).
        """
        places = await self._places(principal, Act.SETTING_CHANGE, where)
        setting = declared(key)
        require_setting(principal, setting, places.domain)
        stored = await self._parts.directory.settings(places.names[0])
        shown = [None if value is None else _shown(setting, value) for value in (stored.get(key), _typed(setting, text))]
        about = About(places.subject, places.domain, places.account)
        async with self._parts.recorded(principal, Act.SETTING_CHANGE, about, before={key: shown[0]}, after={key: shown[1]}):
            await change_setting(principal, self._parts.directory, places.names[0], key, text, places.domain)
        return await self._report(principal, setting, places)

    async def _report(self, principal: Principal, setting: Setting[Any], places: "_Places") -> SettingReport:
        return _masked(principal, _report(setting, await self._stored(places)))

    async def _stored(self, places: "_Places") -> list[tuple[str, dict[str, bytes]]]:
        return [(scope.partition(":")[0], await self._parts.directory.settings(scope)) for scope in places.names]

    async def _places(self, principal: Principal, act: Act, where: Where) -> "_Places":
        if sum(map(bool, (where.domain, where.group, where.account))) > 1:
            raise Invalid("a setting is set for a domain, for a group or for an account, not for several at once")
        if where.account:
            account = await permitted_account(self._parts, principal, act, where.account)
            identity = to_text(account.id)
            groups = [f"group:{to_text(group.id)}" for group in await groups_of(self._parts.directory, account.id)]
            names = (f"account:{identity}", *groups, f"domain:{account.domain}", SYSTEM)
            return _Places(names, account.key, account.domain, identity)
        if where.group:
            account = await permitted_account(self._parts, principal, act, where.group)
            if await self._parts.directory.group(account.id) is None:
                raise NotFound(f"{account.address} is no group")
            names = (f"group:{to_text(account.id)}", f"domain:{account.domain}", SYSTEM)
            return _Places(names, account.key, account.domain)
        if where.domain:
            domain = await permitted_domain(self._parts.directory, principal, act, where.domain)
            return _Places((f"domain:{domain.key}", SYSTEM), domain.key, domain.key)
        principal.require(act)
        return _Places((SYSTEM,), SYSTEM)


class _Places(msgspec.Struct, frozen=True):
    """Where a setting is looked for."""

    names: tuple[str, ...]
    """The scopes that matter, nearest first."""
    subject: str
    domain: str = ""
    account: str = ""


def _typed(setting: Setting[Any], text: str | None) -> bytes | None:
    return None if text is None else msgspec.json.encode(setting.parse_text(text))


def _masked(principal: Principal, report: SettingReport) -> SettingReport:
    """Values that may hold passwords are for those who may set them everywhere."""
    may = principal.is_everywhere and Act.SETTING_CHANGE in principal.acts
    if may or not report.setting.secret or report.set_at == "default":
        return report
    return msgspec.structs.replace(report, value=SECRET)


def _shown(setting: Setting[Any], value: bytes) -> Any:
    """A value for the audit log; of a secret one only that there was one."""
    return SECRET if setting.secret else msgspec.json.decode(value)


def _report(setting: Setting[Any], stored: list[tuple[str, dict[str, bytes]]]) -> SettingReport:
    for place, values in stored:
        if setting.key in values and (place in setting.scopes):
            return SettingReport(setting, setting.parse(values[setting.key]), place)
    return SettingReport(setting, setting.default, "default")
