"""The session as the transport drives it: TLS, deadlines, limits, overload, slow and vanishing clients."""

import asyncio
import ssl
from pathlib import Path

import pytest
from tests.support.imap_messages import PLAIN
from tests.support.imap_server import Client, ImapServer
from tests.support.mail_house import DOMAIN, PASSWORD, listening
from tests.support.memory_wire import connected
from tests.support.tls import certificate

from posthouse.foundation.errors import Busy, Corrupt, LimitReached, OverQuota, Unavailable
from posthouse.model.settings.guard import CONNECTIONS_LIMITED, CONNECTIONS_PER_ADDRESS, CONNECTIONS_TOTAL
from posthouse.model.settings.signing_in import AUTH_PLAINTEXT_LOOPBACK
from posthouse.servers.imap.driver import imap_sessions


@pytest.fixture
def contexts(tmp_path: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    return certificate(tmp_path)


async def test_starttls(server: ImapServer, contexts: tuple[ssl.SSLContext, ssl.SSLContext]) -> None:
    await server.mail.set(AUTH_PLAINTEXT_LOOPBACK, False)
    server.house.starttls = contexts[0]
    client = await server.connect()
    (capability,) = await client.ok("CAPABILITY")
    assert b"STARTTLS" in capability
    assert b"LOGINDISABLED" in capability
    assert b"AUTH=" not in capability
    assert (await client.do(f"LOGIN alice@{DOMAIN} {PASSWORD}"))[-1].startswith(b"NO [PRIVACYREQUIRED]")
    assert (await client.do("AUTHENTICATE PLAIN"))[-1].startswith(b"NO [PRIVACYREQUIRED]")
    await client.send(b"s STARTTLS\r\ninjected NOOP")
    assert (await client.response()).startswith(b"s OK")
    await client.writer.start_tls(contexts[1], server_hostname="localhost")
    (capability,) = await client.ok("CAPABILITY")
    assert b"AUTH=PLAIN" in capability
    assert b"STARTTLS" not in capability
    assert (await client.do("STARTTLS"))[-1].startswith(b"BAD")
    await client.log_in()
    await client.ok("SELECT INBOX")


async def test_implicit_tls(server: ImapServer, contexts: tuple[ssl.SSLContext, ssl.SSLContext]) -> None:
    await server.mail.set(AUTH_PLAINTEXT_LOOPBACK, False)
    async with listening(imap_sessions(server.house), contexts[0]) as (host, port):
        reader, writer = await asyncio.open_connection(host, port, ssl=contexts[1], server_hostname="localhost")
        client = Client(reader, writer)
        assert b"AUTH=PLAIN" in await client.response()
        await client.log_in()
        await client.close()


async def test_a_revoked_credential_ends_its_sessions(server: ImapServer) -> None:
    one, two = await server.signed_in(mailbox="INBOX"), await server.signed_in("bob")
    account = await server.mail.directory.account_at(f"alice@{DOMAIN}")
    assert account is not None
    credentials = await server.mail.directory.credentials(account.id)
    await server.mail.directory.remove_credentials(account.id, [credential.id for credential in credentials])
    await server.mail.sessions.review()
    assert (await one.response()).startswith(b"* BYE [EXPIRED] The credential")
    assert await one.response() == b""
    assert await two.ok("NOOP") == []


async def test_too_many_connections(server: ImapServer) -> None:
    await server.mail.set(CONNECTIONS_TOTAL, 10)
    clients = [await server.connect() for _ in range(10)]
    assert (await server.connect()).greeting.startswith(b"* BYE [UNAVAILABLE] Too many connections")
    await clients[0].close()
    await asyncio.sleep(0.05)
    await (await server.connect()).ok("NOOP")


async def test_addresses_are_counted_until_somebody_signs_in(server: ImapServer) -> None:
    await server.mail.set(CONNECTIONS_PER_ADDRESS, 2)
    await server.mail.set(CONNECTIONS_LIMITED, True)
    one, two = await server.connect(), await server.connect()
    assert (await server.connect()).greeting.startswith(b"* BYE [UNAVAILABLE] Too many connections from")
    await one.log_in()
    await two.close()
    await asyncio.sleep(0.05)
    await (await server.connect()).log_in()


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (Unavailable("the store is away"), b"UNAVAILABLE"),
        (Busy("in use"), b"INUSE"),
        (LimitReached("slow down"), b"LIMIT"),
        (OverQuota("full"), b"OVERQUOTA"),
        (Corrupt("broken"), b"CORRUPTION"),
        (RuntimeError("a bug"), b"SERVERBUG"),
    ],
)
async def test_failures_are_told_and_never_bad(
    server: ImapServer, monkeypatch: pytest.MonkeyPatch, error: Exception, code: bytes
) -> None:
    await server.put(PLAIN)
    client = await server.signed_in(mailbox="INBOX")

    async def fail(*_: object, **__: object) -> None:
        raise error

    for verb in (
        "mailboxes",
        "mailbox",
        "fetch",
        "look",
        "store_flags",
        "copy",
        "move",
        "expunge",
        "append",
        "subscribe",
        "create_mailbox",
    ):
        monkeypatch.setattr(server.mail.accounts, verb, fail)
    for command in (
        "FETCH 1 ENVELOPE",
        "STORE 1 +FLAGS (\\Seen)",
        "COPY 1 Junk",
        "EXPUNGE",
        'LIST "" *',
        "STATUS INBOX (MESSAGES)",
        "SUBSCRIBE x",
        "CREATE y",
        "SEARCH TEXT x",
        f"APPEND INBOX {{{len(PLAIN)}+}}\r\n{PLAIN.decode()}",
    ):
        assert (await client.do(command))[-1].startswith(b"NO [" + code + b"]"), command
    monkeypatch.undo()
    assert (await client.do("FETCH 1 UID"))[-1].startswith(b"OK")


async def test_login_while_the_directory_is_away(server: ImapServer, monkeypatch: pytest.MonkeyPatch) -> None:
    client = await server.connect()

    async def fail(*_: object) -> None:
        raise Unavailable("the directory is away")

    monkeypatch.setattr(server.mail.directory, "account_at", fail)
    assert await client.do(f"LOGIN alice@{DOMAIN} {PASSWORD}") == [b"NO [UNAVAILABLE] The directory is away"]
    monkeypatch.undo()
    await client.log_in()


async def test_autologout(server: ImapServer) -> None:
    sessions = []

    def make(wire: object) -> object:
        session = imap_sessions(server.house)(wire)  # type: ignore[arg-type] # a Wire, seen through the test's eyes
        sessions.append(session)
        return session

    reader, writer = connected(make)  # type: ignore[arg-type] # as above
    sessions[0].expired()
    assert (await reader.read()).endswith(b"* BYE Nobody has signed in\r\n")
    writer.close()


async def test_pipelined_commands_are_answered_in_order(server: ImapServer) -> None:
    client = await server.signed_in(mailbox="INBOX")
    client.writer.write(b"".join(b"p%d NOOP\r\n" % number for number in range(5_000)))
    for number in range(5_000):
        assert (await client.response()).startswith(b"p%d OK" % number)


async def test_a_large_message_goes_through_and_leaves_nothing_behind(server: ImapServer) -> None:
    client = await server.signed_in()
    message = b"Subject: big\r\n\r\n" + bytes(range(1, 256)) * 20_000
    free = server.house.budget.free
    assert (await client.append("INBOX", message))[-1].startswith(b"OK [APPENDUID")
    assert server.house.budget.free == free
    assert not list((server.mail.folder / "spool").iterdir())
    await client.ok("SELECT INBOX")
    (line,) = await client.ok("FETCH 1 (BODY.PEEK[] UID)")
    assert line == b"* 1 FETCH (BODY[] {%d}\r\n%b UID 1)" % (len(message), message)
    (line,) = await client.ok("FETCH 1 BODY.PEEK[TEXT]<1000000.700000>")
    assert line == b"* 1 FETCH (BODY[TEXT]<1000000> {700000}\r\n%b)" % message[1_000_016:1_700_016]
    (line,) = await client.ok("FETCH 1 (BODY.PEEK[]<5.9> RFC822.SIZE)")
    assert line == b"* 1 FETCH (BODY[]<5> {9}\r\n%b RFC822.SIZE %d)" % (message[5:14], len(message))
    assert server.house.budget.free == free


async def test_a_client_that_vanishes_leaves_nothing_behind(server: ImapServer) -> None:
    free = server.house.budget.free
    for announced, sent in ((1_000_000, 300_000), (5_000, 100)):
        client = await server.signed_in(mailbox="INBOX")
        client.writer.write(b"x APPEND INBOX {%d+}\r\n%b" % (announced, b"y" * sent))
        await client.writer.drain()
        await asyncio.sleep(0.05)
        client.writer.transport.abort()
    await asyncio.sleep(0.1)
    assert server.house.budget.free == free
    assert not list((server.mail.folder / "spool").iterdir())
    assert server.house.connections.open == 0
    assert not server.house.views._open


async def test_a_slow_reader_does_not_fill_memory(server: ImapServer) -> None:
    message = b"Subject: x\r\n\r\n" + b"z" * 3_000_000
    client = await server.signed_in()
    await client.append("INBOX", message)
    await client.ok("SELECT INBOX")
    free = server.house.budget.free
    client.writer.write(b"".join(b"q%d FETCH 1 BODY.PEEK[]\r\n" % number for number in range(10)))
    await asyncio.sleep(0.3)
    other = await server.signed_in()
    assert await other.ok("NOOP") == []
    for number in range(10):
        assert len(await client.response()) > 3_000_000
        assert (await client.response()).startswith(b"q%d OK" % number)
    assert server.house.budget.free == free


async def test_short_of_memory_is_said(server: ImapServer) -> None:
    await server.put(PLAIN)
    client = await server.signed_in(mailbox="INBOX")
    taken = server.house.budget.free
    assert server.house.budget.take(taken)
    assert (await client.do("FETCH 1 FLAGS"))[-1].startswith(b"NO [UNAVAILABLE]")
    assert (await client.append("INBOX", PLAIN))[-1].startswith(b"OK")  # goes to the spool
    server.house.budget.give(taken)
    assert len(await client.ok("FETCH 1:2 FLAGS")) == 2
