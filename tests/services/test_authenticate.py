"""Who is signing in: right and wrong secrets, what is remembered, and what strangers can learn."""

import itertools
from typing import Any

import pytest
from msgspec.structs import replace
from tests.support.fakes import FakeClock

from posthouse.adapters.memory.bus import MemoryBus
from posthouse.adapters.memory.directory import MemoryDirectory
from posthouse.adapters.memory.vault import MemoryVault
from posthouse.foundation.errors import AuthenticationFailed, Expired, PosthouseError, Retired
from posthouse.foundation.ids import AccountId, CredentialId
from posthouse.model.account import Account, Credential, CredentialKind, Domain, Status
from posthouse.model.principal import Role
from posthouse.model.settings import AUTH_APP_PASSWORDS_ONLY
from posthouse.services.app_passwords import LOOKUP_CHARACTERS, grouped, normalised, spell, verifier_of
from posthouse.services.authenticate import REMEMBER_SECONDS, Authenticator
from posthouse.services.settings import Settings

PHONE = grouped(spell(bytes(range(20))))
TABLET = grouped(spell(bytes(range(20, 40))))
PASSWORD = "correct horse battery"
_numbers = itertools.count(1)


class CountingVault(MemoryVault):
    """Counts the slow work."""

    def __init__(self) -> None:
        super().__init__()
        self.verified = 0

    async def verify(self, verifier: bytes, password: str) -> bool:
        self.verified += 1
        return await super().verify(verifier, password)


class House:
    """Two domains: example.test may use account passwords, strict.test may not."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.vault = CountingVault()
        self.directory = MemoryDirectory(MemoryBus())
        self.settings = Settings(self.directory)
        self.authenticator = Authenticator(self.directory, self.vault, self.settings, self.clock)

    async def open(self) -> None:
        await self.directory.add_domain(Domain("example.test", "example.test"))
        await self.directory.add_domain(Domain("strict.test", "strict.test"))
        await self.directory.put_setting("domain:example.test", AUTH_APP_PASSWORDS_ONLY.key, b"false")
        await self.directory.put_setting("domain:strict.test", AUTH_APP_PASSWORDS_ONLY.key, b"true")
        await self.settings.refresh()

    async def add(self, address: str, *, password: str | None = PASSWORD, **more: Any) -> Account:
        account = Account(
            AccountId(next(_numbers).to_bytes(16, "big")), address.lower(), address, address.rpartition("@")[2].lower(), **more
        )
        await self.directory.add_account(account)
        if password is not None:
            await self.add_password(account, password)
        return account

    async def add_password(self, account: Account, password: str) -> Credential:
        verifiers = {"argon2id": await self.vault.hash(password)}
        credential = Credential(self._id(), account.id, CredentialKind.PASSWORD, "", "", verifiers, 1.0)
        await self.directory.add_credential(credential)
        return credential

    async def add_app_password(self, account: Account, shown: str, expires_at: float | None = None) -> Credential:
        secret = normalised(shown)
        verifiers = {"hmac": verifier_of(self.vault, account.id, secret)}
        lookup = secret[:LOOKUP_CHARACTERS]
        credential = Credential(self._id(), account.id, CredentialKind.APP_PASSWORD, "phone", lookup, verifiers, 1.0, expires_at)
        await self.directory.add_credential(credential)
        return credential

    @staticmethod
    def _id() -> CredentialId:
        return CredentialId(next(_numbers).to_bytes(16, "big"))

    async def refusal(self, login: str, password: str) -> tuple[type[PosthouseError], str, int]:
        """How a sign-in is refused: class, words, and slow work done."""
        before = self.vault.verified
        with pytest.raises(PosthouseError) as raised:
            await self.authenticator.authenticate(login, password)
        return raised.type, str(raised.value), self.vault.verified - before


@pytest.fixture
async def house() -> House:
    made = House()
    await made.open()
    return made


# app passwords


async def test_an_app_password_signs_in_however_it_is_typed(house: House) -> None:
    alice = await house.add("Alice@example.test", role=Role.OPERATOR)
    credential = await house.add_app_password(alice, PHONE)
    for login in ("alice@example.test", "ALICE@Example.TEST"):
        for typed in (PHONE, normalised(PHONE), PHONE.upper(), PHONE.replace("-", " "), f" {PHONE} "):
            principal = await house.authenticator.authenticate(login, typed)
            assert (principal.account_id, principal.credential_id) == (alice.id, credential.id)
    assert (principal.address, principal.role) == ("Alice@example.test", Role.OPERATOR)
    found = await house.directory.account(alice.id)
    assert found is not None
    assert principal.credential_epoch == found.credential_epoch
    assert house.vault.verified == 0, "no slow work"


async def test_one_of_several_is_enough_and_each_is_its_own(house: House) -> None:
    alice = await house.add("alice@example.test")
    phone, tablet = await house.add_app_password(alice, PHONE), await house.add_app_password(alice, TABLET)
    assert (await house.authenticator.authenticate(alice.address, PHONE)).credential_id == phone.id
    assert (await house.authenticator.authenticate(alice.address, TABLET)).credential_id == tablet.id


async def test_the_right_beginning_is_not_enough(house: House) -> None:
    alice = await house.add("alice@strict.test")
    await house.add_app_password(alice, PHONE)
    for wrong in (PHONE[:-1], PHONE[:-1] + "2", normalised(PHONE)[:LOOKUP_CHARACTERS], PHONE + "a", ""):
        assert (await house.refusal(alice.address, wrong))[0] is AuthenticationFailed


async def test_an_app_password_is_good_for_its_own_account_only(house: House) -> None:
    alice, bob = await house.add("alice@strict.test"), await house.add("bob@strict.test")
    await house.add_app_password(alice, PHONE)
    await house.add_app_password(bob, TABLET)
    assert (await house.refusal(bob.address, PHONE))[0] is AuthenticationFailed


async def test_an_expired_one_says_so_to_whoever_has_it(house: House) -> None:
    alice = await house.add("alice@strict.test")
    await house.add_app_password(alice, PHONE, expires_at=house.clock.now() + 10)
    await house.authenticator.authenticate(alice.address, PHONE)
    house.clock.advance(10)
    kind, words, _ = await house.refusal(alice.address, PHONE)
    assert kind is Expired
    assert "phone" in words
    assert (await house.refusal(alice.address, PHONE[:-1]))[0] is AuthenticationFailed


# account passwords


async def test_an_account_password_is_remembered_for_a_while(house: House) -> None:
    alice = await house.add("alice@example.test")
    for expected in (1, 1, 1):
        await house.authenticator.authenticate(alice.address, PASSWORD)
        assert house.vault.verified == expected
    house.clock.advance(REMEMBER_SECONDS)
    await house.authenticator.authenticate(alice.address, PASSWORD)
    assert house.vault.verified == 2


async def test_a_wrong_one_is_never_remembered(house: House) -> None:
    alice = await house.add("alice@example.test")
    for _ in range(3):
        kind, _, work = await house.refusal(alice.address, "wrong")
        assert (kind, work) == (AuthenticationFailed, 1)


async def test_a_changed_password_takes_the_memory_of_the_old_one_along(house: House) -> None:
    alice = await house.add("alice@example.test")
    await house.authenticator.authenticate(alice.address, PASSWORD)
    await house.add_password(alice, "another one")
    assert (await house.refusal(alice.address, PASSWORD))[0] is AuthenticationFailed
    await house.authenticator.authenticate(alice.address, "another one")


async def test_where_app_passwords_are_wanted_the_account_password_is_no_use(house: House) -> None:
    alice = await house.add("alice@strict.test")
    right, wrong = await house.refusal(alice.address, PASSWORD), await house.refusal(alice.address, "wrong")
    assert right == wrong
    assert right[0] is AuthenticationFailed
    assert "app password" in right[1]


# what strangers learn


@pytest.mark.parametrize("domain", ["example.test", "strict.test"])
async def test_names_nobody_has_are_refused_as_wrong_passwords_are(house: House, domain: str) -> None:
    """The same class, the same words, the same work: with a password, without one, and without an account."""
    alice = await house.add(f"alice@{domain}")
    bob = await house.add(f"bob@{domain}", password=None)
    refusals = {await house.refusal(login, "wrong") for login in (alice.address, bob.address, f"nobody@{domain}")}
    assert len(refusals) == 1


async def test_domains_nobody_has_are_refused_by_the_rule_of_the_system(house: House) -> None:
    assert await house.refusal("nobody@nowhere.test", "x") == await house.refusal("nobody@strict.test", "x")
    await house.directory.put_setting("system", AUTH_APP_PASSWORDS_ONLY.key, b"false")
    await house.settings.refresh()
    assert await house.refusal("nobody@nowhere.test", "x") == await house.refusal("nobody@example.test", "x")


async def test_names_that_strangers_make_up_fill_no_memory(house: House) -> None:
    for number in range(100):
        await house.refusal(f"nobody@{number}.test", "x")
    assert len(house.settings._scoped) <= 1


@pytest.mark.parametrize("login", ["", "alice", "@", "alice@", "@example.test", "a b@example.test", "alice@ex ample.test", "\x00"])
async def test_what_is_no_address_is_refused(house: House, login: str) -> None:
    assert (await house.refusal(login, "x"))[0] is AuthenticationFailed


# accounts and credentials that count no more


async def test_suspended_accounts_and_domains_say_so(house: House) -> None:
    alice = await house.add("alice@example.test")
    credential = await house.add_app_password(alice, PHONE)
    principal = await house.authenticator.authenticate(alice.address, PHONE)
    assert principal.credential_id == credential.id
    await house.directory.set_domain_status("example.test", Status.SUSPENDED)
    assert (await house.refusal(alice.address, PHONE))[0] is Retired
    assert type(await house.authenticator.objection(principal)) is Retired
    await house.directory.set_domain_status("example.test", Status.ACTIVE)
    assert await house.authenticator.objection(principal) is None
    await house.directory.replace_account(replace(alice, status=Status.SUSPENDED))
    assert (await house.refusal(alice.address, PHONE))[0] is Retired
    assert type(await house.authenticator.objection(principal)) is Retired


async def test_a_session_counts_while_its_credential_does(house: House) -> None:
    alice = await house.add("alice@example.test")
    phone = await house.add_app_password(alice, PHONE)
    await house.add_app_password(alice, TABLET, expires_at=house.clock.now() + 10)
    by_phone = await house.authenticator.authenticate(alice.address, PHONE)
    by_tablet = await house.authenticator.authenticate(alice.address, TABLET)
    by_password = await house.authenticator.authenticate(alice.address, PASSWORD)
    await house.directory.remove_credentials(alice.id, [phone.id])
    house.clock.advance(10)
    current = [await house.authenticator.objection(principal) is None for principal in (by_phone, by_tablet, by_password)]
    assert current == [False, False, True]
    await house.add_password(alice, "another one")
    assert await house.authenticator.objection(by_password) is not None
    await house.directory.remove_account(alice.id)
    assert await house.authenticator.objection(by_password) is not None
