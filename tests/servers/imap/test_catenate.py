"""Messages put together on the server: sizes, what others share, and what is left behind."""

import asyncio

import pytest
from tests.support.imap_messages import PLAIN
from tests.support.imap_server import ImapServer

from posthouse.foundation.errors import Unavailable
from posthouse.model.settings.receiving import SMTP_MESSAGE_OCTETS

SHARED = "/Other%20Users/alice@example.test/INBOX/;UID=1"


async def test_a_large_part_comes_whole_and_leaves_nothing_behind(server: ImapServer) -> None:
    client = await server.signed_in()
    big = b"Subject: big\r\n\r\n" + bytes(range(1, 256)) * 4_000
    await client.append("INBOX", big)
    free = server.house.budget.free
    await client.ok(
        'APPEND INBOX CATENATE (TEXT {3+}\r\nX:  URL "/INBOX/;UID=1/;PARTIAL=3.900000" URL "/INBOX/;UID=1/;SECTION=TEXT")'
    )
    await client.ok("SELECT INBOX")
    (line,) = await client.ok("FETCH 2 BODY.PEEK[]")
    expected = b"X:" + b" " + big[3:900_003] + big[16:]
    assert line == b"* 2 FETCH (BODY[] {%d}\r\n%b)" % (len(expected), expected)
    assert server.house.budget.free == free
    assert not list((server.mail.folder / "spool").iterdir())


async def test_parts_count_together(server: ImapServer) -> None:
    client = await server.signed_in()
    await client.append("INBOX", b"x" * 40_000)
    await server.mail.set(SMTP_MESSAGE_OCTETS, 65_536)
    url = 'URL "/INBOX/;UID=1"'
    for parts, code in (
        (f"({url} {url})", b"TOOBIG"),
        (f"({url} TEXT {{30000+}}\r\n{'y' * 30_000})", b"TOOBIG"),
        (f"({url}) CATENATE ({url})", b"LIMIT"),  # each is small enough
    ):
        assert (await client.do(f"APPEND INBOX CATENATE {parts}"))[-1].startswith(b"NO [" + code + b"]"), parts
    await client.ok(f"APPEND INBOX CATENATE ({url} TEXT {{25000+}}\r\n{'y' * 25_000})")
    assert not list((server.mail.folder / "spool").iterdir())


async def test_very_many_messages_in_one_line(server: ImapServer) -> None:
    client = await server.signed_in()
    command = "APPEND INBOX" + ' CATENATE (URL "/INBOX/;UID=1")' * 1_001
    assert (await client.do(command))[-1].startswith(b"NO [BADURL")
    await client.append("INBOX", b"x")
    assert (await client.do(command))[-1] == b"NO [LIMIT] At most 1000 messages at once"
    assert not list((server.mail.folder / "spool").iterdir())


async def test_only_what_may_be_read_of_others(server: ImapServer) -> None:
    alice = await server.signed_in("alice")
    await alice.append("INBOX", PLAIN)
    command = f'APPEND INBOX CATENATE (URL "{SHARED}")'
    for rights in ("", "l"):
        if rights:
            await alice.ok(f"SETACL INBOX bob@example.test {rights}")
        bob = await server.signed_in("bob")  # rights are remembered for a moment
        assert (await bob.do(command))[-1] == f"NO [BADURL {SHARED}] A URL does not name a message that can be read".encode()
    await alice.ok("SETACL INBOX bob@example.test lr")
    bob = await server.signed_in("bob")
    await bob.ok(command)
    await bob.ok("SELECT INBOX")
    (line,) = await bob.ok("FETCH 1 RFC822.SIZE")
    assert line == b"* 1 FETCH (RFC822.SIZE %d)" % len(PLAIN)


async def test_a_store_that_is_away_is_no_bad_url(server: ImapServer, monkeypatch: pytest.MonkeyPatch) -> None:
    client = await server.signed_in()
    await client.append("INBOX", PLAIN)

    async def fail(*_: object, **__: object) -> bytes:
        raise Unavailable("the store is away")

    monkeypatch.setattr(server.mail.accounts, "read", fail)
    assert (await client.do('APPEND INBOX CATENATE (URL "/INBOX/;UID=1")'))[-1].startswith(b"NO [UNAVAILABLE]")
    assert not list((server.mail.folder / "spool").iterdir())


async def test_a_client_that_vanishes_leaves_nothing_behind(server: ImapServer) -> None:
    client = await server.signed_in()
    await client.append("INBOX", PLAIN)
    client.writer.write(b'x APPEND INBOX CATENATE (URL "/INBOX/;UID=1" TEXT {100+}\r\nabc')
    await client.writer.drain()
    await asyncio.sleep(0.05)
    client.writer.transport.abort()
    await asyncio.sleep(0.1)
    assert not list((server.mail.folder / "spool").iterdir())
