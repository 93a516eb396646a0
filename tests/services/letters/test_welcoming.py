"""What a new mailbox begins with."""

import dataclasses
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
from tests.support.administration import DOMAIN, OPERATOR, Office, open_office
from tests.support.letters import letters

from posthouse.foundation.errors import Invalid, OutOfSpace
from posthouse.model.account import OwnerKind, Service
from posthouse.model.people.doors import Doors
from posthouse.model.setting import Setting
from posthouse.model.settings.letters import WELCOME, WELCOME_SUBJECT, WELCOME_TEXT
from posthouse.services.administer.accounts import NewAccount
from posthouse.services.administer.domains import DomainChanges

DOORS = Doors("mail.example.test", {"imaps": 993, "imap": 143, "pop3": 1110, "submissions": 465, "https": 443})


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with open_office(tmp_path) as opened:
        yield dataclasses.replace(opened, parts=dataclasses.replace(opened.parts, doors=DOORS))


async def put(office: Office, setting: Setting[str] | Setting[bool], value: object) -> None:
    await office.parts.directory.put_setting(f"domain:{DOMAIN}", setting.key, msgspec.json.encode(value))
    await office.parts.settings.refresh()


async def test_a_new_mailbox_has_one_letter_in_its_owners_language(office: Office) -> None:
    await office.domains.change(OPERATOR, DOMAIN, DomainChanges(language="de", title="Beispiel AG", footer="Beispiel AG, Berlin"))
    account = await office.accounts.add(OPERATOR, NewAccount(address=f"anna@{DOMAIN}", password=None, display_name="Anna Müller"))
    (letter,) = await letters(office, account)
    assert str(letter["Subject"]) == "Ihr Postfach anna@example.test"
    assert str(letter["From"]) == "Beispiel AG <postmaster@example.test>"
    assert str(letter["To"]) == "Anna Müller <anna@example.test>"
    assert letter["Auto-Submitted"] == "auto-generated"
    assert (await office.parts.accounts.verify(account.id)) == []
    assert letter.get_content().replace("\r\n", "\n") == (
        "Guten Tag Anna Müller,\n\nIhr Postfach anna@example.test ist eingerichtet.\n\nDanach fragt ein Mailprogramm:\n"
        "Posteingang (IMAP): mail.example.test, Port 993, SSL/TLS\nPosteingang (POP3): mail.example.test, Port 1110, STARTTLS\n"
        "Postausgang (SMTP): mail.example.test, Port 465, SSL/TLS\nBenutzername: anna@example.test\n\n"
        "Ein Mailprogramm meldet sich mit einem App-Passwort an, nicht mit dem Passwort des Kontos.\n\n"
        "Schritt für Schritt einrichten: https://mail.example.test/setup\n\n-- \nBeispiel AG, Berlin\n"
    )


@pytest.mark.parametrize(
    ("language", "word"), [("en", "Incoming"), ("zh", "收件服务器"), ("ja", "受信サーバー"), ("de", "Posteingang")]
)
async def test_four_languages(office: Office, language: str, word: str) -> None:
    (letter,) = await letters(office, await office.add("anna", language))
    assert word in letter.get_content()


async def test_a_domain_has_its_own_words_or_none(office: Office) -> None:
    await put(office, WELCOME_SUBJECT, "Hello {name}")
    await put(office, WELCOME_TEXT, "{imap}\n{pop3}\nAt {setup}: {address}, {domain}, {hostname}\n")
    await office.domains.change(OPERATOR, DOMAIN, DomainChanges(refused_services=(Service.POP3,)))
    (letter,) = await letters(office, await office.add("anna"))
    assert str(letter["Subject"]) == "Hello anna@example.test"
    assert letter.get_content().splitlines() == [
        "Incoming mail (IMAP): mail.example.test, port 993, SSL/TLS",
        "At https://mail.example.test/setup: anna@example.test, example.test, mail.example.test",
    ]
    await put(office, WELCOME, False)
    assert await letters(office, await office.add("bob")) == []


async def test_only_people_are_written_to_and_small_mailboxes_too(office: Office) -> None:
    room = NewAccount(address=f"room@{DOMAIN}", password=None, kind=OwnerKind.RESOURCE)
    assert await letters(office, await office.accounts.add(OPERATOR, room)) == []
    small = NewAccount(address=f"small@{DOMAIN}", password=None, quota_octets=10, quota_messages=1)
    assert len(await letters(office, await office.accounts.add(OPERATOR, small))) == 1


async def test_a_letter_that_cannot_be_delivered_does_not_keep_anybody_from_having_a_mailbox(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(*_: object) -> None:
        raise OutOfSpace("the disk is full")

    monkeypatch.setattr(office.parts.accounts, "deliver", fails)
    account = await office.add("anna")
    assert await office.parts.directory.account(account.id) == account


def test_what_cannot_be_filled_in_is_refused() -> None:
    for setting, text in ((WELCOME_TEXT, "{password}"), (WELCOME_SUBJECT, "two\nlines"), (WELCOME_TEXT, "x" * 20_001)):
        with pytest.raises(Invalid):
            setting.parse_text(text)


def test_the_page_is_where_the_web_is() -> None:
    assert Doors("h", {"https": 8443, "http": 80}).setup_page == "https://h:8443/setup"
    assert Doors("h", {"http": 80}).setup_page == "http://h/setup"
    assert Doors("h", {}).setup_page == ""
