"""What sessions do not show: the rarer ends of commands."""

import pytest
from tests.support.imap_messages import NESTED, PLAIN
from tests.support.imap_server import ImapServer
from tests.support.mail_house import DOMAIN, PASSWORD

from posthouse.foundation.errors import Unavailable

STRANGE = b"Content-Type: application/x\r\nContent-Transfer-Encoding: x-own\r\n\r\nabc\r\n"


async def test_login_in_other_charsets(server: ImapServer) -> None:
    client = await server.connect()
    assert (await client.do(b'LOGIN "alice@example.test" "\xe4"'))[-1].startswith(b"NO [AUTHENTICATIONFAILED]")
    assert (await client.do("AUTHENTICATE PLAIN ="))[-1].startswith(b"BAD")
    assert (await client.do("AUTHENTICATE PLAIN AAA"))[-1].startswith(b"BAD")
    await client.ok(f"LOGIN ALICE@{DOMAIN.upper()} {PASSWORD}")


async def test_nothing_to_copy_or_to_find(server: ImapServer) -> None:
    client = await server.signed_in(mailbox="INBOX")
    assert (await client.do("UID COPY 5 Junk"))[-1] == b"OK Nothing to copy"
    assert (await client.do("UID STORE 5 +FLAGS (\\Seen)"))[-1] == b"OK Flags stored"
    assert await client.ok("UID FETCH 1:* FLAGS") == []
    assert (await client.do("CREATE /"))[-1].startswith(b"NO [CANNOT]")
    assert (await client.do("CREATE x (USE (\\Nonsense))"))[-1].startswith(b"NO [USEATTR]")
    assert (await client.do("DELETE nowhere"))[-1].startswith(b"NO [NONEXISTENT]")
    patterns = " ".join(["x"] * 101)
    assert (await client.do(f'LIST "" ({patterns})'))[-1].startswith(b"NO")


async def test_copy_into_the_same_mailbox_is_seen(server: ImapServer) -> None:
    await server.put(PLAIN)
    client = await server.signed_in(mailbox="INBOX")
    assert await client.ok("COPY 1 INBOX") == [b"* 2 EXISTS", b"* 2 RECENT"]


async def test_an_encoding_nobody_knows(server: ImapServer) -> None:
    await server.put(STRANGE)
    await server.put(NESTED)
    client = await server.signed_in(mailbox="INBOX")
    assert (await client.do("FETCH 1 BINARY.PEEK[1]"))[-1].startswith(b"NO [UNKNOWN-CTE]")
    assert await client.ok("FETCH 1 BODY.PEEK[1]") == [b"* 1 FETCH (BODY[1] {5}\r\nabc\r\n)"]
    assert await client.ok("FETCH 2 (BINARY.PEEK[9] BINARY.SIZE[9])") == [b"* 2 FETCH (BINARY[9] NIL BINARY.SIZE[9] 0)"]
    (line,) = await client.ok("FETCH 2 BODY.PEEK[2.HEADER.FIELDS (subject)]")
    assert line.endswith(b"{19}\r\nSubject: inside\r\n\r\n)")
    (line,) = await client.ok("FETCH 2 BODY.PEEK[HEADER]<0.9>")
    assert line == b"* 2 FETCH (BODY[HEADER]<0> {9}\r\nReceived:)"


async def test_a_failed_search_forgets_the_saved_one(server: ImapServer, monkeypatch: pytest.MonkeyPatch) -> None:
    await server.put(PLAIN)
    client = await server.signed_in(mailbox="INBOX")
    await client.ok("SEARCH RETURN (SAVE) ALL")

    async def fail(*_: object) -> None:
        raise Unavailable("away")

    monkeypatch.setattr(server.mail.accounts, "look", fail)
    assert (await client.do("SEARCH RETURN (SAVE) TEXT x"))[-1].startswith(b"NO [UNAVAILABLE]")
    monkeypatch.undo()
    assert await client.ok("SEARCH $") == [b"* SEARCH"]


async def test_a_store_that_fails_halfway_through_a_literal_ends_the_connection(
    server: ImapServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = await server.signed_in()
    await client.append("INBOX", b"Subject: x\r\n\r\n" + b"y" * 1_000_000)
    await client.ok("SELECT INBOX")
    real = server.mail.accounts.read

    async def fail_late(account: object, mailbox: object, uid: int, start: int = 0, length: int | None = None) -> bytes:
        if start > 500_000:
            raise Unavailable("away")
        return await real(account, mailbox, uid, start, length)  # type: ignore[arg-type] # handed on as they came

    monkeypatch.setattr(server.mail.accounts, "read", fail_late)
    await client.send("x FETCH 1 BODY.PEEK[]")
    received = await client.reader.read()
    assert received.startswith(b"* 1 FETCH (BODY[] {1000014}\r\n")
    assert len(received) < 1_000_000


async def test_messages_that_are_gone_for_good(server: ImapServer) -> None:
    await server.put(PLAIN)
    await server.put(PLAIN)
    one, two = await server.signed_in(mailbox="INBOX"), await server.signed_in(mailbox="INBOX")
    await two.ok("STORE 1 +FLAGS.SILENT (\\Deleted)")
    await two.ok("EXPUNGE")
    account = await server.mail.directory.account_at(f"alice@{DOMAIN}")
    assert account is not None
    await server.mail.accounts.purge_expunged(account.id, server.mail.clock.now() + 10)
    *untagged, tagged = await one.do("FETCH 1:2 RFC822.SIZE")
    assert untagged == [b"* 2 FETCH (RFC822.SIZE %d)" % len(PLAIN)]
    assert tagged.startswith(b"NO [EXPUNGEISSUED]")
    assert await one.ok("UID FETCH 1:2 UID") == [b"* 1 FETCH (UID 1)", b"* 2 FETCH (UID 2)", b"* 1 EXPUNGE"]


async def test_enable_in_the_middle_of_a_mailbox(server: ImapServer) -> None:
    await server.put(PLAIN)
    client = await server.signed_in(mailbox="INBOX")
    await client.ok("ENABLE IMAP4rev2")
    assert await client.ok("FETCH 1 FLAGS") == [b"* 1 FETCH (FLAGS ())"]
    assert await client.ok("ENABLE UTF8=ACCEPT") == [b"* ENABLED UTF8=ACCEPT"]


async def test_recent_belongs_to_one_session(server: ImapServer) -> None:
    await server.put(PLAIN)
    one = await server.signed_in(mailbox="INBOX")
    await server.put(PLAIN)
    assert await one.ok("NOOP") == [b"* 2 EXISTS", b"* 2 RECENT"]
    await one.ok("LOGOUT")
    two = await server.signed_in()
    assert b"* 0 RECENT" in await two.ok("SELECT INBOX")
