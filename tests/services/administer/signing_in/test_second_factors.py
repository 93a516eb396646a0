"""Authenticator programs and recovery codes: set up, used once each, taken away."""

import asyncio
import base64

import pytest
from tests.support.administration import OPERATOR, Office

from posthouse.formats.one_time.totp import STEP_SECONDS, hotp, step_of
from posthouse.foundation.errors import AlreadyExists, AuthenticationFailed, Invalid, NotFound, NotPermitted
from posthouse.model.account import Account, CredentialKind
from posthouse.model.principal import Principal
from posthouse.services.administer.signing_in.second_factors import CODES, PENDING_SECONDS, SecondFactors
from posthouse.services.second_factors import SecondFactorCheck


class Telephone:
    """An authenticator program over the office's clock."""

    def __init__(self, office: Office, secret: str) -> None:
        self._clock = office.clock
        self._secret = base64.b32decode(secret)

    def code(self, steps: int = 0) -> str:
        return hotp(self._secret, step_of(self._clock.now()) + steps)


def _verbs(office: Office) -> SecondFactors:
    return SecondFactors(office.parts, "mail.example.test")


def _check(office: Office) -> SecondFactorCheck:
    return SecondFactorCheck(office.parts.directory, office.parts.vault, office.clock)


async def _set_up(office: Office, alice: Account) -> tuple[Telephone, tuple[str, ...]]:
    owner, verbs = Principal(alice.id, alice.address), _verbs(office)
    telephone = Telephone(office, (await verbs.begin(owner, alice.address)).secret)
    codes = await verbs.confirm(owner, alice.address, telephone.code())
    office.clock.advance(STEP_SECONDS)
    return telephone, codes


async def test_it_counts_once_a_code_was_seen_and_each_code_counts_once(office: Office) -> None:
    alice, verbs, check = await office.add("alice"), _verbs(office), _check(office)
    made = await verbs.begin(OPERATOR, alice.address)
    assert made.secret in made.uri
    telephone = Telephone(office, made.secret)
    assert await check.kinds(alice.id) == ()
    with pytest.raises(AuthenticationFailed):
        await check.check(alice, telephone.code())
    with pytest.raises(Invalid, match="clocks"):
        await verbs.confirm(OPERATOR, alice.address, "000000")
    first = telephone.code()
    codes = await verbs.confirm(OPERATOR, alice.address, f" {first[:3]} {first[3:]}")
    assert len(set(codes)) == CODES
    assert await check.kinds(alice.id) == ("totp", "recovery-codes")
    with pytest.raises(AuthenticationFailed):
        await check.check(alice, first)
    office.clock.advance(STEP_SECONDS)
    assert await check.check(alice, telephone.code()) is CredentialKind.TOTP
    with pytest.raises(AuthenticationFailed):
        await check.check(alice, telephone.code())
    assert await check.check(alice, telephone.code(1)) is CredentialKind.TOTP, "its clock is half a minute ahead"
    with pytest.raises(AuthenticationFailed):
        await check.check(alice, telephone.code(5))


async def test_many_at_once_use_a_code_up_once(office: Office) -> None:
    alice, check = await office.add("alice"), _check(office)
    telephone, codes = await _set_up(office, alice)
    for code in (telephone.code(), codes[0]):
        outcomes = await asyncio.gather(*(check.check(alice, code) for _ in range(5)), return_exceptions=True)
        assert [type(each) for each in outcomes].count(CredentialKind) == 1
        assert [type(each) for each in outcomes].count(AuthenticationFailed) == 4


async def test_recovery_codes_are_for_one_use_each_and_void_when_there_are_new_ones(office: Office) -> None:
    alice, verbs, check = await office.add("alice"), _verbs(office), _check(office)
    with pytest.raises(NotFound):
        await verbs.renew_codes(OPERATOR, alice.address)
    _, codes = await _set_up(office, alice)
    assert await check.check(alice, codes[3].upper().replace("-", " ")) is CredentialKind.RECOVERY_CODES
    with pytest.raises(AuthenticationFailed):
        await check.check(alice, codes[3])
    assert [(each.kind, each.left) for each in await verbs.all(OPERATOR, alice.address)] == [("totp", 0), ("recovery-codes", 9)]
    new = await verbs.renew_codes(OPERATOR, alice.address)
    with pytest.raises(AuthenticationFailed):
        await check.check(alice, codes[4])
    assert await check.check(alice, new[4]) is CredentialKind.RECOVERY_CODES
    kept = await office.parts.directory.credentials(alice.id)
    assert not any(
        code.replace("-", "").encode() in verifier for code in new for each in kept for verifier in each.verifiers.values()
    )


async def test_beginning_again_replaces_what_was_not_finished_and_nothing_else(office: Office) -> None:
    alice, verbs = await office.add("alice"), _verbs(office)
    with pytest.raises(Invalid, match="begin"):
        await verbs.confirm(OPERATOR, alice.address, "123456")
    lost = Telephone(office, (await verbs.begin(OPERATOR, alice.address)).secret)
    again = Telephone(office, (await verbs.begin(OPERATOR, alice.address)).secret)
    assert [each.is_set_up for each in await verbs.all(OPERATOR, alice.address)] == [False]
    with pytest.raises(Invalid):
        await verbs.confirm(OPERATOR, alice.address, lost.code())
    office.clock.advance(PENDING_SECONDS + 1)
    with pytest.raises(Invalid, match="begin"):
        await verbs.confirm(OPERATOR, alice.address, again.code())
    await _set_up(office, alice)
    with pytest.raises(AlreadyExists):
        await verbs.begin(OPERATOR, alice.address)


async def test_a_reset_takes_all_away_and_leaves_the_passwords(office: Office) -> None:
    alice, bob, verbs, check = await office.add("alice"), await office.add("bob"), _verbs(office), _check(office)
    phone = await office.app_passwords.add(OPERATOR, alice.address, "phone")
    telephone, codes = await _set_up(office, alice)
    with pytest.raises(NotPermitted):
        await verbs.reset(Principal(bob.id, bob.address), alice.address)
    assert await verbs.reset(OPERATOR, alice.address) == 2
    assert await verbs.reset(OPERATOR, alice.address) == 0
    assert await check.kinds(alice.id) == ()
    for code in (telephone.code(), codes[0]):
        with pytest.raises(AuthenticationFailed):
            await check.check(alice, code)
    assert (await office.authenticator.authenticate(alice.address, phone.password)).account_id == alice.id


async def test_a_code_is_no_password_for_mail_programs(office: Office) -> None:
    alice = await office.add("alice")
    telephone, codes = await _set_up(office, alice)
    for secret in (telephone.code(), codes[0]):
        with pytest.raises(AuthenticationFailed):
            await office.authenticator.authenticate(alice.address, secret)
