"""Letters about mailboxes that fill up."""

from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
from tests.support.administration import DOMAIN, OPERATOR, Office, open_office
from tests.support.letters import letters, subjects

from posthouse.foundation.ids import AccountId, DeliveryId, TraceId
from posthouse.model.account import Account
from posthouse.model.content import Content
from posthouse.model.delivery import Delivery
from posthouse.model.settings.letters import QUOTA_LETTERS
from posthouse.services.administer.accounts import AccountChanges, NewAccount
from posthouse.services.house_entries import HouseEntries
from posthouse.services.letters import filling
from posthouse.services.letters.filling import ENTRY, QuotaLetters
from posthouse.services.letters.into_mailboxes import MailboxLetters


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with open_office(tmp_path) as opened:
        yield opened


async def anna(office: Office, octets: int = 0, messages: int = 0, language: str = "en") -> Account:
    new = NewAccount(address=f"anna@{DOMAIN}", password=None, quota_octets=octets, quota_messages=messages, language=language)
    return await office.accounts.add(OPERATOR, new)


def quota_letters(office: Office) -> QuotaLetters:
    parts = office.parts
    return QuotaLetters(MailboxLetters(parts.directory, parts.accounts, office.clock), parts.settings, lambda _: True)


async def fill(office: Office, account: Account, size: int, number: int = 1) -> None:
    octets = b"Subject: x\r\n\r\n".ljust(size, b"x")
    name = number.to_bytes(16, "big")
    await office.parts.accounts.deliver(account.id, Delivery(DeliveryId(name), TraceId(name), Content(octets), 1.0))


async def looked(office: Office, account: Account, verbs: QuotaLetters | None = None) -> int:
    verbs = verbs or quota_letters(office)
    verbs.named(account.id)
    return await verbs.write_due()


async def empty(office: Office, account: Account, uids: list[int]) -> None:
    inbox = (await office.parts.accounts.mailboxes(account.id))[0]
    await office.parts.accounts.expunge(account.id, inbox.id, uids, forced=True)


async def test_each_line_is_told_once_in_the_owners_language(office: Office) -> None:
    account = await anna(office, octets=1_000_000, language="de")
    await fill(office, account, 790_000)
    assert await looked(office, account) == 0
    await fill(office, account, 12_000, 2)
    assert [await looked(office, account) for _ in range(3)] == [1, 0, 0]
    await fill(office, account, 160_000, 3)
    assert [await looked(office, account) for _ in range(3)] == [1, 0, 0]
    first, second = [letter for letter in await letters(office, account) if letter["Subject"] != "x"]
    assert str(first["Subject"]) == "Ihr Postfach ist zu 80 Prozent voll"
    assert "802.0 kB von 1.0 MB" in first.get_content().replace("802 kB", "802.0 kB").replace("1 MB", "1.0 MB")
    assert str(second["Subject"]) == "Ihr Postfach ist zu 96 Prozent voll"


async def test_a_full_mailbox_gets_its_letter_too_and_only_the_highest(office: Office) -> None:
    account = await anna(office, messages=2)
    await fill(office, account, 100, 1)
    await fill(office, account, 100, 2)
    assert await looked(office, account) == 1
    assert (await subjects(office, account))[2:] == ["Your mailbox is 100 percent full"]
    assert "2 messages of 2 messages" in (await letters(office, account))[2].get_content()


async def test_who_has_cleared_up_is_told_again(office: Office) -> None:
    account = await anna(office, octets=100_000)
    await fill(office, account, 96_000, 1)
    assert await looked(office, account) == 1
    await empty(office, account, [1, 2])
    assert await looked(office, account) == 0
    await fill(office, account, 96_000, 2)
    assert await looked(office, account) == 1


async def test_a_little_less_is_no_reason_to_tell_it_again(office: Office) -> None:
    account = await anna(office, octets=100_000)
    await fill(office, account, 93_000, 1)
    await fill(office, account, 3_000, 2)
    assert await looked(office, account) == 1
    await empty(office, account, [2, 3])
    assert await looked(office, account) == 0
    await fill(office, account, 3_000, 3)
    assert await looked(office, account) == 0


async def test_what_a_crash_left_undone_is_no_second_letter(office: Office) -> None:
    account = await anna(office, octets=100_000)
    await fill(office, account, 96_000, 1)
    await looked(office, account)
    await HouseEntries(office.parts.accounts, account.id).write(None, ENTRY, None)  # as if the process had died before
    await looked(office, account)
    assert len(await subjects(office, account)) == 2


async def test_a_larger_quota_counts_as_emptier(office: Office) -> None:
    account = await anna(office, octets=100_000)
    await fill(office, account, 96_000, 1)
    assert await looked(office, account) == 1
    await office.accounts.change(OPERATOR, account.address, AccountChanges(quota_octets=1_000_000))
    assert await looked(office, account) == 0
    await office.accounts.change(OPERATOR, account.address, AccountChanges(quota_octets=100_000))
    assert await looked(office, account) == 1


async def test_domains_choose_the_lines_or_none(office: Office) -> None:
    account = await anna(office, octets=100_000)
    await fill(office, account, 60_000, 1)
    for percents, count in (([], 0), ([50], 1)):
        await office.parts.directory.put_setting(f"domain:{DOMAIN}", QUOTA_LETTERS.key, msgspec.json.encode(percents))
        await office.parts.settings.refresh()
        assert await looked(office, account) == count


async def test_others_accounts_words_and_too_many_are_left(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    account = await anna(office, octets=100_000)
    await fill(office, account, 96_000, 1)
    parts = office.parts
    letters_of = MailboxLetters(parts.directory, parts.accounts, office.clock)
    assert await looked(office, account, QuotaLetters(letters_of, parts.settings, lambda _: False)) == 0
    monkeypatch.setattr(filling, "WAITING", 1)
    verbs = quota_letters(office)
    for topic in (b"directory", AccountId(b"nobody".ljust(16)), account.id):
        verbs.named(topic)
    assert await verbs.write_due() == 0
    assert await looked(office, account, verbs) == 1
