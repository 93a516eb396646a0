"""The life of signing keys."""

import pytest
from tests.support.administration import DOMAIN, OPERATOR, Office
from tests.support.resolving import FakeResolver

from posthouse.foundation.errors import NotFound, NotPermitted, Refused
from posthouse.foundation.ids import AccountId
from posthouse.model.domain_key import DomainKey, KeyKind, KeyState
from posthouse.model.principal import Principal
from posthouse.model.role import Role
from posthouse.services.administer.publishing.keys import KEYS, DomainKeys
from posthouse.services.administer.publishing.records import key_entry

DAY = 86_400


def published(*keys: DomainKey) -> FakeResolver:
    return FakeResolver({(key_entry(key).name, "TXT"): (key.record,) for key in keys})


async def states(office: Office) -> list[tuple[KeyKind, KeyState]]:
    return [(key.kind, key.state) for key in await DomainKeys(office.parts).all(OPERATOR, DOMAIN)]


async def test_a_new_domain_has_a_key_of_each_kind(office: Office) -> None:
    assert sorted(await states(office)) == [(KeyKind.ED25519, KeyState.ACTIVE), (KeyKind.RSA, KeyState.ACTIVE)]
    for key in await DomainKeys(office.parts).all(OPERATOR, DOMAIN):
        assert key.record.startswith(f"v=DKIM1; k={key.kind}; p=")
        assert key.sealed not in key.record.encode()
        assert key.selector[0] == key.kind[0]


async def test_rotation(office: Office) -> None:
    keys = DomainKeys(office.parts)
    before = await keys.all(OPERATOR, DOMAIN)
    office.clock.advance(DAY)
    pending = await keys.rotate(OPERATOR, DOMAIN)
    assert {key.kind for key in pending} == set(KeyKind)
    assert await keys.rotate(OPERATOR, DOMAIN) == pending, "again it makes nothing new"
    with pytest.raises(Refused, match="publish it first"):
        await keys.activate(OPERATOR, DOMAIN, "", published(pending[0]))
    assert {state for _, state in await states(office)} == {KeyState.ACTIVE, KeyState.PENDING}
    changed = await keys.activate(OPERATOR, DOMAIN, "", published(*pending))
    assert len(changed) == 4
    after = {key.selector: key.state for key in await keys.all(OPERATOR, DOMAIN)}
    assert after == {key.selector: KeyState.RETIRING for key in before} | {key.selector: KeyState.ACTIVE for key in pending}
    old = before[0].selector
    with pytest.raises(Refused, match="--early"):
        await keys.remove(OPERATOR, DOMAIN, old)
    await keys.remove(OPERATOR, DOMAIN, before[1].selector.upper(), early=True)
    office.clock.advance(14 * DAY)
    await keys.remove(OPERATOR, DOMAIN, old)
    assert {state for _, state in await states(office)} == {KeyState.ACTIVE}


async def test_one_key_at_a_time(office: Office) -> None:
    keys = DomainKeys(office.parts)
    made = await keys.add(OPERATOR, DOMAIN, KeyKind.ED25519)
    await keys.add(OPERATOR, DOMAIN, KeyKind.RSA)
    changed = await keys.activate(OPERATOR, DOMAIN, made.selector, None)
    assert {(key.kind, key.state) for key in changed} == {(KeyKind.ED25519, KeyState.ACTIVE), (KeyKind.ED25519, KeyState.RETIRING)}
    with pytest.raises(NotFound):
        await keys.activate(OPERATOR, DOMAIN, made.selector, None)
    with pytest.raises(Refused):
        await keys.remove(OPERATOR, DOMAIN, made.selector)
    await keys.retire(OPERATOR, DOMAIN, made.selector)
    with pytest.raises(Refused):
        await keys.retire(OPERATOR, DOMAIN, made.selector)
    with pytest.raises(NotFound):
        await keys.retire(OPERATOR, DOMAIN, "never")
    [waiting] = await keys.rotate(OPERATOR, DOMAIN)
    await keys.remove(OPERATOR, DOMAIN, waiting.selector)


async def test_a_domain_without_keys_gets_them_by_rotation(office: Office) -> None:
    keys = DomainKeys(office.parts)
    for key in await keys.all(OPERATOR, DOMAIN):
        await office.parts.directory.remove_domain_key(DOMAIN, key.selector)
    assert {key.kind for key in await keys.rotate(OPERATOR, DOMAIN)} == set(KeyKind)


async def test_bounds_and_rights(office: Office) -> None:
    keys = DomainKeys(office.parts)
    for _ in range(KEYS - 2):
        await keys.add(OPERATOR, DOMAIN, KeyKind.ED25519)
    with pytest.raises(Refused):
        await keys.add(OPERATOR, DOMAIN, KeyKind.ED25519)
    with pytest.raises(NotPermitted):
        await keys.all(Principal(AccountId(bytes(16)), "alice@example.test", Role.OWNER), DOMAIN)


async def test_a_house_that_does_not_sign_makes_no_keys(office: Office) -> None:
    await office.parts.directory.put_setting("system", "dkim.sign", b"false")
    await office.parts.settings.refresh()
    await office.domains.add(OPERATOR, "quiet.test")
    assert await office.parts.directory.domain_keys("quiet.test") == []
