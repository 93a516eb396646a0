"""What a client hears when the house cannot do what it asks: the reason, in a code, and never that it was wrong itself."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from tests.support.imap_messages import PLAIN
from tests.support.imap_server import Client, ImapServer
from tests.support.mail_house import DOMAIN

from posthouse.foundation import errors
from posthouse.foundation.errors import Busy, Corrupt, Fenced, LimitReached, OutOfSpace, OverQuota, PosthouseError, Unavailable
from posthouse.servers.imap import progress
from posthouse.servers.imap.answers import refusal

LITERAL = f"{{{len(PLAIN)}+}}\r\n{PLAIN.decode()}"
WRITING = {
    "store_flags": "STORE 1 +FLAGS (\\Seen)",
    "copy": "COPY 1 Junk",
    "move": "MOVE 1 Junk",
    "expunge": "EXPUNGE",
    "create_mailbox": "CREATE x",
    "delete_mailbox": "DELETE Junk",
    "rename_mailbox": "RENAME Junk Spam",
    "subscribe": "SUBSCRIBE x",
    "append": f"APPEND INBOX {LITERAL}",
    "replace": f"REPLACE 1 INBOX {LITERAL}",
}
READING = {
    "fetch": "FETCH 1 RFC822.SIZE",
    "mailbox": "STATUS INBOX (MESSAGES)",
    "changes": "UID FETCH 1 (FLAGS) (CHANGEDSINCE 1)",
    "subscriptions": 'LIST "" *',
}
FAILURES = [
    (Unavailable("away"), "UNAVAILABLE"),
    (Busy("taken"), "INUSE"),
    (Fenced("elsewhere"), "UNAVAILABLE"),
    (OutOfSpace("full disk"), "UNAVAILABLE"),
    (LimitReached("too many"), "LIMIT"),
    (OverQuota("full"), "OVERQUOTA"),
    (Corrupt("broken"), "CORRUPTION"),
]


def _fails(error: Exception) -> Callable[..., Awaitable[None]]:
    async def fail(*_: object, **__: object) -> None:
        raise error

    return fail


async def _reader(server: ImapServer) -> Client:
    await server.put(PLAIN)
    return await server.signed_in(mailbox="INBOX")


@pytest.mark.parametrize("verb", [*WRITING, *READING])
async def test_a_verb_that_fails_is_a_no_with_its_reason(server: ImapServer, monkeypatch: pytest.MonkeyPatch, verb: str) -> None:
    client = await _reader(server)
    command = {**WRITING, **READING}[verb]
    if verb == "expunge":
        await client.ok("STORE 1 +FLAGS.SILENT (\\Deleted)")  # without anything to expunge the store is not asked to
    for error, code in FAILURES:
        with monkeypatch.context() as patch:
            patch.setattr(server.mail.accounts, verb, _fails(error))
            *untagged, tagged = await client.do(command)
        assert tagged.startswith(b"NO [%b] " % code.encode()), (error, tagged)
        assert not any(b"EXPUNGE" in line or b"VANISHED" in line for line in untagged)
    (line,) = await client.ok("FETCH 1 UID")
    assert line.startswith(b"* 1 FETCH (UID 1")
    assert (await client.do(command))[-1].startswith(b"OK")


@pytest.mark.parametrize("command", ["EXPUNGE", "UID EXPUNGE 1", "MOVE 1 Junk", f"UID REPLACE 1 INBOX {LITERAL}", "COPY 1 INBOX"])
async def test_work_that_is_done_is_a_success_although_it_cannot_be_looked_at(
    server: ImapServer, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    client = await _reader(server)
    await client.ok("STORE 1 +FLAGS.SILENT (\\Deleted)")
    with monkeypatch.context() as patch:
        patch.setattr(server.mail.accounts, "changes", _fails(Unavailable("away")))
        *untagged, tagged = await client.do(command)
        assert tagged.startswith(b"OK")
        assert b"* 1 EXPUNGE" not in untagged
        assert (await client.do("NOOP"))[-1].startswith(b"OK")
        assert (await client.do("CHECK"))[-1].startswith(b"OK")
    assert any(line in (b"* 1 EXPUNGE", b"* 2 EXISTS") for line in await client.ok("NOOP"))


@pytest.mark.parametrize("verb", ["mailbox", "placements", "changes"])
async def test_a_select_that_fails_leaves_nothing_selected(server: ImapServer, monkeypatch: pytest.MonkeyPatch, verb: str) -> None:
    client = await _reader(server)
    await client.ok("ENABLE QRESYNC")
    with monkeypatch.context() as patch:
        patch.setattr(server.mail.accounts, verb, _fails(Unavailable("away")))
        assert (await client.do("SELECT Junk"))[-1] == b"NO [UNAVAILABLE] Away"
    assert (await client.do("FETCH 1 UID"))[-1].startswith(b"BAD Command is not allowed")
    assert (await client.do("SELECT INBOX"))[-1].startswith(b"OK [READ-WRITE]")


async def test_a_resynchronisation_that_fails_leaves_nothing_selected(server: ImapServer, monkeypatch: pytest.MonkeyPatch) -> None:
    client = await server.signed_in(mailbox="INBOX")
    await client.ok("ENABLE QRESYNC")
    (validity,) = [line.split()[3].rstrip(b"]") for line in await client.ok("EXAMINE INBOX") if b"UIDVALIDITY" in line]
    with monkeypatch.context() as patch:
        # The mailbox itself is known to be as it was, so nobody else asks.
        patch.setattr(server.mail.accounts, "changes", _fails(Unavailable("away")))
        assert (await client.do(b"SELECT INBOX (QRESYNC (%b 1))" % validity))[-1] == b"NO [UNAVAILABLE] Away"
    assert (await client.do("CLOSE"))[-1].startswith(b"BAD")


async def test_a_mailbox_stays_writable_while_nothing_can_be_written(server: ImapServer, monkeypatch: pytest.MonkeyPatch) -> None:
    await server.put(PLAIN)
    monkeypatch.setattr(server.mail.accounts, "claim_recent", _fails(Unavailable("away")))
    client = await server.signed_in()
    *untagged, tagged = await client.do("SELECT INBOX")
    assert tagged.startswith(b"OK [READ-WRITE]")
    assert any(b"\\*)]" in line for line in untagged)
    assert b"* 1 RECENT" in untagged


async def test_numbers_of_messages_that_are_gone(server: ImapServer) -> None:
    for _ in range(3):
        await server.put(PLAIN)
    one, two = await server.signed_in(mailbox="INBOX"), await server.signed_in(mailbox="INBOX")
    await two.ok("UID STORE 2 +FLAGS.SILENT (\\Deleted)")
    await two.ok("EXPUNGE")
    assert (await one.do("STORE 1:3 +FLAGS (\\Answered)"))[-1].startswith(b"NO [EXPUNGEISSUED]")
    assert (await one.do("STORE 2 +FLAGS.SILENT (\\Answered)"))[-1].startswith(b"OK")
    assert (await one.do("COPY 1:3 Junk"))[-1].startswith(b"NO [EXPUNGEISSUED]")
    assert b"* STATUS Junk (MESSAGES 0)" in await two.ok("STATUS Junk (MESSAGES)")
    await one.ok("NOOP")
    assert await one.ok("FETCH 1:* UID") == [b"* 1 FETCH (UID 1)", b"* 2 FETCH (UID 3)"]


async def test_a_copy_that_lost_a_message_on_the_way_is_undone(server: ImapServer, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(3):
        await server.put(PLAIN)
    client = await server.signed_in(mailbox="INBOX")
    account = await server.mail.directory.account_at(f"alice@{DOMAIN}")
    assert account is not None
    accounts = server.mail.accounts
    inbox = (await accounts.mailboxes(account.id))[0].id

    def racing(verb: str) -> Callable[..., Awaitable[object]]:
        real = getattr(accounts, verb)

        async def race(*arguments: Any, **named: Any) -> object:
            patch.undo()
            await accounts.expunge(account.id, inbox, [2], forced=True)
            return await real(*arguments, **named)

        return race

    patch = monkeypatch
    patch.setattr(accounts, "copy", racing("copy"))
    assert (await client.do("COPY 1:3 Junk"))[-1].startswith(b"NO [EXPUNGEISSUED]")
    assert await client.ok("STATUS Junk (MESSAGES)") == [b"* STATUS Junk (MESSAGES 0)"]


async def test_a_move_takes_what_is_left(server: ImapServer, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(3):
        await server.put(PLAIN)
    client = await server.signed_in(mailbox="INBOX")
    account = await server.mail.directory.account_at(f"alice@{DOMAIN}")
    assert account is not None
    inbox = (await server.mail.accounts.mailboxes(account.id))[0].id
    await server.mail.accounts.expunge(account.id, inbox, [2], forced=True)
    *untagged, tagged = await client.do("MOVE 1:3 Junk")
    assert tagged.startswith(b"NO [EXPUNGEISSUED]")
    assert untagged[0].startswith(b"* OK [COPYUID ")
    assert untagged[1:] == [b"* 3 EXPUNGE", b"* 2 EXPUNGE", b"* 1 EXPUNGE"]


async def test_mailboxes_that_are_deleted_meanwhile(server: ImapServer) -> None:
    one, two = await server.signed_in(), await server.signed_in()
    await one.ok("CREATE box")
    await one.append("box", PLAIN)
    await one.append("INBOX", PLAIN)
    await one.ok("SELECT box")
    await two.ok("DELETE box")
    for command in ("FETCH 1 RFC822.SIZE", "STORE 1 +FLAGS (\\Seen)", "COPY 1 INBOX", "MOVE 1 INBOX", "EXPUNGE"):
        answer = (await one.do(command))[-1]
        assert answer.startswith((b"NO [NONEXISTENT]", b"NO [EXPUNGEISSUED]", b"BAD There is no message")), (command, answer)
    await one.ok("SELECT INBOX")
    await one.ok("CREATE crate")
    await one.send(f"x APPEND crate {{{len(PLAIN)}}}")
    assert (await one.response()).startswith(b"+ ")
    await two.ok("DELETE crate")
    await one.send(PLAIN)
    assert (await one.until("x"))[-1].startswith(b"x NO [TRYCREATE]")


async def test_a_long_step_says_that_it_goes_on(server: ImapServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "PROGRESS_SECONDS", 0.01)
    client = await _reader(server)
    real = server.mail.accounts.copy

    async def slow(*arguments: Any, **named: Any) -> object:
        await asyncio.sleep(0.05)
        return await real(*arguments, **named)

    monkeypatch.setattr(server.mail.accounts, "copy", slow)
    *untagged, tagged = await client.do("COPY 1 Junk")
    assert untagged
    assert set(untagged) == {b'* OK [INPROGRESS ("t3" NIL NIL)] Still at it'}
    assert tagged.startswith(b"OK [COPYUID")


async def test_a_long_fetch_says_how_far_it_is(server: ImapServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "PROGRESS_SECONDS", 0.0)
    client = await _reader(server)
    await server.put(PLAIN)
    assert await client.ok("UID FETCH 1:* UID") == [
        b'* OK [INPROGRESS ("t3" 0 1)] Still at it',
        b"* 1 FETCH (UID 1)",
        b"* 2 EXISTS",
        b"* 2 RECENT",
    ]


def test_every_error_of_the_house_has_a_code() -> None:
    for kind in vars(errors).values():
        if isinstance(kind, type) and issubclass(kind, PosthouseError) and kind not in (PosthouseError, errors.Refused):
            assert b"SERVERBUG" not in refusal(b"a", kind("x")), kind


async def test_an_expunge_of_nothing_changes_nothing(server: ImapServer, monkeypatch: pytest.MonkeyPatch) -> None:
    client, other = await _reader(server), await server.signed_in(mailbox="INBOX")
    with monkeypatch.context() as patch:
        patch.setattr(server.mail.accounts, "expunge", _fails(Unavailable("away")))
        assert await client.ok("EXPUNGE") == await client.ok("UID EXPUNGE 1:*") == []
    await other.ok("STORE 1 +FLAGS.SILENT (\\Deleted)")
    assert b"* 1 EXPUNGE" in await client.ok("EXPUNGE")
