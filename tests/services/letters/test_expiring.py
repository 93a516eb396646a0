"""Letters about what expires."""

import datetime as dt
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.support.administration import DOMAIN, OPERATOR, Office, open_office
from tests.support.letters import letters, subjects

from posthouse.model.account import Account
from posthouse.model.role import Role
from posthouse.model.settings.letters import EXPIRY_ADMINISTRATORS, EXPIRY_LETTERS
from posthouse.services.administer.accounts import AccountChanges, NewAccount
from posthouse.services.letters import expiring
from posthouse.services.letters.expiring import DAY, ExpiryLetters
from posthouse.services.letters.into_mailboxes import MailboxLetters


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with open_office(tmp_path) as opened:
        opened.clock.time = dt.datetime(2026, 6, 1, tzinfo=dt.UTC).timestamp()
        yield opened


def expiry_letters(office: Office) -> ExpiryLetters:
    parts = office.parts
    return ExpiryLetters(MailboxLetters(parts.directory, parts.accounts, office.clock), parts.settings)


async def expiring_in(office: Office, name: str, days: float, language: str = "en") -> Account:
    account = await office.add(name, language)
    moment = office.clock.now() + days * DAY
    return await office.accounts.change(OPERATOR, account.address, AccountChanges(expires_at=moment))


async def test_an_owner_is_told_at_30_7_and_1_days_whatever_is_restarted(office: Office) -> None:
    anna = await expiring_in(office, "anna", 40, "de")
    verbs = expiry_letters(office)
    written = []
    for day in range(45):
        written += [day] * await verbs.write_due()
        written += [day] * await expiry_letters(office).write_due()  # as after a restart
        written += [day] * await verbs.write_due()
        office.clock.advance(DAY)
    assert written == [10, 33, 39]
    assert await subjects(office, anna) == ["Ihr Postfach anna@example.test läuft nach dem 2026-07-10 ab"] * 3


async def test_another_date_is_told_anew_and_only_the_nearest_line(office: Office) -> None:
    anna = await expiring_in(office, "anna", 0.5)
    assert await expiry_letters(office).write_due() == 1
    moment = office.clock.now() + 5 * DAY
    await office.accounts.change(OPERATOR, anna.address, AccountChanges(expires_at=moment))
    assert await expiry_letters(office).write_due() == 1
    assert len(await subjects(office, anna)) == 2


async def test_administrators_get_one_letter_a_day_for_their_domain(office: Office) -> None:
    new = NewAccount(address=f"head@{DOMAIN}", password=None, role=Role.DOMAIN_ADMINISTRATOR, language="zh")
    head = await office.accounts.add(OPERATOR, new)
    for name, days in (("anna", 7), ("bob", 6.9), ("carl", 8)):
        await expiring_in(office, name, days)
    for _ in range(2):
        await expiry_letters(office).write_due()
    (letter,) = await letters(office, head)
    assert str(letter["Subject"]) == "example.test 的邮箱将于 2026-06-07 之后到期"
    assert "anna@example.test\nbob@example.test" in letter.get_content().replace("\r\n", "\n")
    assert "carl" not in letter.get_content()


async def test_where_nobody_administers_the_postmaster_is_told(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(expiring, "NAMED", 1)
    post = await office.add("postmaster")
    for name in ("anna", "bob"):
        await expiring_in(office, name, 3)
    await expiry_letters(office).write_due()
    (letter,) = await letters(office, post)
    assert "anna@example.test\n… 1" in letter.get_content().replace("\r\n", "\n")


async def test_an_app_password_is_announced_unless_it_was_meant_to_be_short(office: Office) -> None:
    anna = await office.add("anna", "ja")
    await office.app_passwords.add(OPERATOR, anna.address, "phone", expires_at=office.clock.now() + 20 * DAY)
    written = []
    for day in range(25):
        written += [day] * await expiry_letters(office).write_due()
        office.clock.advance(DAY)
    assert written == [13, 19]
    assert (await subjects(office, anna))[0] == "アプリパスワード phone は 2026-06-20 を過ぎると期限切れになります"


async def test_many_that_expire_at_one_moment_are_all_told(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(expiring, "PAGE", 2)
    for number in range(5):
        await expiring_in(office, f"a{number}", 20)
    for number in range(3):
        await expiring_in(office, f"b{number}", 21)
    assert await expiry_letters(office).write_due() == 8


async def test_a_domain_may_want_no_letters(office: Office) -> None:
    await office.add("postmaster")
    await expiring_in(office, "anna", 1)
    for setting, value in ((EXPIRY_LETTERS, b"[]"), (EXPIRY_ADMINISTRATORS, b"0")):
        await office.parts.directory.put_setting(f"domain:{DOMAIN}", setting.key, value)
    await office.parts.settings.refresh()
    assert await expiry_letters(office).write_due() == 0
