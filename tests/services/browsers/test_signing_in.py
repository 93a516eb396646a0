"""Signing in with a browser: password, second factor, what is counted, what ends a session."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from msgspec import json
from msgspec.structs import replace
from tests.services.test_authenticate import PASSWORD, PHONE, House
from tests.support.fakes import CountingEntropy

from posthouse.adapters.guard.database import GuardDatabase
from posthouse.adapters.sessions.database import SessionDatabase
from posthouse.formats.one_time.totp import STEP_SECONDS, hotp, step_of
from posthouse.foundation.errors import AuthenticationFailed, Expired, PosthouseError, Retired
from posthouse.foundation.ids import CredentialId
from posthouse.model.account import Account, Credential, CredentialKind, Service, Status
from posthouse.model.role import Role
from posthouse.model.settings.browser import BROWSER_IDLE_SECONDS, BROWSER_SESSION_SECONDS, BROWSER_SESSIONS
from posthouse.model.settings.guard import GUARD_ADDRESS_FAILURES
from posthouse.services.authenticate import AuthenticatingParts, Authenticator
from posthouse.services.browsers.challenges import Challenges
from posthouse.services.browsers.passkeys import PasskeyCheck
from posthouse.services.browsers.sessions import Opened, OpenSessions, Proof, SessionParts, SignedIn
from posthouse.services.browsers.signing_in import CODE_SECONDS, CODE_TRIES, WEB, BrowserSignIn, SecondFactorWanted, SignInParts
from posthouse.services.browsers.steps import SecretSteps
from posthouse.services.guard.guarding import SignInBlocked, SignInGuard, Source
from posthouse.services.second_factors import SECRET, SecondFactorCheck, recovery_verifier

STRICT = "alice@strict.test"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
HERE = Source("192.0.2.1", WEB, FIREFOX)
TOTP_SECRET = b"12345678901234567890"


class BrowserHouse(House):
    """A house that browsers sign in to."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.guard, self.database = GuardDatabase(folder / "guard.db"), SessionDatabase(folder / "sessions.db")
        entropy, self.weak = CountingEntropy(), ""
        guard = SignInGuard(self.guard, self.settings, self.vault, self.clock)
        self.authenticator = Authenticator(
            AuthenticatingParts(self.directory, self.vault, self.settings, self.clock, entropy, guard)
        )
        self.sessions = OpenSessions(
            SessionParts(self.directory, self.database, self.authenticator, self.settings, self.vault, self.clock, entropy)
        )
        self.challenges = Challenges(self.database, self.vault, self.clock, entropy)
        self.passkeys = PasskeyCheck(self.directory, self.challenges)
        factors = SecondFactorCheck(self.directory, self.vault, self.clock)
        self.browsers = BrowserSignIn(
            SignInParts(
                self.directory,
                self.authenticator,
                factors,
                self.passkeys,
                self.sessions,
                SecretSteps(self.database, self.vault, self.clock, entropy),
                self._is_weak,
            )
        )

    async def _is_weak(self, account: Account, password: str) -> bool:
        del account
        return password == self.weak

    async def opened(self, login: str = STRICT, source: Source = HERE) -> Opened:
        """Sign in where the password is enough."""
        opened = await self.browsers.sign_in(login, PASSWORD, source)
        assert isinstance(opened, Opened)
        return opened

    async def half_open(self, login: str = STRICT) -> SecondFactorWanted:
        """Sign in where it is not."""
        wanted = await self.browsers.sign_in(login, PASSWORD, HERE)
        assert isinstance(wanted, SecondFactorWanted)
        return wanted

    async def add_program(self, account: Account) -> None:
        """Set an authenticator program up, and one recovery code, ``abc``."""
        code = recovery_verifier(self.vault, account.id, "abc")
        for kind, verifiers in (
            (CredentialKind.TOTP, {SECRET: self.vault.seal(TOTP_SECRET)}),
            (CredentialKind.RECOVERY_CODES, {"00": code}),
        ):
            await self.directory.add_credential(Credential(self._id(), account.id, kind, "", "", verifiers, 1.0))

    def code(self, steps: int = 0) -> str:
        """What the program shows."""
        return hotp(TOTP_SECRET, step_of(self.clock.now()) + steps)

    async def looked_at(self, opened: Opened, address: str = HERE.address) -> SignedIn:
        """A request with the session."""
        return await self.sessions.signed_in(opened.token, address)

    async def ended(self, opened: Opened) -> type[PosthouseError]:
        """How a session has ended; it does not come back."""
        with pytest.raises(PosthouseError) as raised:
            await self.looked_at(opened)
        with pytest.raises(AuthenticationFailed, match="signed out"):
            await self.looked_at(opened)
        return type(raised.value)

    async def set(self, key: str, value: object, scope: str = "system") -> None:
        """Set a setting."""
        await self.directory.put_setting(scope, key, json.encode(value))
        await self.settings.refresh()


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[BrowserHouse]:
    made = BrowserHouse(tmp_path)
    await made.open()
    yield made
    await asyncio.to_thread(made.guard.stop)
    await asyncio.to_thread(made.database.stop)


async def test_the_account_password_signs_in_also_where_programs_need_another(house: BrowserHouse) -> None:
    alice = await house.add(STRICT, role=Role.DOMAIN_ADMINISTRATOR)
    await house.add_app_password(alice, PHONE)
    opened = await house.opened(" Alice@STRICT.test ".strip())
    assert (opened.account.id, opened.session.address, opened.session.program) == (alice.id, HERE.address, FIREFOX)
    assert opened.session.proofs == (Proof.PASSWORD,)
    found = await house.looked_at(opened)
    assert (found.principal.account_id, found.principal.role, found.principal.reach) == (alice.id, alice.role, ("strict.test",))
    assert (found.principal.origin, found.principal.narrowed, found.principal.service) == (HERE.address, None, "webmail")
    with pytest.raises(AuthenticationFailed):
        await house.browsers.sign_in(STRICT, PHONE, HERE)


async def test_what_a_browser_holds_is_kept_nowhere_and_is_never_the_same(house: BrowserHouse, tmp_path: Path) -> None:
    await house.add(STRICT)
    one, two = await house.opened(), await house.opened()
    assert one.token != two.token
    assert len(one.token) == 43
    kept = await asyncio.to_thread(lambda: b"".join([path.read_bytes() for path in tmp_path.glob("sessions.db*")]))
    assert one.session.key in kept
    assert one.token.encode() not in kept
    for token in ("", "x", one.token + "x", one.token[:-1], "\udcff", one.session.key.hex()):
        with pytest.raises(AuthenticationFailed):
            await house.sessions.signed_in(token, HERE.address)


async def test_wrong_passwords_and_unknown_names_are_refused_alike(house: BrowserHouse) -> None:
    await house.add(STRICT)
    await house.add("nopassword@strict.test", password=None)
    words = set()
    for login in (STRICT, "nobody@strict.test", "nopassword@strict.test", "nobody", ""):
        before = house.vault.verified
        with pytest.raises(AuthenticationFailed) as raised:
            await house.browsers.sign_in(login, "wrong", HERE)
        words.add((str(raised.value), house.vault.verified - before))
    assert len(words) == 1


async def test_failures_are_counted_with_those_of_mail_programs(house: BrowserHouse, caplog: pytest.LogCaptureFixture) -> None:
    await house.add(STRICT)
    await house.set(GUARD_ADDRESS_FAILURES.key, 3)
    with pytest.raises(AuthenticationFailed):
        await house.authenticator.authenticate(STRICT, "guess", Source(HERE.address, "imap"))
    for number in range(2):
        with pytest.raises(AuthenticationFailed):
            await house.browsers.sign_in(STRICT, f"guess {number}", HERE)
    assert f"sign-in failed from {HERE.address} over web as '{STRICT}'" in caplog.text
    with pytest.raises(SignInBlocked):
        await house.browsers.sign_in(STRICT, PASSWORD, HERE)


async def test_a_second_factor_is_asked_for_and_a_code_counts_once(house: BrowserHouse) -> None:
    await house.add_program(await house.add(STRICT))
    wanted = await house.half_open()
    assert wanted.kinds == ("totp", "recovery-codes")
    code = house.code()
    opened = await house.browsers.go_on(wanted.step, code, HERE)
    assert opened.session.proofs == (Proof.PASSWORD, Proof.TOTP)
    await house.looked_at(opened)
    with pytest.raises(AuthenticationFailed, match="begin again"):
        await house.browsers.go_on(wanted.step, house.code(1), HERE)
    with pytest.raises(AuthenticationFailed, match="used already"):
        await house.browsers.go_on((await house.half_open()).step, code, HERE)
    recovered = await house.browsers.go_on((await house.half_open()).step, "a-b c", HERE)
    assert recovered.session.proofs == (Proof.PASSWORD, Proof.RECOVERY_CODE)


async def test_a_half_open_sign_in_lives_minutes_and_has_few_tries(house: BrowserHouse) -> None:
    await house.add_program(await house.add(STRICT))
    wanted = await house.half_open()
    with pytest.raises(AuthenticationFailed, match="signed out"):
        await house.sessions.signed_in(wanted.step, HERE.address)
    with pytest.raises(AuthenticationFailed, match="begin again"):
        await house.browsers.go_on("another", house.code(), HERE)
    for number in range(CODE_TRIES):
        with pytest.raises(AuthenticationFailed, match="wrong"):
            await house.browsers.go_on(wanted.step, f"wrong {number}", HERE)
    with pytest.raises(AuthenticationFailed, match="begin again"):
        await house.browsers.go_on(wanted.step, house.code(), HERE)
    wanted = await house.half_open()
    house.clock.advance(CODE_SECONDS)
    with pytest.raises(AuthenticationFailed, match="begin again"):
        await house.browsers.go_on(wanted.step, house.code(), HERE)


async def test_wrong_codes_count_as_failures_though_the_password_was_right(house: BrowserHouse) -> None:
    await house.add_program(await house.add(STRICT))
    await house.set(GUARD_ADDRESS_FAILURES.key, 3)
    for number in range(3):
        with pytest.raises(AuthenticationFailed):
            await house.browsers.go_on((await house.half_open()).step, f"00000{number}", HERE)
    with pytest.raises(SignInBlocked):
        await house.half_open()


async def test_a_password_that_changes_between_the_steps_ends_the_first(house: BrowserHouse) -> None:
    alice = await house.add(STRICT)
    await house.add_program(alice)
    wanted = await house.half_open()
    await house.add_password(alice, "another horse battery")
    with pytest.raises(AuthenticationFailed, match="begin again"):
        await house.browsers.go_on(wanted.step, house.code(), HERE)


async def test_whoever_else_vouches_skips_the_password_and_the_second_factor_where_that_is_said(house: BrowserHouse) -> None:
    alice = await house.add(STRICT, password=None)
    opened = await house.browsers.vouched(alice, HERE)
    assert isinstance(opened, Opened)
    assert (await house.looked_at(opened)).session.proofs == (Proof.OUTSIDE,)
    await house.add_program(alice)
    wanted = await house.browsers.vouched(alice, HERE)
    assert isinstance(wanted, SecondFactorWanted)
    second = await house.browsers.go_on(wanted.step, house.code(), HERE)
    assert second.session.proofs == (Proof.OUTSIDE, Proof.TOTP)
    trusted = await house.browsers.vouched(alice, HERE, is_enough=True)
    assert isinstance(trusted, Opened)
    suspended = replace(alice, status=Status.SUSPENDED)
    await house.directory.replace_account(suspended)
    for is_enough in (True, False):
        with pytest.raises(Retired):
            await house.browsers.vouched(suspended, HERE, is_enough=is_enough)


async def test_only_the_owner_hears_why_an_account_may_not_be_used(house: BrowserHouse) -> None:
    alice = await house.add(STRICT)
    for changed, kind, words in (
        (replace(alice, status=Status.SUSPENDED), Retired, "suspended"),
        (replace(alice, expires_at=house.clock.now()), Expired, "time of this mailbox is over"),
        (replace(alice, refused_services=(Service.WEBMAIL,)), Retired, "webmail is switched off"),
    ):
        await house.directory.replace_account(changed)
        with pytest.raises(kind, match=words):
            await house.browsers.sign_in(STRICT, PASSWORD, HERE)
        with pytest.raises(AuthenticationFailed):
            await house.browsers.sign_in(STRICT, "wrong", HERE)


async def test_a_session_ends_with_its_account_its_password_and_by_hand(house: BrowserHouse) -> None:
    alice = await house.add(STRICT)
    opened = await house.opened()
    await house.directory.replace_account(replace(alice, status=Status.SUSPENDED))
    assert await house.ended(opened) is Retired
    await house.directory.replace_account(alice)
    assert await house.ended(opened) is AuthenticationFailed, "not even when the account may be used again"
    one, two = await house.opened(), await house.opened()
    await house.sessions.end(one.session)
    assert await house.ended(one) is AuthenticationFailed
    await house.looked_at(two)
    await house.add_password(alice, PASSWORD)
    assert await house.ended(two) is AuthenticationFailed, "also where the new password is the same"
    three = await house.opened()
    await house.directory.remove_account(alice.id)
    assert await house.ended(three) is Retired


async def test_other_credentials_do_not_concern_a_session(house: BrowserHouse) -> None:
    alice = await house.add(STRICT)
    opened = await house.opened()
    phone = await house.add_app_password(alice, PHONE)
    await house.directory.remove_credentials(alice.id, [phone.id])
    [kept] = await house.directory.credentials(alice.id)
    assert await house.directory.replace_credential(kept, replace(kept, verifiers={"argon2id": b"stronger"}))
    assert (await house.looked_at(opened)).principal.credential_id == kept.id


async def test_a_session_made_with_a_credential_ends_with_it(house: BrowserHouse) -> None:
    alice = await house.add(STRICT)
    key = CredentialId(b"key")
    await house.directory.add_credential(Credential(key, alice.id, CredentialKind.TOKEN, "", "", {}, 1.0))
    opened = await house.sessions.open(alice, HERE, (Proof.PASSKEY,), key)
    assert (await house.looked_at(opened)).principal.credential_id == key
    await house.directory.remove_credentials(alice.id, [key])
    assert await house.ended(opened) is AuthenticationFailed


async def test_a_session_ends_when_it_is_not_used_and_at_last_in_any_case(house: BrowserHouse) -> None:
    await house.add(STRICT)
    await house.set(BROWSER_IDLE_SECONDS.key, 600)
    await house.set(BROWSER_SESSION_SECONDS.key, 1_500)
    opened = await house.opened()
    for _ in range(3):
        house.clock.advance(499)
        await house.looked_at(opened)
    house.clock.advance(3)
    assert await house.ended(opened) is AuthenticationFailed
    idle = await house.opened()
    house.clock.advance(601)
    assert await house.ended(idle) is AuthenticationFailed
    lasting = await house.opened()
    house.clock.advance(400)
    await house.set(BROWSER_SESSION_SECONDS.key, 300, "domain:strict.test")
    assert await house.ended(lasting) is AuthenticationFailed, "a setting holds for sessions that are open, too"


async def test_its_last_use_is_noted_by_the_minute_and_when_it_moves(house: BrowserHouse) -> None:
    alice = await house.add(STRICT)
    opened = await house.opened()
    house.clock.advance(30)
    await house.looked_at(opened)
    assert (await house.sessions.counting(alice))[0] == opened.session
    moved = "2001:db8::1"
    await house.looked_at(opened, moved)
    house.clock.advance(61)
    await house.looked_at(opened, moved)
    [kept] = await house.sessions.counting(alice)
    assert (kept.seen_at, kept.address) == (house.clock.now(), moved)


async def test_too_many_sessions_end_the_oldest(house: BrowserHouse) -> None:
    alice = await house.add(STRICT)
    await house.set(BROWSER_SESSIONS.key, 2, "domain:strict.test")
    opened = []
    for _ in range(3):
        opened.append(await house.opened())
        house.clock.advance(STEP_SECONDS)
    assert await house.ended(opened[0]) is AuthenticationFailed
    assert [each.id for each in await house.sessions.counting(alice)] == [opened[2].session.id, opened[1].session.id]


async def test_a_browser_may_call_itself_anything(house: BrowserHouse) -> None:
    await house.add(STRICT)
    opened = await house.opened(source=Source("192.0.2.1", WEB, "x\r\n\x00" + "y" * 1_000))
    assert opened.session.program == "x" + "y" * 196
