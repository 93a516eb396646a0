"""NOTIFY between two clients: what is told without a command, and what is not."""

import asyncio

import pytest
from tests.support.imap_server import Client, ImapServer
from tests.support.waiting import eventually

from posthouse.foundation.errors import Unavailable
from posthouse.servers.imap.commands.notify import watch

MAIL = b"Subject: one\r\n\r\nhello\r\n"


async def _silent(client: Client) -> bool:
    """Nothing comes, not even behind the answer to a command that may tell anything."""
    await asyncio.sleep(0.25)
    return await client.ok("NOOP") == []


async def test_other_mailboxes(server: ImapServer) -> None:
    watcher, other = await server.signed_in(), await server.signed_in()
    await other.ok("CREATE Work")
    await watcher.ok(
        "NOTIFY SET (mailboxes (Work) (MessageNew MessageExpunge FlagChange)) (personal (MailboxName SubscriptionChange))"
    )
    await other.append("Work", MAIL)
    told = await watcher.response()
    assert told.startswith(b"* STATUS Work (MESSAGES 1 UIDNEXT 2 UIDVALIDITY ")
    assert b"UNSEEN 1 HIGHESTMODSEQ" in told
    await other.ok("SELECT Work")
    await other.ok(r"STORE 1 +FLAGS (\Seen)")
    assert b"UNSEEN 0" in await watcher.response()
    await other.ok(r"STORE 1 +FLAGS (\Deleted)")
    assert b"MESSAGES 1 " in await watcher.response()
    await other.ok("EXPUNGE")
    assert b"MESSAGES 0 UIDNEXT 2 " in await watcher.response()
    await other.append("INBOX", MAIL)
    assert await _silent(watcher)


async def test_names_and_subscriptions(server: ImapServer) -> None:
    watcher, other = await server.signed_in(), await server.signed_in()
    await watcher.ok("NOTIFY SET (subtree Work NONE) (personal (MailboxName SubscriptionChange))")
    await other.ok("CREATE Old")
    assert await watcher.response() == b'* LIST () "/" Old\r\n'
    await other.ok("RENAME Old New")
    assert await watcher.response() == b'* LIST () "/" New ("OLDNAME" (Old))\r\n'
    await other.ok("SUBSCRIBE New")
    assert await watcher.response() == b'* LIST (\\Subscribed) "/" New\r\n'
    await other.ok("DELETE New")
    assert await watcher.response() == b'* LIST (\\NonExistent) "/" New\r\n'
    await other.ok("UNSUBSCRIBE New")
    assert await watcher.response() == b'* LIST (\\NonExistent) "/" New\r\n'
    await other.ok("CREATE Work/Secret")
    assert await _silent(watcher)


async def test_only_what_is_subscribed(server: ImapServer) -> None:
    watcher, other = await server.signed_in(), await server.signed_in()
    for name in ("A", "B"):
        await other.ok(f"CREATE {name}")
    await other.ok("SUBSCRIBE A")
    await watcher.ok("NOTIFY SET (subscribed (MessageNew MessageExpunge))")
    await other.append("B", MAIL)
    await other.append("A", MAIL)
    assert (await watcher.response()).startswith(b"* STATUS A (MESSAGES 1 ")
    assert await _silent(watcher)


async def test_expunges_that_are_delayed(server: ImapServer) -> None:
    await server.put(MAIL)
    await server.put(MAIL)
    watcher, other = await server.signed_in(mailbox="INBOX"), await server.signed_in(mailbox="INBOX")
    await watcher.ok("NOTIFY SET (selected-delayed (MessageNew MessageExpunge))")
    await other.ok(r"STORE 1 +FLAGS (\Deleted)")
    await other.ok("EXPUNGE")
    await server.put(MAIL)
    assert await watcher.response() == b"* 3 EXISTS\r\n"
    assert await watcher.response() == b"* 3 RECENT\r\n"
    assert await watcher.ok("NOOP") == [b"* 1 EXPUNGE"]
    await other.ok(r"STORE 1 +FLAGS (\Deleted)")
    await watcher.send("i IDLE")
    assert await watcher.response() == b"+ Idling\r\n"
    await other.ok("EXPUNGE")
    assert await watcher.response() == b"* 1 EXPUNGE\r\n"
    await watcher.send("DONE")
    assert (await watcher.until("i"))[-1].startswith(b"i OK")


async def test_of_the_selected_mailbox_nothing_is_wanted(server: ImapServer) -> None:
    await server.put(MAIL)
    watcher, other = await server.signed_in(mailbox="INBOX"), await server.signed_in(mailbox="INBOX")
    await watcher.ok("NOTIFY SET (personal (MailboxName))")
    await server.put(MAIL)
    await other.ok("NOOP")
    await other.ok(r"STORE 1 +FLAGS (\Flagged \Deleted)")
    assert await _silent(watcher)
    assert await watcher.ok("EXPUNGE") == [b"* 1 EXPUNGE", b"* 1 EXISTS", b"* 1 RECENT"]
    await watcher.ok("SELECT INBOX")
    await server.put(MAIL)
    assert await _silent(watcher)


async def test_vanished_and_modseq(server: ImapServer) -> None:
    watcher = await server.signed_in()
    await watcher.ok("ENABLE QRESYNC")
    await watcher.ok("SELECT INBOX")
    await watcher.ok("NOTIFY SET (selected (MessageNew (UID FLAGS) MessageExpunge))")
    await server.put(MAIL)
    assert await watcher.response() == b"* 1 EXISTS\r\n"
    assert await watcher.response() == b"* 1 RECENT\r\n"
    assert (await watcher.response()).startswith(b"* 1 FETCH (UID 1 FLAGS (\\Recent) MODSEQ (")
    other = await server.signed_in(mailbox="INBOX")
    await other.ok(r"STORE 1 +FLAGS (\Deleted)")
    await other.ok("EXPUNGE")
    assert await watcher.response() == b"* VANISHED 1\r\n"


async def test_new_messages_do_not_become_seen(server: ImapServer) -> None:
    watcher = await server.signed_in(mailbox="INBOX")
    await watcher.ok("ENABLE UIDONLY")
    await watcher.ok("NOTIFY SET (selected (MessageNew (BODY[TEXT]) MessageExpunge))")
    await server.put(MAIL)
    assert [await watcher.response() for _ in range(2)] == [b"* 1 EXISTS\r\n", b"* 1 RECENT\r\n"]
    assert await watcher.response() == b"* 1 UIDFETCH (BODY[TEXT] {7}\r\nhello\r\n)\r\n"
    assert await watcher.ok("UID FETCH 1 FLAGS") == [b"* 1 UIDFETCH (FLAGS (\\Recent))"]


async def test_what_cannot_be_told(server: ImapServer, monkeypatch: pytest.MonkeyPatch) -> None:
    async def away(*_: object, **__: object) -> None:
        raise Unavailable("the store is away")

    watcher = await server.signed_in()
    free = server.house.budget.free
    await watcher.ok("NOTIFY SET (personal (MessageNew MessageExpunge))")
    assert server.house.budget.free < free
    other = await server.signed_in()
    with monkeypatch.context() as patch:
        patch.setattr(server.mail.accounts, "mailboxes", away)
        server.mail.hub.publish((await server.mail.principal("alice")).account_id)
        assert (await watcher.response()).startswith(b"* OK [NOTIFICATIONOVERFLOW] ")
        assert (await watcher.do("NOTIFY SET (personal (MessageNew MessageExpunge))"))[-1].startswith(b"NO [UNAVAILABLE]")
    await other.append("Junk", MAIL)
    assert await _silent(watcher)
    assert server.house.budget.free == free


async def test_without_a_hint(server: ImapServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "LOOK_SECONDS", 0.05)
    monkeypatch.setattr(server.mail.hub, "publish", lambda _: None)
    watcher = await server.signed_in()
    await watcher.ok("NOTIFY SET (inboxes (MessageNew MessageExpunge))")
    await server.put(MAIL)
    assert (await watcher.response()).startswith(b"* STATUS INBOX (MESSAGES 1 ")


async def test_the_end_of_a_session_ends_its_watch(server: ImapServer) -> None:
    free = server.house.budget.free
    watcher = await server.signed_in()
    await watcher.ok("NOTIFY SET (personal (MessageNew MessageExpunge))")
    await watcher.ok("NOTIFY SET (personal (MailboxName))")
    await watcher.close()
    await eventually(lambda: server.house.budget.free == free)


async def test_memory_is_paid_for(server: ImapServer) -> None:
    watcher = await server.signed_in()
    budget = server.house.budget
    held = budget.free
    assert budget.take(held)
    assert (await watcher.do("NOTIFY SET (personal (MailboxName))"))[-1].startswith(b"NO [UNAVAILABLE]")
    budget.give(held)
    assert (await watcher.do("NOTIFY SET " + "(personal NONE) " * 100 + "(personal NONE)"))[-1].startswith(b"NO [LIMIT]")
