"""Passwords that somebody outside knows: for programs and for whoever asks again, remembered, and while nobody answers."""

from typing import Any

import msgspec
import pytest
from tests.support.fakes import CountingEntropy, FakeClock
from tests.support.people import FakePeople

from posthouse.adapters.memory.bus import MemoryBus
from posthouse.adapters.memory.directory import MemoryDirectory
from posthouse.adapters.memory.vault import MemoryVault
from posthouse.foundation.errors import AuthenticationFailed, Unavailable
from posthouse.foundation.ids import AccountId, CredentialId
from posthouse.model.account import Account, Credential, CredentialKind, Domain
from posthouse.services.authenticate import AuthenticatingParts, Authenticator, NoGuess
from posthouse.services.settings import Settings
from posthouse.services.signing_in.outside_passwords import AWAY, REMEMBER_SECONDS, OutsidePasswords

ALICE = "alice@example.test"
OUTSIDE = "known outside"
OWN = "kept here"


class House:
    """A domain whose passwords LDAP knows, and which lets programs use them."""

    def __init__(self) -> None:
        self.clock, self.vault, self.people = FakeClock(), MemoryVault(), FakePeople({ALICE: OUTSIDE})
        self.directory = MemoryDirectory(MemoryBus())
        self.settings = Settings(self.directory)
        outside = OutsidePasswords(self.people, self.settings, self.vault, self.clock)
        parts = AuthenticatingParts(self.directory, self.vault, self.settings, self.clock, CountingEntropy(), outside=outside)
        self.authenticator = Authenticator(parts)
        self.alice = Account(AccountId(bytes(15) + b"\1"), ALICE, ALICE, "example.test", logins=("4711",))

    async def set(self, scope: str = "domain:example.test", **values: Any) -> None:
        for name, value in values.items():
            await self.directory.put_setting(scope, name.replace("__", "."), msgspec.json.encode(value))
        await self.settings.refresh()

    async def signs_in(self, password: str, login: str = ALICE) -> bool:
        try:
            principal = await self.authenticator.authenticate(login, password)
        except AuthenticationFailed:
            return False
        assert principal.account_id == self.alice.id
        assert await self.authenticator.objection(principal) is None
        return True

    async def give_own(self) -> None:
        verifiers = {"argon2id": await self.vault.hash(OWN)}
        await self.directory.add_credential(
            Credential(CredentialId(bytes(16)), self.alice.id, CredentialKind.PASSWORD, "", "", verifiers, 1.0)
        )


@pytest.fixture
async def house() -> House:
    made = House()
    await made.directory.add_domain(Domain("example.test", "example.test"))
    await made.directory.add_account(made.alice)
    await made.set(auth__app_passwords_only=False, ldap__servers=["ldaps://ldap.example.test"], ldap__base="dc=example")
    return made


async def test_a_password_that_is_known_outside(house: House) -> None:
    for login in (ALICE, "4711"):
        assert await house.signs_in(OUTSIDE, login)
        assert not await house.signs_in("wrong", login)
    assert house.people.asked[0] == (ALICE, OUTSIDE), "it is asked about the address, whatever name was typed"
    await house.set(ldap__servers=[])
    assert not await house.signs_in(OUTSIDE)


async def test_a_right_one_is_remembered_and_a_wrong_one_never(house: House) -> None:
    for _ in range(3):
        assert await house.signs_in(OUTSIDE)
    assert len(house.people.asked) == 1
    for _ in range(3):
        assert not await house.signs_in("wrong")
    assert len(house.people.asked) == 4
    house.clock.advance(REMEMBER_SECONDS + 1)
    house.people.passwords[ALICE] = "another"
    assert not await house.signs_in(OUTSIDE)


async def test_what_was_set_anew_is_asked_anew(house: House) -> None:
    assert await house.signs_in(OUTSIDE)
    await house.set(ldap__base="dc=elsewhere")
    house.people.passwords.clear()
    assert not await house.signs_in(OUTSIDE)


async def test_nobody_answers(house: House) -> None:
    assert await house.signs_in(OUTSIDE)
    house.people.is_away = True
    assert await house.signs_in(OUTSIDE), "remembered"
    with pytest.raises(Unavailable) as raised:
        await house.signs_in("wrong")
    assert str(raised.value) == AWAY, "strangers hear nothing of what is behind us"
    await house.give_own()
    assert await house.signs_in(OWN)


async def test_an_own_password_counts_too_unless_that_is_off(house: House) -> None:
    await house.give_own()
    assert await house.signs_in(OWN)
    assert await house.signs_in(OUTSIDE)
    await house.set(ldap__own_passwords=False)
    assert not await house.signs_in(OWN)
    assert await house.signs_in(OUTSIDE)


async def test_where_app_passwords_are_needed_a_right_one_is_no_guess(house: House) -> None:
    await house.set(auth__app_passwords_only=True)
    refuse = house.authenticator._refuse_account_password
    for password, kind in ((OUTSIDE, NoGuess), ("wrong", AuthenticationFailed)):
        with pytest.raises(AuthenticationFailed) as raised:
            await refuse(house.alice, [], password, is_counted=True)
        assert raised.type is kind
    house.people.is_away = True
    with pytest.raises(NoGuess):
        await refuse(house.alice, [], "wrong", is_counted=True)
