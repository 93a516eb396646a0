"""How large messages may be for one mailbox, as clients hear it."""

from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
from tests.servers.smtp.test_submission import signed_in
from tests.support.mail_house import DOMAIN, MailHouse, mail_house
from tests.support.smtp_server import connected, smtp_server

from posthouse.bootstrap.certificate import create_certificate
from posthouse.foundation.ids import to_text
from posthouse.model.setting import Setting
from posthouse.model.settings.guard import CONNECTIONS_LIMITED
from posthouse.model.settings.receiving import RECEIVE_MESSAGE_OCTETS, SEND_MESSAGE_OCTETS
from posthouse.servers.smtp.roles import Role
from posthouse.transport.tls import server_context

LARGE = b"From: alice@example.test\r\n\r\n" + b"x" * 70 + b"\r\n"
MOST = 60
TOO_LARGE = "552 5.2.3 alice@example.test takes messages of at most 60 B; this one has "


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[MailHouse]:
    async with mail_house(tmp_path) as made:
        await made.set(CONNECTIONS_LIMITED, False)
        yield made


async def limit(house: MailHouse, name: str, setting: Setting[int]) -> None:
    account = await house.directory.account_at(f"{name}@{DOMAIN}")
    assert account is not None
    await house.directory.put_setting(f"account:{to_text(account.id)}", setting.key, msgspec.json.encode(MOST))
    await house.settings.refresh()


async def test_a_size_that_is_told_is_refused_for_this_recipient(house: MailHouse) -> None:
    await limit(house, "alice", RECEIVE_MESSAGE_OCTETS)
    async with smtp_server(house) as address, connected(address) as client:
        await client.say("EHLO client.example")
        await client.say("MAIL FROM:<eve@elsewhere.example> SIZE=61")
        assert await client.say(f"RCPT TO:<alice@{DOMAIN}>") == f"{TOO_LARGE}61 octets"
        assert (await client.say(f"RCPT TO:<bob@{DOMAIN}>")).startswith("250")


async def test_a_size_that_is_not_told_is_refused_after_the_message(house: MailHouse) -> None:
    await limit(house, "alice", RECEIVE_MESSAGE_OCTETS)
    async with smtp_server(house) as address, connected(address) as client:
        await client.say("EHLO client.example")
        assert (await client.send(LARGE, f"alice@{DOMAIN}")) == f"{TOO_LARGE}{len(LARGE)} octets"
        assert (await client.send(b"\r\nshort\r\n", f"alice@{DOMAIN}")).startswith("250")
    assert len(await house.inbox("alice")) == 1


async def test_who_takes_less_gets_a_copy_of_its_own_so_that_nobody_bounces(house: MailHouse) -> None:
    await limit(house, "alice", RECEIVE_MESSAGE_OCTETS)
    async with smtp_server(house) as address, connected(address) as client:
        await client.say("EHLO client.example")
        await client.say("MAIL FROM:<eve@elsewhere.example>", f"RCPT TO:<bob@{DOMAIN}>")
        assert (await client.say(f"RCPT TO:<alice@{DOMAIN}>")).startswith("452 4.5.3")


async def test_an_alias_takes_what_one_of_its_mailboxes_takes(house: MailHouse) -> None:
    await limit(house, "alice", RECEIVE_MESSAGE_OCTETS)
    await house.alias("both", f"alice@{DOMAIN}", f"bob@{DOMAIN}")
    await house.alias("only", f"alice@{DOMAIN}")
    async with smtp_server(house) as address, connected(address) as client:
        await client.say("EHLO client.example")
        assert (await client.send(LARGE, f"both@{DOMAIN}")).startswith("250")
        assert (await client.send(LARGE, f"only@{DOMAIN}")).startswith("552 5.2.3")


async def test_lmtp_answers_for_each(house: MailHouse) -> None:
    await limit(house, "alice", RECEIVE_MESSAGE_OCTETS)
    async with smtp_server(house, Role.LMTP) as address, connected(address) as client:
        await client.say("LHLO client.example")
        assert (await client.send(LARGE, f"alice@{DOMAIN}", f"bob@{DOMAIN}")) == f"{TOO_LARGE}{len(LARGE)} octets"
        assert (await client.reply()).startswith("250")


async def test_who_sends_too_much_hears_it_before_and_after(house: MailHouse, tmp_path: Path) -> None:
    await limit(house, "alice", SEND_MESSAGE_OCTETS)
    create_certificate(tmp_path / "pem", tmp_path / "key", "mx.example.test", house.clock.now())
    context = server_context(tmp_path / "pem", tmp_path / "key")
    async with smtp_server(house, Role.SUBMISSION, context) as address, connected(address) as client:
        await signed_in(client)
        words = "552 5.3.4 alice@example.test may send messages of at most 60 B; this one has "
        assert await client.say("MAIL FROM:<alice@example.test> SIZE=1000") == f"{words}1000 octets"
        assert await client.send(LARGE, f"bob@{DOMAIN}", sender=f"alice@{DOMAIN}") == f"{words}{len(LARGE)} octets"
        small = b"From: alice@example.test\r\n\r\nhi\r\n"
        assert (await client.send(small, f"bob@{DOMAIN}", sender=f"alice@{DOMAIN}")).startswith("250")
