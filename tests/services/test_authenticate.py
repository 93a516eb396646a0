"""Who is signing in: right and wrong secrets, what is remembered, and what strangers can learn."""

import itertools
from typing import Any

import pytest
from msgspec import json
from msgspec.structs import replace
from tests.support.fakes import CountingEntropy, FakeClock
from tests.support.identity_provider import CLIENT, DirectLink, IdentityProvider

from posthouse.adapters.memory.bus import MemoryBus
from posthouse.adapters.memory.directory import MemoryDirectory
from posthouse.adapters.memory.vault import MemoryVault
from posthouse.foundation.errors import AuthenticationFailed, Expired, PosthouseError, Retired, Unavailable
from posthouse.foundation.ids import AccountId, CredentialId
from posthouse.foundation.md5 import hmac_states
from posthouse.model.account import Account, Credential, CredentialKind, Domain, Status
from posthouse.model.role import Role
from posthouse.model.settings.outside import OIDC_CLAIM, OIDC_CLIENT_ID, OIDC_ISSUER
from posthouse.model.settings.signing_in import AUTH_APP_PASSWORDS_ONLY, AUTH_SCRAM
from posthouse.services.access.tokens import Tokens, token_text, token_verifier
from posthouse.services.administer.verifiers import app_password_verifiers
from posthouse.services.app_passwords import (
    LOOKUP_CHARACTERS,
    SALT_OCTETS,
    SCRAM_ITERATIONS,
    grouped,
    normalised,
    scram_keys,
    spell,
    verifier_of,
)
from posthouse.services.authenticate import (
    NEEDS_OTHER_WAY,
    AuthenticatingParts,
    Authenticator,
    Inquiry,
    OtherProtocol,
)
from posthouse.services.guard.guarding import Source
from posthouse.services.settings import Settings
from posthouse.services.signing_in.bearing import Bearers
from posthouse.services.signing_in.oidc.providers import Providers
from posthouse.services.signing_in.passwords import REMEMBER_SECONDS

PHONE = grouped(spell(bytes(range(20))))
TABLET = grouped(spell(bytes(range(20, 40))))
PASSWORD = "correct horse battery"
SCHEMES = ("scram-sha-1", "scram-sha-256", "cram-md5")
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
        self.provider = IdentityProvider()
        self.authenticator = Authenticator(
            AuthenticatingParts(
                self.directory,
                self.vault,
                self.settings,
                self.clock,
                CountingEntropy(),
                bearers=Bearers(
                    Tokens(self.directory, self.vault, self.clock),
                    Providers(self.settings, DirectLink(self.provider), self.vault, self.clock),
                ),
            )
        )

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

    async def add_provable(self, account: Account, shown: str, expires_at: float | None = None) -> Credential:
        """An app password with all its verifiers."""
        credential = await self.add_app_password(account, shown, expires_at)
        await self.directory.remove_credentials(account.id, [credential.id])
        verifiers = app_password_verifiers(self.vault, account, normalised(shown))
        credential = replace(credential, id=self._id(), verifiers=verifiers)
        await self.directory.add_credential(credential)
        return credential

    async def add_token(
        self, account: Account, protocols: tuple[str, ...], expires_at: float | None = None
    ) -> tuple[str, Credential]:
        """A token for mail programs."""
        secret = spell(next(_numbers).to_bytes(20, "big"))
        verifiers = {"token": token_verifier(self.vault, account.id, secret)}
        credential = Credential(
            self._id(), account.id, CredentialKind.TOKEN, "t", secret[:8], verifiers, 1.0, expires_at, protocols=protocols
        )
        await self.directory.add_credential(credential)
        return token_text(account.id, secret), credential

    def kept(self, account: Account, shown: str, scheme: str) -> list[bytes]:
        """What is kept of an app password in a scheme, for both spellings, as a mechanism needs it."""
        if scheme == "cram-md5":
            return [hmac_states(typed.encode()) for typed in (shown, normalised(shown))]
        algorithm = {"scram-sha-1": "sha1", "scram-sha-256": "sha256"}[scheme]
        return [scram_keys(algorithm, typed, account.scram_salt) for typed in (shown, normalised(shown))]

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


# proving an app password without sending it


async def test_each_spelling_of_each_app_password_can_be_proved(house: House) -> None:
    alice = await house.add("alice@strict.test", scram_salt=b"salt of sixteen.")
    made = [await house.add_provable(alice, shown) for shown in (PHONE, TABLET)]
    for scheme in SCHEMES:
        inquiry = await house.authenticator.inquire("ALICE@strict.test", scheme)
        assert (inquiry.salt, inquiry.iterations) == (b"salt of sixteen.", SCRAM_ITERATIONS)
        spelled = [kept for shown in (PHONE, TABLET) for kept in house.kept(alice, shown, scheme)]
        assert list(inquiry.verifiers[:-1]) == spelled
        found = [(await house.authenticator.settle(inquiry, number)).credential_id for number in range(4)]
        assert found == [made[0].id, made[0].id, made[1].id, made[1].id]
        for nothing in (None, 4, 5):
            with pytest.raises(AuthenticationFailed, match="app password"):
                await house.authenticator.settle(inquiry, nothing)


@pytest.mark.parametrize("scheme", ["scram-sha-1", "scram-sha-256", "cram-md5"])
@pytest.mark.parametrize("domain", ["example.test", "strict.test", "nowhere.test"])
async def test_a_name_nobody_has_looks_like_an_account(house: House, domain: str, scheme: str) -> None:
    """A salt that stays, whatever the spelling; a verifier as long as any; the words for a wrong password."""
    await house.directory.put_setting("system", AUTH_APP_PASSWORDS_ONLY.key, b"true")
    await house.settings.refresh()
    inquiry = await house.authenticator.inquire(f"Nobody@{domain}", scheme)
    again = await house.authenticator.inquire(f"nobody@{domain.upper()}", scheme)
    other = await house.authenticator.inquire(f"noone@{domain}", scheme)
    assert inquiry.salt == again.salt != other.salt
    assert len(inquiry.salt) == SALT_OCTETS
    assert [len(verifier) for verifier in inquiry.verifiers] == [{"scram-sha-1": 40, "scram-sha-256": 64, "cram-md5": 32}[scheme]]
    with pytest.raises(AuthenticationFailed) as raised:
        await house.authenticator.settle(inquiry, 0)
    assert (str(raised.value) == NEEDS_OTHER_WAY) == (domain == "example.test")
    if domain != "nowhere.test":
        alice = await house.add(f"alice@{domain}", scram_salt=b"salt of sixteen.")
        known = await house.authenticator.inquire(alice.address, scheme)
        assert [len(verifier) for verifier in known.verifiers] == [len(inquiry.verifiers[0])]
        with pytest.raises(AuthenticationFailed, match=str(raised.value)[:20]):
            await house.authenticator.settle(known, None)


async def test_what_is_proved_must_be_in_force(house: House) -> None:
    alice = await house.add("alice@strict.test")
    await house.add_provable(alice, PHONE, expires_at=house.clock.now() + 10)
    inquiry = await house.authenticator.inquire(alice.address, "scram-sha-256")
    await house.authenticator.settle(inquiry, 0)
    house.clock.advance(10)
    with pytest.raises(Expired, match="phone"):
        await house.authenticator.settle(inquiry, 0)
    await house.directory.set_domain_status("strict.test", Status.SUSPENDED)
    with pytest.raises(Retired):
        await house.authenticator.inquire(alice.address, "scram-sha-256")


@pytest.mark.parametrize(
    ("wish", "only", "offered"), [("auto", True, True), ("auto", False, False), ("on", False, True), ("off", True, False)]
)
async def test_scram_is_offered_where_it_works_for_everybody(house: House, wish: str, only: bool, offered: bool) -> None:
    await house.directory.put_setting("system", AUTH_SCRAM.key, json.encode(wish))
    await house.directory.put_setting("system", AUTH_APP_PASSWORDS_ONLY.key, json.encode(only))
    await house.settings.refresh()
    assert house.authenticator.offers(b"") == {"scram": offered, "cram_md5": False, "binding": False, "oauth": False}


async def test_nonces_are_never_the_same(house: House) -> None:
    nonces = {house.authenticator.nonce() for _ in range(100)}
    assert len(nonces) == 100
    assert all(nonce.isalnum() for nonce in nonces)


async def test_an_app_password_may_be_for_some_protocols_only() -> None:
    house = House()
    await house.open()
    alice = await house.add("alice@strict.test")
    provable = await house.add_provable(alice, PHONE)
    scoped = replace(provable, protocols=("imap", "submission"))
    assert await house.directory.replace_credential(provable, scoped)
    for protocol in ("imap", "submission", ""):
        principal = await house.authenticator.authenticate(alice.address, PHONE, Source("192.0.2.1", protocol))
        assert principal.credential_id == scoped.id
        inquiry = await house.authenticator.inquire(alice.address, "scram-sha-256", Source("192.0.2.1", protocol))
        assert await house.authenticator.settle(inquiry, 0) == principal
    with pytest.raises(OtherProtocol, match="only for imap and submission"):
        await house.authenticator.authenticate(alice.address, PHONE, Source("192.0.2.1", "pop3"))
    inquiry = await house.authenticator.inquire(alice.address, "scram-sha-256", Source("192.0.2.1", "pop3"))
    with pytest.raises(OtherProtocol):
        await house.authenticator.settle(inquiry, 0)
    with pytest.raises(AuthenticationFailed, match="https://localhost/setup"):
        await house.authenticator.authenticate(alice.address, TABLET, Source("192.0.2.1", "pop3"))


# tokens


async def shown(house: House, name: str, token: str, protocol: str = "imap") -> Inquiry:
    return await house.authenticator.inquire(name, "bearer", Source("192.0.2.7", protocol), token)


async def test_a_token_signs_in_whom_it_stands_for(house: House) -> None:
    alice = await house.add("alice@example.test")
    bob = await house.add("bob@example.test")
    text, credential = await house.add_token(alice, ("imap",))
    for name in ("alice@example.test", "ALICE@example.test", ""):
        principal = await house.authenticator.settle(await shown(house, name, text), 0)
        assert (principal.account_id, principal.credential_id, principal.service) == (alice.id, credential.id, "imap")
        assert await house.authenticator.objection(principal) is None
    for name, wrong in ((bob.address, text), ("nobody@example.test", text), (alice.address, text[:-1] + "_"), (alice.address, "")):
        inquiry = await shown(house, name, wrong)
        assert not inquiry.verifiers
        with pytest.raises(AuthenticationFailed, match="token is wrong"):
            await house.authenticator.settle(inquiry, None)
    await house.directory.remove_credentials(alice.id, [credential.id])
    assert isinstance(await house.authenticator.objection(principal), Expired)


async def test_a_token_is_for_the_protocols_it_was_made_for(house: House) -> None:
    alice = await house.add("alice@example.test")
    text, _ = await house.add_token(alice, ("imap", "submission"))
    none, _ = await house.add_token(alice, ())
    for token, protocol, words in ((text, "pop3", "only for imap and submission"), (none, "imap", "not for mail programs")):
        with pytest.raises(AuthenticationFailed, match=words):
            await house.authenticator.settle(await shown(house, "", token, protocol), None)


async def test_a_token_does_not_open_what_is_retired(house: House) -> None:
    alice = await house.add("alice@example.test", status=Status.SUSPENDED)
    text, _ = await house.add_token(alice, ("imap",))
    with pytest.raises(Retired):
        await shown(house, "", text)
    over, _ = await house.add_token(await house.add("bob@example.test"), ("imap",), expires_at=house.clock.now() - 1)
    with pytest.raises(Expired):
        await shown(house, "", over)


async def believe(house: House, scope: str, claim: str = "email") -> None:
    """Believe the provider."""
    for setting, value in ((OIDC_ISSUER, house.provider.issuer), (OIDC_CLIENT_ID, CLIENT[0]), (OIDC_CLAIM, claim)):
        await house.directory.put_setting(scope, setting.key, json.encode(value))
    await house.settings.refresh()


async def test_a_providers_token_signs_in_until_it_is_over(house: House) -> None:
    await believe(house, "system")
    assert house.authenticator.offers(b"")["oauth"] is True
    alice = await house.add("alice@example.test")
    token = house.provider.token(house.clock.now())
    for name in ("Alice@example.test", ""):
        principal = await house.authenticator.settle(await shown(house, name, token), 0)
        assert (principal.account_id, principal.credential_id) == (alice.id, None)
        assert await house.authenticator.objection(principal) is None
    house.clock.advance(361)
    assert isinstance(await house.authenticator.objection(principal), Expired)
    refused = await shown(house, "", token)
    assert refused.discovery == "https://id.example.org/.well-known/openid-configuration"
    with pytest.raises(AuthenticationFailed, match="expired"):
        await house.authenticator.settle(refused, None)


async def test_whoever_is_signed_out_everywhere_is_signed_out_of_a_providers_session_too(house: House) -> None:
    await believe(house, "system")
    alice = await house.add("alice@example.test")
    principal = await house.authenticator.settle(await shown(house, "", house.provider.token(house.clock.now())), 0)
    await house.add_password(alice, "another password")
    assert isinstance(await house.authenticator.objection(principal), Expired)


async def test_a_provider_speaks_for_the_domains_that_believe_it_only(house: House) -> None:
    """A domain's provider may write any address into its tokens."""
    await believe(house, "domain:example.test")
    assert house.authenticator.offers(b"")["oauth"] is False, "nobody knows the domain yet; auth.oauth can be set"
    alice, bob = [(await house.add(address)).address for address in ("alice@example.test", "bob@strict.test")]
    tokens = {address: house.provider.token(house.clock.now(), email=address) for address in (alice, bob)}
    for name, whose in ((alice, bob), (bob, bob), ("", bob), (bob, alice), ("", alice)):
        assert not (await shown(house, name, tokens[whose])).verifiers
    assert (await shown(house, alice, tokens[alice])).verifiers


async def test_a_provider_may_know_people_by_login_names(house: House) -> None:
    await believe(house, "system", "sub")
    alice = await house.add("alice@example.test", logins=("7",))
    principal = (await shown(house, "", house.provider.token(house.clock.now()))).principal
    assert principal is not None
    assert principal.account_id == alice.id


async def test_a_provider_that_is_away_says_nothing_about_a_token(house: House) -> None:
    await believe(house, "system")
    await house.add("alice@example.test")
    house.provider.is_away = True
    with pytest.raises(Unavailable):
        await shown(house, "alice@example.test", house.provider.token(house.clock.now()))
