"""Settings: what holds where."""

import pytest
from tests.support.administration import DOMAIN, OPERATOR, Office

from posthouse.foundation.errors import Invalid, NotFound, NotPermitted
from posthouse.model.principal import Principal
from posthouse.model.role import Role
from posthouse.model.settings.registry import REGISTRY
from posthouse.services.administer.scopes import SettingControl, Where

POLICY = "auth.password_policy"


async def test_the_nearest_value_wins_and_says_where_it_stands(office: Office) -> None:
    control = SettingControl(office.parts)
    alice = await office.add("alice")
    here, person = Where(domain=DOMAIN), Where(account=alice.address)
    before = await control.get(OPERATOR, POLICY, person)
    assert (before.value, before.set_at) == (True, "default")
    await control.set(OPERATOR, POLICY, "off", Where())
    assert (await control.get(OPERATOR, POLICY, person)).set_at == "system"
    changed = await control.set(OPERATOR, POLICY, "on", here)
    assert (changed.value, changed.set_at) == (True, "domain")
    assert (await control.get(OPERATOR, POLICY, person)).set_at == "domain"
    assert (await control.get(OPERATOR, POLICY, Where())).value is False
    back = await control.set(OPERATOR, POLICY, None, here)
    assert (back.value, back.set_at) == (False, "system")


async def test_all_settings_are_listed(office: Office) -> None:
    reports = await SettingControl(office.parts).all(OPERATOR, Where())
    assert [report.setting.key for report in reports] == sorted(REGISTRY)


@pytest.mark.parametrize(
    ("key", "text", "where", "error"),
    [
        ("no.such", "1", Where(), NotFound),
        ("smtp.recipients", "1", Where(), Invalid),
        ("smtp.recipients", "many", Where(), Invalid),
        ("smtp.recipients", "200", Where(domain=DOMAIN), NotFound),
        (POLICY, "on", Where(domain="nowhere.test"), NotFound),
        (POLICY, "on", Where(account="nobody@example.test"), NotFound),
        (POLICY, "on", Where(domain=DOMAIN, account="nobody@example.test"), Invalid),
    ],
)
async def test_what_cannot_be_set(office: Office, key: str, text: str, where: Where, error: type[Exception]) -> None:
    with pytest.raises(error):
        await SettingControl(office.parts).set(OPERATOR, key, text, where)


async def test_only_operators_set_anything(office: Office) -> None:
    alice = await office.add("alice")
    owner = Principal(alice.id, alice.address, Role.OWNER)
    control = SettingControl(office.parts)
    with pytest.raises(NotPermitted):
        await control.set(owner, POLICY, "off", Where())
    with pytest.raises(NotPermitted):
        await control.get(owner, POLICY, Where())
    with pytest.raises(NotPermitted):
        await control.all(owner, Where())
