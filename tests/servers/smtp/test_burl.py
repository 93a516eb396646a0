"""BURL (RFC 4468) with a real mailbox behind it: a program makes the URL over IMAP and sends it to the submission port."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.servers.smtp.test_submission import RIGHT
from tests.support.imap_server import Client, ImapServer, imap_server
from tests.support.smtp_server import LineClient, connected, smtp_server

from posthouse.foundation.errors import Unavailable
from posthouse.model.settings.receiving import SMTP_ERRORS
from posthouse.servers.smtp.roles import Role

MESSAGE = b"From: alice@example.test\r\nSubject: hello\r\n\r\nhello\r\n"
RUMP = "imap://alice@example.test/INBOX/;uid=1"


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[ImapServer]:
    async with imap_server(tmp_path) as running:
        yield running


@pytest.fixture
async def alice(house: ImapServer) -> Client:
    client = await house.signed_in("alice")
    await client.append("INBOX", MESSAGE)
    return client


@pytest.fixture
async def submission(house: ImapServer) -> AsyncIterator[LineClient]:
    """A client of the submission port, signed in as alice."""
    async with smtp_server(house.mail, Role.SUBMISSION) as address, connected(address) as client:
        await client.say("EHLO phone.example")
        assert (await client.say(f"AUTH PLAIN {RIGHT}")).startswith("235")
        yield client


async def authorised(client: Client, rump: str) -> str:
    (line,) = await client.ok(f'GENURLAUTH "{rump}" INTERNAL')
    found = re.fullmatch(rb'\* GENURLAUTH "(.*)"', line)
    assert found is not None, line
    return found[1].decode()


async def submit(client: LineClient, *lines: str | bytes) -> str:
    return await client.say("MAIL FROM:<alice@example.test>", "RCPT TO:<bob@example.test>", *lines)


async def test_it_is_offered_to_whom_has_signed_in(house: ImapServer) -> None:
    for role in Role:
        async with smtp_server(house.mail, role) as address, connected(address) as client:
            hello = "LHLO" if role is Role.LMTP else "EHLO"
            assert ("BURL" in await client.say(f"{hello} phone.example")) == (role is Role.SUBMISSION)
            assert (await client.say("BURL imap://h/x LAST")).startswith("502 5.5.1")
            if role is Role.SUBMISSION:
                await client.say(f"AUTH PLAIN {RIGHT}")
                assert "\n250-BURL imap\n" in await client.say("EHLO phone.example")


async def test_a_whole_message(house: ImapServer, alice: Client, submission: LineClient) -> None:
    url = await authorised(alice, f"{RUMP};urlauth=submit+alice")
    assert "delivered as" in await submit(submission, f"BURL {url} LAST")
    (shown,) = await house.mail.inbox("bob")
    assert shown.endswith(b"\r\n\r\nhello\r\n")
    assert b"Subject: hello\r\n" in shown
    assert b"Message-ID: " in shown  # completed as every submission is


async def test_a_new_header_and_a_part(house: ImapServer, alice: Client, submission: LineClient) -> None:
    url = await authorised(alice, f"{RUMP}/;section=text;expire=2999-01-01T00:00:00Z;urlauth=authuser")
    header = b"From: alice@example.test\r\nSubject: forward\r\n\r\n"
    assert "delivered as" in await submit(submission, f"BDAT {len(header)}", header, f"BURL {url}", "BDAT 5 LAST", b"end\r\n")
    (shown,) = await house.mail.inbox("bob")
    assert shown.endswith(b"Subject: forward\r\n\r\nhello\r\nend\r\n")


async def test_urls_that_do_not_let_her(house: ImapServer, alice: Client, submission: LineClient) -> None:
    await house.mail.set(SMTP_ERRORS, 100)
    good = await authorised(alice, f"{RUMP};urlauth=submit+alice")
    refused = "554 5.7.0 the URL does not let you submit what it names"
    for url, answer in (
        (await authorised(alice, f"{RUMP};urlauth=submit+bob"), refused),
        (await authorised(alice, f"{RUMP};urlauth=user+alice"), refused),
        (await authorised(alice, f"{RUMP};expire=2006-01-01T00:00:00Z;urlauth=submit+alice"), refused),
        (good[:-1] + ("0" if good[-1] != "0" else "1"), refused),
        (await authorised(alice, f"{RUMP[:-1]}9;urlauth=submit+alice"), "554 5.6.6 the URL names nothing that is there"),
        (await authorised(alice, f"{RUMP}/;section=4;urlauth=submit+alice"), "554 5.6.6 the URL names nothing that is there"),
        (f"{RUMP};urlauth=submit+alice", "501 5.5.4 the URL is not authorised"),
        (RUMP, "501 5.5.4 the access identifier is missing in the URL"),
    ):
        assert await submit(submission, f"BURL {url} LAST") == answer
        assert (await submission.say("DATA")).startswith("503")
    await alice.ok("RESETKEY INBOX")
    assert await submit(submission, f"BURL {good} LAST") == refused
    assert not await house.mail.inbox("bob")
    assert not list((house.mail.folder / "spool").iterdir())


async def test_a_message_of_somebody_else_is_not_sent_as_hers(house: ImapServer, alice: Client, submission: LineClient) -> None:
    await alice.append("INBOX", b"From: bob@example.test\r\n\r\nx\r\n")
    url = await authorised(alice, f"{RUMP[:-1]}2;urlauth=submit+alice")
    assert (await submit(submission, f"BURL {url} LAST")).startswith("550 5.7.1")


async def test_a_store_that_is_away_is_no_refusal(
    house: ImapServer, alice: Client, submission: LineClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = await authorised(alice, f"{RUMP};urlauth=submit+alice")

    async def fail(*_: object, **__: object) -> bytes:
        raise Unavailable("the store is away")

    with monkeypatch.context() as patch:
        patch.setattr(house.mail.accounts, "read", fail)
        assert (await submit(submission, f"BURL {url} LAST")).startswith("451 ")
    assert "delivered as" in await submit(submission, f"BURL {url} LAST")


async def test_a_large_message_goes_through_the_spool(house: ImapServer, alice: Client, submission: LineClient) -> None:
    big = b"From: alice@example.test\r\n\r\n" + b"x" * 76 + b"\r\n" + (b"y" * 76 + b"\r\n") * 9_000
    await alice.append("INBOX", big)
    url = await authorised(alice, f"{RUMP[:-1]}2;urlauth=submit+alice")
    free = house.mail.budget.free
    assert "delivered as" in await submit(submission, f"BURL {url} LAST")
    (shown,) = await house.mail.inbox("bob")
    assert shown.endswith(big.partition(b"\r\n\r\n")[2])
    await asyncio.sleep(0)
    assert house.mail.budget.free == free
