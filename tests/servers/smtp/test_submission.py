"""Ports 587 and 465 over a real socket: TLS, then who you are, then mail to anywhere."""

import asyncio
import base64
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.support.mail_house import PASSWORD, MailHouse, mail_house
from tests.support.smtp_server import LineClient, connected, smtp_server

from posthouse.bootstrap.certificate import create_certificate
from posthouse.foundation.errors import Unavailable
from posthouse.model.settings.guard import CONNECTIONS_LIMITED, CONNECTIONS_PER_ADDRESS
from posthouse.model.settings.signing_in import AUTH_PLAINTEXT_LOOPBACK
from posthouse.servers.smtp.roles import Role
from posthouse.transport.tls import server_context

MESSAGE = b"From: alice@example.test\r\nSubject: hello\r\n\r\nhello\r\n"


def plain(login: str, password: str, authzid: str = "") -> str:
    return base64.b64encode(f"{authzid}\0{login}\0{password}".encode()).decode()


RIGHT = plain("alice@example.test", PASSWORD)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[MailHouse]:
    async with mail_house(tmp_path) as made:
        await made.set(CONNECTIONS_LIMITED, False)
        yield made


@pytest.fixture
async def address(house: MailHouse, tmp_path: Path) -> AsyncIterator[tuple[str, int]]:
    create_certificate(tmp_path / "pem", tmp_path / "key", "mx.example.test", house.clock.now())
    context = server_context(tmp_path / "pem", tmp_path / "key")
    async with smtp_server(house, Role.SUBMISSION, context) as made:
        yield made


async def secured(client: LineClient) -> str:
    """STARTTLS, then EHLO; its answer."""
    await client.say("EHLO phone.example")
    assert (await client.say("STARTTLS")).startswith("220")
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    await client.writer.start_tls(context)
    return await client.say("EHLO phone.example")


async def signed_in(client: LineClient) -> None:
    await secured(client)
    assert await client.say(f"AUTH PLAIN {RIGHT}") == "235 2.7.0 welcome"


async def test_nothing_without_tls(address: tuple[str, int]) -> None:
    async with connected(address) as client:
        hello = await client.say("EHLO phone.example")
        assert "STARTTLS" in hello
        assert "AUTH" not in hello
        assert (await client.say(f"AUTH PLAIN {RIGHT}")).startswith("538 5.7.11")
        assert (await client.say("MAIL FROM:<alice@example.test>")) == "530 5.7.0 STARTTLS first"


async def test_nothing_without_a_name(address: tuple[str, int]) -> None:
    async with connected(address) as client:
        hello = await secured(client)
        assert "AUTH SCRAM-SHA-256 SCRAM-SHA-1 PLAIN LOGIN" in hello
        assert "STARTTLS" not in hello
        assert (await client.say("MAIL FROM:<alice@example.test>")) == "530 5.7.0 authenticate first"


async def test_submission(house: MailHouse, address: tuple[str, int]) -> None:
    async with connected(address) as client:
        await signed_in(client)
        assert "delivered" in await client.send(MESSAGE, "bob@example.test", sender="alice@example.test")
        assert "accepted" in await client.send(MESSAGE, "eve@elsewhere.example", sender="alice+x@example.test")
        (shown,) = await house.inbox("bob")
        assert b"with ESMTPSA id" in shown
        assert b"\t(TLSv1.3 " in shown
        assert [row.address for row in await house.queue.rows()] == ["eve@elsewhere.example"]
        assert (await client.say("MAIL FROM:<bob@example.test>")).startswith("550 5.7.1")
        forged = await client.send(b"From: bob@example.test\r\n\r\nx\r\n", "bob@example.test", sender="alice@example.test")
        assert forged.startswith("550 5.7.1")


async def test_login_with_prompts(address: tuple[str, int]) -> None:
    async with connected(address) as client:
        await secured(client)
        assert await client.say("AUTH LOGIN") == "334 VXNlcm5hbWU6"
        assert await client.say(base64.b64encode(b"Alice@Example.test").decode()) == "334 UGFzc3dvcmQ6"
        assert await client.say(base64.b64encode(PASSWORD.encode()).decode()) == "235 2.7.0 welcome"


async def test_wrong_passwords(address: tuple[str, int], monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    async with connected(address) as client:
        await secured(client)
        assert (await client.say("AUTH GSSAPI")).startswith("504")
        assert (await client.say(f"AUTH PLAIN {plain('a', 'b', 'c')}")).startswith("535 5.7.8 signing in on behalf")
        answers = [await client.say(f"AUTH PLAIN {plain(name, 'wrong')}") for name in ("alice@example.test", "nobody@x", "x")]
        assert answers[0].startswith("535 5.7.8")
        assert answers[1].startswith("535 5.7.8")
        assert answers[2].startswith("421")
    assert waits == [1, 2, 3]


async def test_our_own_trouble_is_not_a_wrong_password(
    house: MailHouse, address: tuple[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: str) -> None:
        raise Unavailable("too many sign-ins at once")

    monkeypatch.setattr(house.authenticator, "authenticate", away)
    async with connected(address) as client:
        await secured(client)
        assert (await client.say(f"AUTH PLAIN {RIGHT}")) == "454 4.7.0 too many sign-ins at once"


async def test_loopback_without_tls_where_the_operator_allows_it(house: MailHouse, address: tuple[str, int]) -> None:
    await house.set(AUTH_PLAINTEXT_LOOPBACK, True)
    async with connected(address) as client:
        assert "AUTH SCRAM-SHA-256 SCRAM-SHA-1 PLAIN LOGIN" in await client.say("EHLO phone.example")
        assert (await client.say(f"AUTH PLAIN {RIGHT}")).startswith("235")
        assert "delivered" in await client.send(MESSAGE, "bob@example.test", sender="alice@example.test")


async def test_a_revoked_password_ends_the_session(house: MailHouse, address: tuple[str, int]) -> None:
    principal = await house.principal("alice")
    async with connected(address) as client:
        await signed_in(client)
        assert principal.credential_id is not None
        await house.directory.remove_credentials(principal.account_id, [principal.credential_id])
        await house.sessions.review()
        assert (await client.reply()).startswith("421 4.7.0 the credential of this session has been revoked")
        assert await client.reply() == ""


async def test_who_has_signed_in_does_not_count_for_the_address(house: MailHouse, address: tuple[str, int]) -> None:
    await house.set(CONNECTIONS_LIMITED, True)
    await house.set(CONNECTIONS_PER_ADDRESS, 1)
    async with connected(address) as first:
        async with connected(address) as second:
            assert second.greeting.startswith("421")
        await signed_in(first)
        async with connected(address) as third:
            assert third.greeting.startswith("220")
    await asyncio.sleep(0)


async def test_what_the_sender_wants_is_kept_with_the_message(house: MailHouse, address: tuple[str, int]) -> None:
    async with connected(address) as client:
        await signed_in(client)
        now = house.clock.now()
        wishes = "REQUIRETLS HOLDFOR=600 BY=3600;RT MT-PRIORITY=9"
        assert (await client.say(f"MAIL FROM:<alice@example.test> {wishes}")).startswith("250")
        await client.say("RCPT TO:<bob@example.test>", "DATA")
        assert "accepted" in await client.say(b"TLS-Required: No\r\n" + MESSAGE, ".")
        (row,) = await house.queue.rows()
        kept = await house.queue.message(row.id)
        assert (kept.require_tls, kept.tls_optional, kept.priority, kept.deliver_mode) == (True, True, 3, "RT")
        assert (round(kept.release_at - kept.received_at), round(kept.deliver_by - kept.received_at)) == (600, 3_600)
        assert row.next_attempt_at >= now + 600
        assert (await client.say("MAIL FROM:<alice@example.test> HOLDFOR=99999999")).startswith("501 5.5.4")
