"""Forgotten passwords: a letter with a link to the recovery address, and the same words for everybody."""

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from tests.support.administration import DOMAIN, OPERATOR, Office, open_office
from tests.support.browsers import FIREFOX, office_browsers

from posthouse.adapters.guard.database import GuardDatabase
from posthouse.adapters.sessions.database import SessionDatabase
from posthouse.foundation.errors import AuthenticationFailed, Invalid, LimitReached, NotPermitted, Retired
from posthouse.foundation.ids import QueueId
from posthouse.services.administer.accounts import AccountChanges, NewAccount
from posthouse.services.browsers.recovery import ADDRESS_HOURS, LINK_MINUTES, TRIES
from posthouse.services.browsers.sessions import RECENT_SECONDS, Opened, SignedIn
from posthouse.services.browsers.signing_in import WEB
from posthouse.services.guard.guarding import Source
from posthouse.web.browsers import Browsers

ALICE, ELSEWHERE_ADDRESS = f"alice@{DOMAIN}", "alice@elsewhere.example"
PASSWORD, NEW = "Corr3ct-horse", "An0ther-horse"
HERE = Source("192.0.2.1", WEB, FIREFOX)


@dataclass
class Letter:
    """One letter in the queue."""

    to: str
    subject: str
    text: str

    @property
    def token(self) -> str:
        """What its link is for."""
        found = re.search(r"https://mail\.example\.test/sign-in/(?:recover|confirm)\?token=(\S+)", self.text)
        assert found is not None
        return found[1]


@dataclass
class Desk:
    """Alice, whose recovery address is elsewhere."""

    office: Office
    browsers: Browsers
    seen: set[QueueId] = field(default_factory=set)

    async def letters(self) -> list[Letter]:
        """What was written since the last look."""
        found = []
        for row in await self.office.queue.rows():
            parsed = message_from_bytes(await self.office.queue.read(row.id), policy=policy.default)
            body = parsed.get_body()
            assert body is not None
            text = body.get_content()
            if row.id not in self.seen:
                found.append(Letter(row.address, str(parsed["subject"]), text))
            self.seen.add(row.id)
        return found

    async def forgotten(self, login: str = ALICE) -> Letter:
        """Ask for a letter, and read it."""
        await self.browsers.recovery.write(login, HERE)
        [letter] = await self.letters()
        return letter

    async def signed_in(self, password: str = PASSWORD) -> SignedIn:
        """Alice at her browser."""
        opened = await self.browsers.sign_in.sign_in(ALICE, password, HERE)
        assert isinstance(opened, Opened)
        return await self.browsers.sessions.signed_in(opened.token, HERE.address)

    async def recovery_address(self) -> str:
        account = await self.office.parts.directory.account_at(ALICE)
        assert account is not None
        return account.recovery_address


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    guard, database = GuardDatabase(tmp_path / "guard.db"), SessionDatabase(tmp_path / "sessions.db")
    async with open_office(tmp_path) as office:
        await office.accounts.add(OPERATOR, NewAccount(address=ALICE, password=PASSWORD))
        await office.accounts.change(OPERATOR, ALICE, AccountChanges(recovery_address=ELSEWHERE_ADDRESS))
        yield Desk(office, office_browsers(office, database, guard))
    for each in (guard, database):
        await asyncio.to_thread(each.stop)


async def test_a_link_gives_a_new_password_once_and_ends_all_sessions(desk: Desk) -> None:
    signed_in = await desk.signed_in()
    letter = await desk.forgotten()
    assert (letter.to, letter.subject) == (ELSEWHERE_ADDRESS, f"A new password for {ALICE}")
    assert HERE.address in letter.text
    account = await desk.browsers.recovery.set_password(letter.token, NEW, HERE)
    assert account.id == signed_in.account.id
    assert await desk.browsers.sessions.counting(account) == []
    await desk.signed_in(NEW)
    with pytest.raises(AuthenticationFailed):
        await desk.signed_in()
    with pytest.raises(AuthenticationFailed, match="link"):
        await desk.browsers.recovery.set_password(letter.token, PASSWORD, HERE)
    [told] = await desk.letters()
    assert (told.to, told.subject) == (ALICE, f"The password of {ALICE} has changed")
    entry = desk.office.audit.entries[-1]
    assert (entry.act, entry.by, entry.origin) == ("password.set", ALICE, HERE.address)


async def test_a_password_that_is_refused_leaves_the_link_good_for_a_while(desk: Desk) -> None:
    token = (await desk.forgotten()).token
    for _ in range(TRIES - 1):
        with pytest.raises(Invalid):
            await desk.browsers.recovery.set_password(token, "apple", HERE)
    await desk.browsers.recovery.set_password(token, NEW, HERE)
    await desk.letters()
    token = (await desk.forgotten()).token
    for _ in range(TRIES):
        with pytest.raises(Invalid):
            await desk.browsers.recovery.set_password(token, "apple", HERE)
    with pytest.raises(AuthenticationFailed):
        await desk.browsers.recovery.set_password(token, PASSWORD, HERE)


async def test_a_link_is_void_after_half_an_hour_and_with_another_password(desk: Desk) -> None:
    token = (await desk.forgotten()).token
    desk.office.clock.advance(LINK_MINUTES * 60)
    other = (await desk.forgotten()).token
    await desk.office.accounts.set_password(OPERATOR, ALICE, NEW)
    for void in (token, other, "", "x", "\udcff"):
        with pytest.raises(AuthenticationFailed):
            await desk.browsers.recovery.set_password(void, "Y3t-another", HERE)


async def test_nobody_learns_who_is_there_and_nobody_is_written_to_without_reason(desk: Desk) -> None:
    await desk.office.accounts.add(OPERATOR, NewAccount(address=f"bob@{DOMAIN}", password=PASSWORD))
    for login in ("nobody@example.test", f"bob@{DOMAIN}", ""):
        await desk.browsers.recovery.write(login, HERE)
    await desk.office.accounts.suspend(OPERATOR, ALICE)
    await desk.browsers.recovery.write(ALICE, HERE)
    assert await desk.letters() == []


async def test_a_suspended_account_gets_no_password_with_a_link_that_was_sent_before(desk: Desk) -> None:
    token = (await desk.forgotten()).token
    await desk.office.accounts.suspend(OPERATOR, ALICE)
    with pytest.raises(Retired):
        await desk.browsers.recovery.set_password(token, NEW, HERE)


async def test_letters_are_limited(desk: Desk) -> None:
    for _ in range(5):
        await desk.browsers.recovery.write(ALICE, HERE)
    assert len(await desk.letters()) == 3, "for one account"
    for _ in range(10):
        await desk.browsers.recovery.admit(HERE)
    with pytest.raises(LimitReached, match="min"):
        await desk.browsers.recovery.admit(HERE)
    await desk.browsers.recovery.admit(Source("192.0.2.2", WEB))


async def test_what_is_written_soon_is_written_before_the_end(desk: Desk) -> None:
    desk.browsers.recovery.write_soon(ALICE, HERE)
    await desk.browsers.recovery.stop()
    assert len(await desk.letters()) == 1


async def test_a_letter_is_in_the_owners_language(desk: Desk) -> None:
    await desk.office.accounts.change(OPERATOR, ALICE, AccountChanges(language="de"))
    assert (await desk.forgotten()).subject == f"Ein neues Passwort für {ALICE}"


async def test_a_recovery_address_counts_once_its_letter_was_followed(desk: Desk) -> None:
    signed_in, recovery = await desk.signed_in(), desk.browsers.recovery
    assert await recovery.begin_address(signed_in, " anne@other.example ") == "anne@other.example"
    [letter] = await desk.letters()
    assert letter.to == "anne@other.example"
    assert await desk.recovery_address() == ELSEWHERE_ADDRESS
    await recovery.confirm_address(letter.token, HERE)
    assert await desk.recovery_address() == "anne@other.example"
    [told] = await desk.letters()
    assert (told.to, "anne@other.example" in told.text) == (ELSEWHERE_ADDRESS, True)
    entry = desk.office.audit.entries[-1]
    assert (entry.act, entry.by) == ("recovery.change", ALICE)
    with pytest.raises(AuthenticationFailed):
        await recovery.confirm_address(letter.token, HERE)
    assert await recovery.begin_address(signed_in, "") == ""
    assert await desk.recovery_address() == ""


async def test_a_recovery_address_is_a_secret_matter(desk: Desk) -> None:
    signed_in, recovery = await desk.signed_in(), desk.browsers.recovery
    for wrong in (ALICE, "no address", "a@b@c"):
        with pytest.raises(Invalid):
            await recovery.begin_address(signed_in, wrong)
    await recovery.begin_address(signed_in, "anne@other.example")
    [letter] = await desk.letters()
    with pytest.raises(AuthenticationFailed):
        await recovery.set_password(letter.token, NEW, HERE)
    with pytest.raises(AuthenticationFailed):
        await recovery.confirm_address((await desk.forgotten()).token, HERE)
    desk.office.clock.advance(RECENT_SECONDS + 1)
    with pytest.raises(NotPermitted, match="sign in again"):
        await recovery.begin_address(signed_in, "anne@other.example")
    desk.office.clock.advance(ADDRESS_HOURS * 3_600)
    with pytest.raises(AuthenticationFailed):
        await recovery.confirm_address(letter.token, HERE)
    assert await desk.recovery_address() == ELSEWHERE_ADDRESS
