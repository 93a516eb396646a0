"""Sign-ins under the guard: what counts as a failure, who is refused and in which words, and what it costs."""

import asyncio
import logging
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from msgspec import json
from tests.services.test_authenticate import PASSWORD, PHONE, House
from tests.support.fakes import CountingEntropy

from posthouse.adapters.guard.database import GuardDatabase
from posthouse.filters.guard.counting import Rules
from posthouse.foundation.errors import AuthenticationFailed, Unavailable
from posthouse.model.setting import Setting
from posthouse.model.settings.guard import GUARD, GUARD_ADDRESS_FAILURES, GUARD_ALLOW, GUARD_BLOCK_SECONDS
from posthouse.ports.guard import Attempt, Blocked, Standing
from posthouse.services.authenticate import AuthenticatingParts, Authenticator, needs_app_password
from posthouse.services.guard.guarding import SignInBlocked, SignInGuard, Source

HOME, OFFICE, ELSEWHERE = (Source(address, "imap") for address in ("198.51.100.1", "203.0.113.9", "192.0.2.1"))
FAIL2BAN = re.compile(r"sign-in failed from (\S+) over \w+ as")
"""As docs/signing-in.md has it."""


class CountingGuard(GuardDatabase):
    """Counts requests."""

    requests = 0

    async def standing(self, attempt: Attempt, now: float) -> Standing:
        self.requests += 1
        return await super().standing(attempt, now)

    async def failed(self, attempt: Attempt, secret: bytes, rules: Rules, now: float) -> Standing:
        self.requests += 1
        return await super().failed(attempt, secret, rules, now)

    async def succeeded(self, attempt: Attempt, now: float, *, strong: bool) -> Standing:
        self.requests += 1
        return await super().succeeded(attempt, now, strong=strong)


class Guarded(House):
    """A house with a guard that blocks at the third failure."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.guard = CountingGuard(path)
        self.authenticator = self.worker()

    def worker(self) -> Authenticator:
        """What another process has: the same guard, and no memory."""
        guard = SignInGuard(self.guard, self.settings, self.vault, self.clock)
        return Authenticator(AuthenticatingParts(self.directory, self.vault, self.settings, self.clock, CountingEntropy(), guard))

    async def set(self, setting: Setting[int] | Setting[bool] | Setting[list[str]], value: object) -> None:
        await self.directory.put_setting("system", setting.key, json.encode(value))
        await self.settings.refresh()

    async def tried(self, login: str, password: str, source: Source = ELSEWHERE) -> type[Exception] | None:
        """How a sign-in ends."""
        try:
            await self.authenticator.authenticate(login, password, source)
        except (AuthenticationFailed, SignInBlocked) as error:
            return type(error)
        return None


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[Guarded]:
    made = Guarded(tmp_path / "guard.db")
    await made.open()
    await made.set(GUARD_ADDRESS_FAILURES, 3)
    yield made
    await asyncio.to_thread(made.guard.stop)


async def guess(house: Guarded, count: int = 3, login: str = "alice@example.test", source: Source = ELSEWHERE) -> None:
    for number in range(count):
        assert await house.tried(login, f"guess {number}", source) is AuthenticationFailed


async def test_after_too_many_the_right_password_is_refused_too_and_nothing_is_hashed(house: Guarded) -> None:
    await house.add("alice@example.test")
    await guess(house)
    hashed = house.vault.verified
    for password in ("wrong", PASSWORD):
        with pytest.raises(SignInBlocked, match=r"from your network: .* try again in 6 min") as raised:
            await house.authenticator.authenticate("alice@example.test", password, ELSEWHERE)
        assert isinstance(raised.value, Unavailable), "never the wrong password"
    assert house.vault.verified == hashed
    assert await house.tried("alice@example.test", PASSWORD, HOME) is None
    house.clock.advance(house.settings[GUARD_BLOCK_SECONDS] + 1)
    assert await house.tried("alice@example.test", PASSWORD) is None


async def test_another_process_refuses_what_it_has_not_heard_of(house: Guarded) -> None:
    await house.add("alice@example.test")
    await guess(house)
    house.authenticator = house.worker()
    assert await house.tried("alice@example.test", PASSWORD) is SignInBlocked
    house.authenticator = house.worker()
    assert await house.tried("alice@example.test", "wrong") is SignInBlocked


async def test_each_sign_in_is_one_request(house: Guarded) -> None:
    alice = await house.add("alice@example.test")
    await house.add_app_password(alice, PHONE)
    for password in (PHONE, PASSWORD, "one", "two", "three", "four", "five"):
        before = house.guard.requests
        await house.tried(alice.address, password)
        assert house.guard.requests == before + 1, password


async def test_an_old_password_that_is_tried_again_and_again_is_no_attack(house: Guarded) -> None:
    await house.add("alice@example.test")
    for _ in range(50):
        assert await house.tried("alice@example.test", "last year's") is AuthenticationFailed
        house.clock.advance(60)
    assert await house.tried("alice@example.test", PASSWORD) is None


async def test_an_owner_and_colleagues_go_on_where_they_have_been(house: Guarded) -> None:
    for name in ("alice", "bob"):
        await house.add(f"{name}@example.test")
        assert await house.tried(f"{name}@example.test", PASSWORD, OFFICE) is None
    await guess(house, login="nobody@example.test", source=OFFICE)
    assert await house.tried("nobody@example.test", "wrong", OFFICE) is SignInBlocked
    for name in ("alice", "bob"):
        assert await house.tried(f"{name}@example.test", PASSWORD, OFFICE) is None


async def test_a_right_account_password_is_no_guess_where_app_passwords_are_wanted(house: Guarded) -> None:
    alice = await house.add("alice@strict.test")
    for _ in range(5):
        work = house.vault.verified
        with pytest.raises(AuthenticationFailed, match=needs_app_password("")[:30]):
            await house.authenticator.authenticate(alice.address, PASSWORD, ELSEWHERE)
        assert house.vault.verified == work + 1
    assert await house.guard.blocks(house.clock.now()) == []
    for login in (alice.address, "nobody@strict.test", "nobody@nowhere.test"):
        work = house.vault.verified
        with pytest.raises(AuthenticationFailed, match=needs_app_password("")[:30]):
            await house.authenticator.authenticate(login, "wrong", HOME)
        assert house.vault.verified == work + 1, "as much work for a name nobody has"
    assert len(await house.guard.blocks(house.clock.now())) == 1


async def test_proofs_that_fail_count_once_for_each_account(house: Guarded) -> None:
    alice = await house.add("alice@strict.test")
    await house.add_provable(alice, PHONE)

    async def proof(login: str, number: int | None) -> None:
        inquiry = await house.authenticator.inquire(login, "scram-sha-256", ELSEWHERE)
        await house.authenticator.settle(inquiry, number)

    for login in [alice.address] * 5 + ["b@strict.test", "c@strict.test"]:
        with pytest.raises(AuthenticationFailed):
            await proof(login, None)
    with pytest.raises(SignInBlocked):
        await proof(alice.address, 0)


async def test_who_is_not_counted(house: Guarded) -> None:
    await house.add("alice@example.test")
    await house.set(GUARD_ALLOW, ["192.0.2.0/24"])
    await guess(house, 5)
    await guess(house, 5, source=Source("", "imap"))
    await house.set(GUARD_ALLOW, [])
    await house.set(GUARD, False)
    await guess(house, 5)
    assert house.guard.requests == 0
    await house.set(GUARD, True)
    await guess(house, 3)
    assert await house.tried("alice@example.test", PASSWORD) is SignInBlocked


async def test_a_keeper_that_is_away_blocks_nobody(house: Guarded) -> None:
    await house.add("alice@example.test")

    class Away(CountingGuard):
        async def failed(self, attempt: Attempt, secret: bytes, rules: Rules, now: float) -> Standing:
            raise Unavailable("the keeper is away")

        async def succeeded(self, attempt: Attempt, now: float, *, strong: bool) -> Standing:
            await asyncio.sleep(60)
            raise AssertionError

    house.guard.__class__ = Away
    await guess(house, 5)
    assert await house.tried("alice@example.test", PASSWORD) is None


async def test_a_known_client_with_a_wrong_program_keeps_its_app_password(house: Guarded) -> None:
    alice = await house.add("alice@example.test")
    await house.add_app_password(alice, PHONE)
    assert await house.tried(alice.address, PHONE) is None
    await guess(house, 50)
    assert (await house.guard.blocks(house.clock.now()))[0].kind is Blocked.PAIR
    assert await house.tried(alice.address, PASSWORD) is SignInBlocked
    assert await house.tried(alice.address, PHONE) is None


async def test_an_account_that_everybody_guesses_takes_app_passwords_and_hashes_nothing(house: Guarded) -> None:
    alice = await house.add("alice@example.test")
    await house.add_app_password(alice, PHONE)
    for number in range(100):
        await house.tried(alice.address, f"guess {number}", Source(f"10.0.{number}.1", "pop3"))
    stranger, phone = Source("10.9.9.9", "imap"), Source("::ffff:10.9.8.7", "imap")
    assert await house.tried(alice.address, PASSWORD, stranger) is SignInBlocked
    hashed = house.vault.verified
    assert await house.tried(alice.address, "wrong", stranger) is SignInBlocked
    assert await house.tried(alice.address, PHONE, phone) is None
    assert house.vault.verified == hashed
    assert await house.tried(alice.address, PASSWORD, Source("10.9.8.7", "imap")) is None, "its network is known now"


async def test_the_log_has_a_line_for_each_failure_and_no_secret(house: Guarded, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        for login in ("alice@example.test", "x\nWARNING sign-in failed from 198.51.100.1 over imap as 'y'", "\x1b[31m" * 200):
            await house.tried(login, "secret words")
    lines = "\n".join(caplog.messages).split("\n")
    assert [found[1] for line in lines if (found := FAIL2BAN.match(line))] == ["192.0.2.1"] * 3
    assert lines[-1].startswith("sign-ins blocked for 300 s: address")
    assert len(lines) == 4
    assert all(line.isprintable() and len(line) < 1_200 and "secret" not in line for line in lines)
