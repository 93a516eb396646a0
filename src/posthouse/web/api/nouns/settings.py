"""Settings, wherever they may be set."""

from typing import Any

import msgspec

from posthouse.model.role import Act
from posthouse.services.administer.scopes import SettingControl, SettingReport
from posthouse.services.administer.scopes import Where as Scoped
from posthouse.web.api.endpoint import Call, Endpoint, Where


class SettingValue(msgspec.Struct, frozen=True):
    """A setting and the value that holds."""

    key: str
    value: Any
    set_at: str
    """``default``, ``system``, ``domain``, ``group`` or ``account``."""
    default: Any
    unit: str
    scopes: list[str]
    delegated: bool
    """Whoever administers a domain may set it there."""
    help: str


class SettingPut(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Another value."""

    value: Any


class Place(msgspec.Struct, frozen=True):
    """Where; nothing: the system."""

    domain: str = ""
    group: str = ""
    """Address of a group: for its members."""
    account: str = ""


def _shown(report: SettingReport) -> SettingValue:
    setting = report.setting
    return SettingValue(
        setting.key,
        report.value,
        report.set_at,
        setting.default,
        setting.unit,
        [str(scope) for scope in setting.scopes],
        setting.delegated,
        setting.help,
    )


def _control(call: Call) -> SettingControl:
    return SettingControl(call.house.administration)


def _where(call: Call) -> Scoped:
    query: Place = call.query
    return Scoped(domain=query.domain, group=query.group, account=query.account)


async def _all(call: Call) -> list[SettingValue]:
    return [_shown(report) for report in await _control(call).all(call.principal, _where(call))]


async def _get(call: Call) -> SettingValue:
    return _shown(await _control(call).get(call.principal, call.path["key"], _where(call)))


async def _put(call: Call) -> SettingValue:
    text = msgspec.json.encode(call.body.value).decode()
    return _shown(await _control(call).set(call.principal, call.path["key"], text, _where(call)))


async def _remove(call: Call) -> None:
    await _control(call).set(call.principal, call.path["key"], None, _where(call))


_ONE = "/settings/{key}"
ENDPOINTS = (
    Endpoint(
        method="GET", path="/settings", act=Act.SETTING_LOOK, where=Where.DOMAIN, summary="List all settings, as they hold there.",
        handle=_all, answer=list[SettingValue], query=Place,
    ),
    Endpoint(
        method="GET", path=_ONE, act=Act.SETTING_LOOK, where=Where.DOMAIN, summary="Show a setting.", handle=_get,
        answer=SettingValue, query=Place,
    ),
    Endpoint(
        method="PUT", path=_ONE, act=Act.SETTING_CHANGE, where=Where.DOMAIN, summary="Set it; it holds at once.", handle=_put,
        answer=SettingValue, query=Place, body=SettingPut, example=SettingPut(True),
    ),
    Endpoint(
        method="DELETE", path=_ONE, act=Act.SETTING_CHANGE, where=Where.DOMAIN, summary="Let it go back to what holds above.",
        handle=_remove, query=Place,
    ),
)  # fmt: skip
