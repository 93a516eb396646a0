"""Passkeys: made by owners who have just signed in, proved alone or as the second factor, refused when they were copied."""

import asyncio
import copy
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.support.administration import DOMAIN, OPERATOR, Office, open_office
from tests.support.authenticator import Authenticator
from tests.support.browsers import FIREFOX, office_browsers

from posthouse.adapters.guard.database import GuardDatabase
from posthouse.adapters.sessions.database import SessionDatabase
from posthouse.foundation.errors import AlreadyExists, AuthenticationFailed, Invalid, NotFound, NotPermitted, Retired
from posthouse.services.administer.accounts import NewAccount
from posthouse.services.administer.signing_in.second_factors import CODES, SecondFactors
from posthouse.services.browsers.challenges import SECONDS
from posthouse.services.browsers.passkey_control import NewPasskey
from posthouse.services.browsers.sessions import RECENT_SECONDS, Opened, Proof, SignedIn
from posthouse.services.browsers.signing_in import WEB, SecondFactorWanted
from posthouse.services.guard.guarding import Source
from posthouse.trust.passkeys import Site
from posthouse.web.browsers import Browsers

ALICE, PASSWORD = f"alice@{DOMAIN}", "Corr3ct-horse"
SITE = Site("mail.example.test", "https://mail.example.test")
HERE = Source("192.0.2.1", WEB, FIREFOX)


@dataclass
class Desk:
    """Alice's browser and telephone."""

    office: Office
    browsers: Browsers
    telephone: Authenticator

    async def signed_in(self, opened: Opened) -> SignedIn:
        return await self.browsers.sessions.signed_in(opened.token, HERE.address)

    async def by_password(self) -> Opened | SecondFactorWanted:
        return await self.browsers.sign_in.sign_in(ALICE, PASSWORD, HERE)

    async def owner(self) -> SignedIn:
        """Alice, who has signed in with the password alone."""
        opened = await self.by_password()
        assert isinstance(opened, Opened)
        return await self.signed_in(opened)

    async def half_open(self) -> str:
        """Alice, between the steps."""
        wanted = await self.by_password()
        assert isinstance(wanted, SecondFactorWanted)
        assert wanted.kinds == ("passkey", "recovery-codes")
        return wanted.step

    async def add(self, signed_in: SignedIn, name: str = "phone") -> NewPasskey:
        options = await self.browsers.passkey_control.begin(signed_in, SITE)
        return await self.browsers.passkey_control.add(signed_in, name, self.telephone.make(options), SITE)

    async def by_passkey(self, step: str = "") -> Opened:
        answer = self.telephone.prove(self.browsers.passkeys.options(SITE, step))
        return await self.sent(answer, step)

    async def sent(self, answer: bytes, step: str = "") -> Opened:
        if step:
            return await self.browsers.sign_in.go_on_with_passkey(step, answer, SITE, HERE)
        return await self.browsers.sign_in.sign_in_with_passkey(answer, SITE, HERE)


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    guard, database = GuardDatabase(tmp_path / "guard.db"), SessionDatabase(tmp_path / "sessions.db")
    async with open_office(tmp_path) as office:
        await office.accounts.add(OPERATOR, NewAccount(address=ALICE, password=PASSWORD))
        yield Desk(office, office_browsers(office, database, guard), Authenticator())
    for each in (guard, database):
        await asyncio.to_thread(each.stop)


async def test_the_first_one_comes_with_recovery_codes_and_the_password_is_not_enough_any_more(desk: Desk) -> None:
    owner = await desk.owner()
    made = await desk.add(owner)
    assert (made.passkey.name, len(set(made.recovery_codes))) == ("phone", CODES)
    step = await desk.half_open()
    recovered = await desk.browsers.sign_in.go_on(step, made.recovery_codes[0], HERE)
    assert recovered.session.proofs == (Proof.PASSWORD, Proof.RECOVERY_CODE)
    desk.telephone = Authenticator()
    second = await desk.add(owner, "")
    assert (second.passkey.name, second.recovery_codes) == ("Passkey 1", ())
    assert [each.name for each in await desk.browsers.passkey_control.all(owner.principal, ALICE)] == ["phone", "Passkey 1"]
    kinds = [each.kind for each in await SecondFactors(desk.office.parts, "h").all(OPERATOR, ALICE)]
    assert kinds == ["passkey", "recovery-codes", "passkey"]
    assert desk.office.audit.entries[-1].act == "second-factor.change"


async def test_it_signs_in_alone_and_as_the_second_factor(desk: Desk) -> None:
    made = await desk.add(await desk.owner())
    alone = await desk.by_passkey()
    assert alone.session.proofs == (Proof.PASSKEY,)
    found = await desk.signed_in(alone)
    assert (found.account.address, found.principal.credential_id) == (ALICE, made.passkey.id)
    second = await desk.by_passkey(await desk.half_open())
    assert second.session.proofs == (Proof.PASSWORD, Proof.PASSKEY)
    desk.telephone.verifies = False
    third = await desk.by_passkey(await desk.half_open())
    assert third.session.proofs == (Proof.PASSWORD, Proof.PASSKEY), "beside the password it need not know its owner"
    with pytest.raises(AuthenticationFailed):
        await desk.by_passkey()


async def test_an_answer_counts_once_and_for_what_it_was_asked_for(desk: Desk) -> None:
    await desk.add(await desk.owner())
    answer = desk.telephone.prove(desk.browsers.passkeys.options(SITE))
    await desk.sent(answer)
    with pytest.raises(AuthenticationFailed):
        await desk.sent(answer)
    step = await desk.half_open()
    with pytest.raises(AuthenticationFailed):
        await desk.sent(desk.telephone.prove(desk.browsers.passkeys.options(SITE)), step)
    with pytest.raises(AuthenticationFailed):
        await desk.sent(desk.telephone.prove(desk.browsers.passkeys.options(SITE, step)))
    late = desk.telephone.prove(desk.browsers.passkeys.options(SITE))
    desk.office.clock.advance(SECONDS)
    with pytest.raises(AuthenticationFailed):
        await desk.sent(late)
    made_up = desk.browsers.passkeys.options(SITE) | {"challenge": "AAAA"}
    with pytest.raises(AuthenticationFailed):
        await desk.sent(desk.telephone.prove(made_up))


async def test_of_another_site_or_account_it_proves_nothing(desk: Desk) -> None:
    await desk.add(await desk.owner())
    desk.telephone.origin = "https://evil.example"
    with pytest.raises(AuthenticationFailed):
        await desk.by_passkey()
    desk.telephone.origin = SITE.origin
    id_, _, key = desk.telephone.keys[SITE.rp_id]
    bob = await desk.office.add("bob")
    for handle in (bob.id, b"", b"nobody"):
        desk.telephone.keys[SITE.rp_id] = (id_, handle, key)
        with pytest.raises(AuthenticationFailed):
            await desk.by_passkey()
    for octets in (b"", b"{}", b"\xff", json.dumps({"rawId": "x", "response": {"clientDataJSON": "e30"}}).encode()):
        with pytest.raises(AuthenticationFailed):
            await desk.sent(octets)


async def test_one_that_was_copied_is_refused_from_then_on(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    owner = await desk.owner()
    await desk.add(owner)
    copied = copy.deepcopy(desk.telephone)
    await desk.by_passkey()
    own, desk.telephone = desk.telephone, copied
    with pytest.raises(AuthenticationFailed, match="copied"):
        await desk.by_passkey()
    desk.telephone = own
    with pytest.raises(AuthenticationFailed, match="copied"):
        await desk.by_passkey()
    assert "may have been copied" in caplog.text
    [kept] = await desk.browsers.passkey_control.all(owner.principal, ALICE)
    assert kept.may_be_copied


async def test_authenticators_that_do_not_count_are_taken(desk: Desk) -> None:
    desk.telephone.counts = False
    await desk.add(await desk.owner())
    for _ in range(2):
        await desk.by_passkey()


async def test_its_sessions_end_with_it_and_with_a_new_password(desk: Desk) -> None:
    owner = await desk.owner()
    await desk.add(owner)
    opened = await desk.by_passkey()
    await desk.browsers.passkey_control.remove(OPERATOR, ALICE, "PHONE")
    with pytest.raises(AuthenticationFailed):
        await desk.signed_in(opened)
    with pytest.raises(AuthenticationFailed):
        await desk.by_passkey()
    assert isinstance(await desk.by_password(), Opened)
    await desk.add(owner)
    opened = await desk.by_passkey()
    await desk.office.accounts.set_password(OPERATOR, ALICE, "An0ther-horse")
    with pytest.raises(AuthenticationFailed):
        await desk.signed_in(opened)
    await desk.by_passkey()
    await desk.office.accounts.suspend(OPERATOR, ALICE)
    with pytest.raises(Retired):
        await desk.by_passkey()


async def test_only_a_recent_session_makes_one(desk: Desk) -> None:
    owner = await desk.owner()
    options = await desk.browsers.passkey_control.begin(owner, SITE)
    answer = desk.telephone.make(options)
    desk.office.clock.advance(RECENT_SECONDS + 1)
    with pytest.raises(NotPermitted, match="sign in again"):
        await desk.browsers.passkey_control.begin(owner, SITE)
    with pytest.raises(NotPermitted, match="sign in again"):
        await desk.browsers.passkey_control.add(owner, "phone", answer, SITE)
    assert not desk.browsers.passkey_control.is_recent(owner)


async def test_what_is_no_new_passkey_is_refused(desk: Desk) -> None:
    owner, control = await desk.owner(), desk.browsers.passkey_control
    answer = desk.telephone.make(await control.begin(owner, SITE))
    await control.add(owner, "phone", answer, SITE)
    with pytest.raises(AlreadyExists, match="kept already"):
        await control.add(owner, "tablet", answer, SITE)
    with pytest.raises(AlreadyExists, match="another name"):
        await desk.add(owner, "Phone")
    for wrong in (b"", b"{}", desk.telephone.prove(desk.browsers.passkeys.options(SITE))):
        with pytest.raises(Invalid):
            await control.add(owner, "x", wrong, SITE)
    await desk.office.accounts.add(OPERATOR, NewAccount(address=f"bob@{DOMAIN}", password=PASSWORD))
    opened = await desk.browsers.sign_in.sign_in(f"bob@{DOMAIN}", PASSWORD, HERE)
    assert isinstance(opened, Opened)
    other = Authenticator().make(await control.begin(owner, SITE))
    with pytest.raises(Invalid):
        await control.add(await desk.signed_in(opened), "x", other, SITE)
    with pytest.raises(NotFound):
        await control.remove(OPERATOR, ALICE, "tablet")
