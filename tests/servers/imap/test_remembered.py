"""FETCH from memory says what FETCH from the store says, to nobody who may not read."""

import pytest
from tests.support.imap_messages import NESTED, PLAIN
from tests.support.imap_server import ImapServer
from tests.support.waiting import eventually

from posthouse.foundation.errors import Unavailable
from posthouse.ports.account_store import FetchPage

QUESTIONS = (
    "BODY.PEEK[HEADER.FIELDS (From Subject)]",
    "BODY.PEEK[HEADER.FIELDS.NOT (Subject)]",
    "BODY[HEADER.FIELDS (From)]<2.5>",
    "(UID FLAGS ENVELOPE INTERNALDATE)",
    "(BODYSTRUCTURE RFC822.SIZE)",
)


async def test_the_second_answer_is_the_first(server: ImapServer) -> None:
    client = await server.signed_in(mailbox="INBOX")
    for message in (PLAIN, NESTED, PLAIN):
        await client.append("INBOX", message)
    await client.ok("STORE 1:* +FLAGS.SILENT (\\Seen)")
    for question in QUESTIONS:
        first = await client.ok(f"FETCH 1:* {question}")
        assert len(first) == 3
        assert await client.ok(f"FETCH 1:* {question}") == first
        assert await client.ok(f"FETCH 2 {question}") == first[1:2]


async def test_the_store_is_not_asked_again_and_new_mail_is(server: ImapServer, monkeypatch: pytest.MonkeyPatch) -> None:
    client = await server.signed_in(mailbox="INBOX")
    await client.append("INBOX", PLAIN)
    lines = await client.ok("FETCH 1 (UID ENVELOPE INTERNALDATE)")

    async def fail(*_: object, **__: object) -> FetchPage:
        raise Unavailable("away")

    with monkeypatch.context() as patch:
        patch.setattr(server.mail.accounts, "fetch", fail)
        assert await client.ok("FETCH 1 (UID ENVELOPE INTERNALDATE)") == lines
        assert await client.ok("UID FETCH 1 (FLAGS ENVELOPE)") == [
            b"* 1 FETCH (UID 1 FLAGS (\\Recent) ENVELOPE" + lines[0].partition(b"ENVELOPE")[2].partition(b" INTERNALDATE")[0] + b")"
        ]
        await client.append("INBOX", PLAIN)
        assert (await client.do("FETCH 1:2 (UID ENVELOPE INTERNALDATE)"))[-1].startswith(b"NO [UNAVAILABLE]")
    found = await client.ok("FETCH 1:2 (UID ENVELOPE INTERNALDATE)")
    assert len(found) == 2


async def test_who_may_read_no_longer_is_told_nothing(server: ImapServer) -> None:
    alice = await server.signed_in()
    await alice.append("INBOX", PLAIN)
    await alice.ok("SETACL INBOX bob@example.test lrs")
    bob = await server.signed_in("bob")
    await bob.ok('SELECT "Other Users/alice@example.test/INBOX"')
    assert await bob.ok("FETCH 1 ENVELOPE") == await bob.ok("FETCH 1 ENVELOPE")
    await alice.ok("SETACL INBOX bob@example.test l")

    async def is_told_nothing() -> bool:
        return not any(b"ENVELOPE" in line for line in await bob.do("FETCH 1 ENVELOPE"))

    await eventually(is_told_nothing)  # rights are remembered for a moment
