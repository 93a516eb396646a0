"""Two clients on one mailbox see each other's changes, and come to the same view without reconnecting."""

import asyncio
import random
import re

from tests.support.imap_messages import PLAIN
from tests.support.imap_server import Client, ImapServer

_FLAGS = re.compile(rb"\* (\d+) FETCH \(UID (\d+) FLAGS \((.*)\)\)")


async def test_idle_hears_at_once(server: ImapServer) -> None:
    idle, other = await server.signed_in(mailbox="INBOX"), await server.signed_in(mailbox="INBOX")
    await idle.send("i IDLE")
    assert (await idle.response()).startswith(b"+ ")
    await other.append("INBOX", PLAIN)
    assert await idle.response() == b"* 1 EXISTS\r\n"
    assert await idle.response() == b"* 1 RECENT\r\n"
    await other.ok("STORE 1 +FLAGS.SILENT (\\Seen $Work)")
    assert b"$Work" in await idle.response()
    assert b"$Work" in await idle.response()
    assert await idle.response() == b"* 1 FETCH (UID 1 FLAGS (\\Seen $Work \\Recent))\r\n"
    await other.ok("STORE 1 +FLAGS.SILENT (\\Deleted)")
    assert b"\\Deleted" in await idle.response()
    await other.ok("EXPUNGE")
    assert await idle.response() == b"* 1 EXPUNGE\r\n"
    await idle.send("DONE")
    assert (await idle.response()).startswith(b"i OK")


async def test_ones_own_silent_changes_are_not_told_and_others_are(server: ImapServer) -> None:
    await server.put(PLAIN)
    one, two = await server.signed_in(mailbox="INBOX"), await server.signed_in(mailbox="INBOX")
    assert await one.ok("STORE 1 +FLAGS.SILENT (\\Seen)") == []
    assert await two.ok("NOOP") == [b"* 1 FETCH (UID 1 FLAGS (\\Seen))"]
    assert await one.ok("NOOP") == []
    await two.ok("STORE 1 -FLAGS.SILENT (\\Seen)")
    assert await one.ok("NOOP") == [b"* 1 FETCH (UID 1 FLAGS (\\Recent))"]


async def test_a_mailbox_that_is_deleted_loses_its_messages(server: ImapServer) -> None:
    one, two = await server.signed_in(), await server.signed_in()
    await one.ok("CREATE box")
    await one.append("box", PLAIN)
    await one.ok("SELECT box")
    await two.ok("DELETE box")
    assert await one.ok("NOOP") == [b"* 1 EXPUNGE"]
    assert (await one.do("STORE 1 +FLAGS (\\Seen)"))[-1].startswith(b"BAD")
    assert await one.ok("UNSELECT") == []
    assert (await one.do("SELECT box"))[-1].startswith(b"NO [NONEXISTENT]")


async def test_a_rename_elsewhere_is_noticed(server: ImapServer) -> None:
    one, two = await server.signed_in(), await server.signed_in()
    await one.ok("CREATE box")
    await one.ok("STATUS box (MESSAGES)")
    await two.ok("RENAME box crate")
    assert (await one.do("STATUS box (MESSAGES)"))[-1].startswith(b"NO [NONEXISTENT]")
    assert await one.ok("STATUS crate (MESSAGES)") == [b"* STATUS crate (MESSAGES 0)"]


class Shadow:
    """What a client believes, from what it was told."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.uids: list[int | None] = []
        self.flags: dict[int, frozenset[bytes]] = {}

    async def do(self, command: str) -> None:
        for line in await self.client.do(command):
            self._hear(line)
        unknown = [number for number, uid in enumerate(self.uids, 1) if uid is None]
        if unknown:
            for line in await self.client.ok(f"FETCH {unknown[0]}:{unknown[-1]} (UID FLAGS)"):
                self._hear(line)

    def _hear(self, line: bytes) -> None:
        if match := re.fullmatch(rb"\* (\d+) EXISTS", line):
            self.uids += [None] * (int(match[1]) - len(self.uids))
            assert len(self.uids) == int(match[1])
        elif match := re.fullmatch(rb"\* (\d+) EXPUNGE", line):
            del self.uids[int(match[1]) - 1]
        elif match := _FLAGS.fullmatch(line):
            known = self.uids[int(match[1]) - 1]
            assert known in (None, int(match[2]))
            self.uids[int(match[1]) - 1] = int(match[2])
            self.flags[int(match[2])] = frozenset(match[3].split()) - {b"\\Recent"}

    async def check(self) -> None:
        await self.do("NOOP")
        truth = [_FLAGS.fullmatch(line) for line in await self.client.ok("FETCH 1:* (UID FLAGS)")]
        assert [int(match[2]) for match in truth if match] == self.uids
        for match in truth:
            assert match is not None
            assert self.flags[int(match[2])] == frozenset(match[3].split()) - {b"\\Recent"}


async def test_three_clients_converge(server: ImapServer) -> None:
    dice = random.Random(7)
    shadows = [Shadow(await server.signed_in()) for _ in range(3)]
    for shadow in shadows:
        await shadow.do("SELECT INBOX")

    async def act(shadow: Shadow) -> None:
        for _ in range(40):
            count = len(shadow.uids)
            number = dice.randint(1, count) if count else 0
            flag = dice.choice(["\\Seen", "\\Flagged", "\\Deleted", "work"])
            choice = dice.random()
            if choice < 0.3 or not count:
                await shadow.client.send(f"x APPEND INBOX {{{len(PLAIN)}+}}\r\n".encode() + PLAIN)
                for line in await shadow.client.until("x"):
                    shadow._hear(line.removesuffix(b"\r\n"))
                await shadow.do("NOOP")
            elif choice < 0.6:
                await shadow.do(f"STORE {number} {dice.choice('+-')}FLAGS ({flag})")
            elif choice < 0.7:
                await shadow.do("EXPUNGE")
            elif choice < 0.8:
                await shadow.do(f"UID SEARCH {number}:* UNSEEN")
            else:
                await shadow.do(f"FETCH {number} (UID FLAGS)")

    await asyncio.gather(*map(act, shadows))
    for shadow in shadows:
        await shadow.check()
    assert shadows[0].uids == shadows[1].uids == shadows[2].uids
    assert all(shadow.flags[uid or 0] == shadows[0].flags[uid or 0] for shadow in shadows for uid in shadow.uids)
