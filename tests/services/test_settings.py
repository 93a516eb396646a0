"""Settings as they are now: nearest scope first, changed by operators only."""

from unittest import mock

import pytest

from posthouse.adapters.memory.bus import MemoryBus
from posthouse.adapters.memory.directory import MemoryDirectory
from posthouse.foundation.errors import Invalid, NotFound, NotPermitted
from posthouse.foundation.ids import AccountId
from posthouse.model.principal import Principal
from posthouse.model.role import Role
from posthouse.model.settings.people import QUOTA_OCTETS
from posthouse.model.settings.receiving import SMTP_ERRORS
from posthouse.model.settings.registry import REGISTRY
from posthouse.model.settings.relay import ROUTES
from posthouse.model.settings.signing_in import AUTH_APP_PASSWORDS_ONLY
from posthouse.services.settings import Settings, change_setting, declared

OPERATOR = Principal(AccountId(bytes(16)), "operator", Role.OPERATOR)
SOMEBODY = Principal(AccountId(b"s" * 16), "somebody@example.test", Role.DOMAIN_ADMINISTRATOR)


@pytest.fixture
def directory() -> MemoryDirectory:
    return MemoryDirectory(MemoryBus())


@pytest.fixture
def settings(directory: MemoryDirectory) -> Settings:
    return Settings(directory)


async def test_what_nobody_has_set_is_the_default(settings: Settings) -> None:
    await settings.refresh()
    assert settings[SMTP_ERRORS] == SMTP_ERRORS.default
    assert await settings.get(AUTH_APP_PASSWORDS_ONLY, domain="example.test", account="x") is True


async def test_the_nearest_scope_wins(settings: Settings, directory: MemoryDirectory) -> None:
    await directory.put_setting("system", QUOTA_OCTETS.key, b"1")
    await directory.put_setting("domain:example.test", QUOTA_OCTETS.key, b"2")
    await directory.put_setting("account:alice", QUOTA_OCTETS.key, b"3")
    await settings.refresh()
    assert settings[QUOTA_OCTETS] == 1
    assert await settings.get(QUOTA_OCTETS) == 1
    assert await settings.get(QUOTA_OCTETS, domain="other.test", account="bob") == 1
    assert await settings.get(QUOTA_OCTETS, domain="example.test", account="bob") == 2
    assert await settings.get(QUOTA_OCTETS, domain="example.test", account="alice") == 3


async def test_changes_count_after_a_refresh(settings: Settings, directory: MemoryDirectory) -> None:
    await settings.get(QUOTA_OCTETS, domain="example.test")
    await directory.put_setting("system", SMTP_ERRORS.key, b"9")
    await directory.put_setting("domain:example.test", QUOTA_OCTETS.key, b"2")
    assert settings[SMTP_ERRORS] == SMTP_ERRORS.default
    await settings.refresh()
    assert settings[SMTP_ERRORS] == 9
    assert await settings.get(QUOTA_OCTETS, domain="example.test") == 2


async def test_a_scope_is_read_once(settings: Settings, directory: MemoryDirectory) -> None:
    with mock.patch.object(directory, "settings", wraps=directory.settings) as read:
        for _ in range(3):
            await settings.get(QUOTA_OCTETS, domain="example.test", account="alice")
    assert read.call_count == 2


async def test_what_another_version_has_set_is_left_alone(settings: Settings, directory: MemoryDirectory) -> None:
    await directory.put_setting("system", "setting.of.tomorrow", b"1")
    await settings.refresh()
    assert settings[SMTP_ERRORS] == SMTP_ERRORS.default


async def test_a_value_that_is_no_longer_allowed_counts_as_not_set(settings: Settings, directory: MemoryDirectory) -> None:
    """Rules may become narrower in a new version: the server must start all the same."""
    await directory.put_setting("system", SMTP_ERRORS.key, b"0")
    await directory.put_setting("system", ROUTES.key, b'{"x.test": "mx"}')
    await directory.put_setting("domain:example.test", QUOTA_OCTETS.key, b'"much"')
    await settings.refresh()
    assert settings[SMTP_ERRORS] == SMTP_ERRORS.default
    assert settings[ROUTES] == {"x.test": "mx"}
    assert await settings.get(QUOTA_OCTETS, domain="example.test") == QUOTA_OCTETS.default


# changing


async def test_people_change_settings_in_words(settings: Settings, directory: MemoryDirectory) -> None:
    await change_setting(OPERATOR, directory, "system", "routes", "x.test=smtp://127.0.0.1:25, *=mx")
    await change_setting(OPERATOR, directory, "domain:example.test", AUTH_APP_PASSWORDS_ONLY.key, "off")
    await settings.refresh()
    assert settings[ROUTES] == {"x.test": "smtp://127.0.0.1:25", "*": "mx"}
    assert await settings.get(AUTH_APP_PASSWORDS_ONLY, domain="example.test") is False
    await change_setting(OPERATOR, directory, "system", "routes", None)
    await settings.refresh()
    assert settings[ROUTES] == {}


async def test_what_is_not_allowed_is_not_kept(directory: MemoryDirectory) -> None:
    with pytest.raises(NotPermitted):
        await change_setting(SOMEBODY, directory, "system", SMTP_ERRORS.key, "5")
    with pytest.raises(Invalid):
        await change_setting(OPERATOR, directory, "system", SMTP_ERRORS.key, "0")
    with pytest.raises(NotFound, match="scopes system"):
        await change_setting(OPERATOR, directory, "domain:example.test", SMTP_ERRORS.key, "5")
    with pytest.raises(NotFound):
        await change_setting(OPERATOR, directory, "system", "smtp.nothing", "5")
    assert await directory.settings("system") == {}


@pytest.mark.parametrize("scope", ["", "galaxy", "galaxy:milky way", "systematic"])
async def test_scopes_nobody_knows(directory: MemoryDirectory, scope: str) -> None:
    with pytest.raises(NotFound):
        await change_setting(OPERATOR, directory, scope, SMTP_ERRORS.key, "5")


def test_every_setting_is_declared_and_near_ones_are_named() -> None:
    for key, setting in REGISTRY.items():
        assert declared(key) is setting
    with pytest.raises(NotFound, match=r"did you mean .*smtp\.errors"):
        declared("smtp.error")
    with pytest.raises(NotFound, match=r"there is no setting nonsense$"):
        declared("nonsense")
