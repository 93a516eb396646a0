"""Settings as they are now: overrides from the directory over the declared defaults, nearest scope first."""

import logging
from typing import Any, TypeVar

import msgspec

from posthouse.foundation.errors import Invalid, NotFound, NotPermitted
from posthouse.foundation.ids import AccountId, from_text, to_text
from posthouse.model.principal import Principal
from posthouse.model.role import Act
from posthouse.model.setting import Scope, Setting
from posthouse.model.settings.registry import REGISTRY
from posthouse.ports.directory import Directory, DirectoryReader
from posthouse.services.groups.membership import groups_of

T = TypeVar("T")
SYSTEM = "system"
SCOPES = 10_000
"""Domains and accounts whose settings are remembered: every sender of the world may be asked for."""
_log = logging.getLogger(__name__)


class Settings:
    """Reads without waiting; ``refresh`` is called whenever the directory's epoch has moved."""

    def __init__(self, directory: DirectoryReader) -> None:
        self._directory = directory
        self._system: dict[str, Any] = {}
        self._scoped: dict[str, dict[str, Any]] = {}
        self._grouped: dict[str, tuple[str, ...]] = {}
        """Scopes of the groups accounts are in, the nearest first."""
        self.version = 0
        """Another number after each change: what was concluded from settings holds as long as it stays."""

    async def refresh(self) -> None:
        """Read the system's settings anew and forget those of domains and accounts."""
        self._system = _parsed(await self._directory.settings(SYSTEM))
        self._scoped.clear()
        self._grouped.clear()
        self.version += 1

    def __getitem__(self, setting: Setting[T]) -> T:
        """The system-wide value."""
        value: T = self._system.get(setting.key, setting.default)
        return value

    async def get(self, setting: Setting[T], *, domain: str = "", account: str = "") -> T:
        """The nearest value for an account (id as text; its own, then its groups' and its domain's) or a domain (key)."""
        groups = await self._groups(account) if account and Scope.GROUP in setting.scopes else ()
        for scope in (f"account:{account}" if account else "", *groups, f"domain:{domain}" if domain else ""):
            if scope and setting.key in (known := await self._known(scope)):
                value: T = known[setting.key]
                return value
        return self[setting]

    async def _groups(self, account: str) -> tuple[str, ...]:
        if account not in self._grouped:
            if len(self._grouped) >= SCOPES:
                self._grouped.clear()
            found = await groups_of(self._directory, AccountId(from_text(account)))
            self._grouped[account] = tuple(f"group:{to_text(group.id)}" for group in found)
        return self._grouped[account]

    async def _known(self, scope: str) -> dict[str, Any]:
        if scope not in self._scoped:
            if len(self._scoped) >= SCOPES:
                self._scoped.clear()
            values = _parsed(await self._directory.settings(scope))
            kind, _, name = scope.partition(":")
            domain = await self._directory.domain(name) if kind == Scope.DOMAIN else None
            if domain is not None and domain.stands_for:
                values = await self._known(f"{kind}:{domain.stands_for}") | values
            self._scoped[scope] = values
        return self._scoped[scope]


def require_setting(principal: Principal, setting: Setting[Any], domain: str) -> None:
    """Check that the principal may set a setting for a domain (its key), or for an account in it; empty: for the system.

    Raises: NotPermitted.
    """
    if not domain:
        principal.require(Act.SETTING_CHANGE)
        return
    principal.require_in(Act.SETTING_CHANGE, domain)
    if not setting.delegated and not principal.is_everywhere:
        raise NotPermitted(f"{setting.key} is for operators to set")


async def change_setting(
    principal: Principal, directory: Directory, scope: str, key: str, text: str | None, domain: str = ""
) -> None:
    """Set a setting from what a person typed, or reset it (None); ``domain`` is the one (its key) whose administrator may do that.

    Raises: NotFound for an unknown key or a scope it does not have; Invalid; NotPermitted.
    """
    setting = declared(key)
    require_setting(principal, setting, domain)
    kind = scope.partition(":")[0]
    if kind not in setting.scopes:
        raise NotFound(f"{key} cannot be set for one {kind}; it has the scopes {', '.join(setting.scopes)}")
    value = None if text is None else msgspec.json.encode(setting.parse_text(text))
    await directory.put_setting(scope, key, value)


def declared(key: str) -> Setting[Any]:
    """The declaration of a setting.

    Raises: NotFound, naming the nearest ones.
    """
    if key not in REGISTRY:
        near = [other for other in REGISTRY if key.split(".", maxsplit=1)[0] in other]
        raise NotFound(f"there is no setting {key}" + (f"; did you mean {', '.join(near)}?" if near else ""))
    return REGISTRY[key]


def _parsed(stored: dict[str, bytes]) -> dict[str, Any]:
    """Values of the settings that are declared; one that the rules of this version refuse counts as not set."""
    values = {}
    for key, value in stored.items():
        try:
            values[key] = REGISTRY[key].parse(value)
        except KeyError:
            continue
        except Invalid as error:
            _log.warning("a setting is not used: %s", error)
    return values
