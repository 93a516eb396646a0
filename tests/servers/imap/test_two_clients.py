"""Two clients on one mailbox see each other's changes, and come to the same view without reconnecting."""

import asyncio
import random
import re

import pytest
from tests.support.imap_messages import PLAIN
from tests.support.imap_server import Client, ImapServer

from posthouse.protocols.imap.grammar.cursor import Cursor
from posthouse.protocols.imap.grammar.sequence_set import sequence_set

_FLAGS = re.compile(rb"\* (\d+) FETCH \(UID (\d+) FLAGS \(([^()]*)\)(?: MODSEQ \(\d+\))?\)")
_TOLD = re.compile(rb"\* \d+ FETCH \(UID (\d+) .*?FLAGS \(([^()]*)\)")
_UID_FLAGS = re.compile(rb"\* (\d+) UIDFETCH \((?:UID \d+ )?FLAGS \(([^()]*)\)(?: MODSEQ \(\d+\))?\)")


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
    """What a client believes, from what it was told; ``enabled`` says how it wants to be told."""

    def __init__(self, client: Client, enabled: str = "") -> None:
        self.client = client
        self.enabled = enabled
        self.uid_only = "UIDONLY" in enabled
        self.uids: list[int | None] = []
        self.flags: dict[int, frozenset[bytes]] = {}

    async def begin(self) -> None:
        if self.enabled:
            await self.client.ok(f"ENABLE {self.enabled}")
        await self.do("SELECT INBOX")

    async def do(self, command: str) -> None:
        for line in await self.client.do(command):
            self.hear(line)
        if None not in self.uids:
            return
        if self.uid_only:
            question = "UID FETCH 1:* (UID FLAGS)"
        else:
            unknown = [number for number, uid in enumerate(self.uids, 1) if uid is None]
            question = f"FETCH {unknown[0]}:{unknown[-1]} (UID FLAGS)"
        for line in await self.client.ok(question):
            self.hear(line)

    def hear(self, line: bytes) -> None:
        if match := re.fullmatch(rb"\* (\d+) EXISTS", line):
            self.uids += [None] * (int(match[1]) - len(self.uids))
            assert len(self.uids) == int(match[1])
        elif match := re.fullmatch(rb"\* (\d+) EXPUNGE", line):
            assert not self.enabled
            del self.uids[int(match[1]) - 1]
        elif match := re.fullmatch(rb"\* VANISHED ([\d:,]+)", line):
            for low, high in sequence_set(Cursor(match[1])).ranges:
                for uid in range(low, high + 1):
                    self._vanish(uid)
        elif match := _FLAGS.fullmatch(line):
            assert not self.uid_only
            known = self.uids[int(match[1]) - 1]
            assert known in (None, int(match[2]))
            self.uids[int(match[1]) - 1] = int(match[2])
            self._learn(int(match[2]), match[3])
        elif match := _UID_FLAGS.fullmatch(line):
            uid = int(match[1])
            if uid not in self.uids:
                self.uids.remove(None)
                all_known = sorted([uid, *[other for other in self.uids if other is not None]])
                self.uids = [*all_known, *[None] * (len(self.uids) + 1 - len(all_known))]
            self._learn(uid, match[2])

    def _vanish(self, uid: int) -> None:
        """A client may be told of a message it knows the number of and has not asked about yet."""
        self.uids.remove(uid if uid in self.uids else None)

    def _learn(self, uid: int, flags: bytes) -> None:
        self.flags[uid] = frozenset(flags.split()) - {b"\\Recent"}

    def number(self, dice: random.Random) -> int:
        """One of its messages, as its commands name them; nought where it has none."""
        known = [uid for uid in self.uids if uid is not None] if self.uid_only else range(1, len(self.uids) + 1)
        return dice.choice(known) if known else 0

    async def check(self) -> None:
        await self.do("NOOP")
        lines = await self.client.ok("UID FETCH 1:* (UID FLAGS)")
        found = [_UID_FLAGS.fullmatch(line) if self.uid_only else _FLAGS.fullmatch(line) for line in lines]
        truth = {int(match[1] if self.uid_only else match[2]): match[match.lastindex or 0] for match in found if match}
        assert list(truth) == self.uids
        for uid, flags in truth.items():
            assert self.flags[uid] == frozenset(flags.split()) - {b"\\Recent"}


@pytest.mark.parametrize("seed", [7, 8])
async def test_clients_of_all_kinds_converge(server: ImapServer, seed: int) -> None:
    dice = random.Random(seed)
    kinds = ["", "", "QRESYNC", "IMAP4rev2 QRESYNC", "UIDONLY", "QRESYNC UIDONLY"]
    shadows = [Shadow(await server.signed_in(), kind) for kind in kinds]
    for shadow in shadows:
        await shadow.begin()

    async def act(shadow: Shadow) -> None:
        uid = "UID " if shadow.uid_only else ""
        for _ in range(25):
            number = shadow.number(dice)
            flag = dice.choice(["\\Seen", "\\Flagged", "\\Deleted", "work"])
            choice = dice.random()
            if choice < 0.25 or not number:
                await shadow.client.send(f"x APPEND INBOX {{{len(PLAIN)}+}}\r\n".encode() + PLAIN)
                for line in await shadow.client.until("x"):
                    shadow.hear(line.removesuffix(b"\r\n"))
                await shadow.do("NOOP")
            elif choice < 0.6:
                await shadow.do(f"{uid}STORE {number} {dice.choice('+-')}FLAGS ({flag})")
            elif choice < 0.7:
                await shadow.do("EXPUNGE")
            elif choice < 0.8:
                await shadow.do(f"UID SEARCH UID {number}:* UNSEEN")
            else:
                await shadow.do(f"{uid}FETCH {number} (UID FLAGS)")

    await asyncio.gather(*map(act, shadows))
    for shadow in shadows:
        await shadow.check()
    assert all(shadow.uids == shadows[0].uids for shadow in shadows)
    assert all(shadow.flags[uid or 0] == shadows[0].flags[uid or 0] for shadow in shadows for uid in shadow.uids)


async def test_a_client_may_lose_its_connection_at_any_moment_and_miss_nothing(server: ImapServer) -> None:
    """It keeps what it was told and the modification sequence it may count on, and is told the rest (RFC 7162 §6)."""
    dice = random.Random(5)
    for _ in range(6):
        await server.put(PLAIN)
    others = [await server.signed_in(mailbox="INBOX") for _ in range(2)]
    cache = Cache()
    for _ in range(12):
        client = await server.signed_in()
        await client.ok("ENABLE QRESYNC")
        cache.hear_all(await client.do(f"SELECT INBOX{cache.resync()}"))
        for line in await client.ok("UID FETCH 1:* (FLAGS)"):
            cache.hear(line, is_new=True)
        for _ in range(dice.randint(0, 4)):
            other = dice.choice(others)
            uid = dice.choice([*cache.flags, 1])
            await other.do(
                dice.choice(
                    [
                        f"UID STORE {uid} +FLAGS (\\Deleted)",
                        "EXPUNGE",
                        f"UID STORE {uid} -FLAGS (\\Deleted)",
                        f"UID STORE {uid} +FLAGS.SILENT (\\Flagged)",
                        f"UID COPY {uid} INBOX",
                    ]
                )
            )
            own = dice.choice([*cache.flags, 1])
            cache.hear_all(
                await client.do(
                    dice.choice([f"UID STORE {own} +FLAGS (x{own})", f"UID FETCH {own} (FLAGS)", "NOOP", "FETCH 1 UID"])
                )
            )
        await client.close()
    client = await server.signed_in()
    await client.ok("ENABLE QRESYNC")
    cache.hear_all(await client.do(f"SELECT INBOX{cache.resync()}"))
    truth = Cache()
    for line in await client.ok("UID FETCH 1:* (FLAGS)"):
        truth.hear(line, is_new=True)
    known = max(cache.flags, default=0)
    assert cache.flags == {uid: flags for uid, flags in truth.flags.items() if uid <= known}


class Cache:
    """What a program keeps of a mailbox between connections."""

    def __init__(self) -> None:
        self.uid_validity = 0
        self.mod_sequence = 0
        self.flags: dict[int, frozenset[bytes]] = {}

    def resync(self) -> str:
        return f" (QRESYNC ({self.uid_validity} {self.mod_sequence}))" if self.mod_sequence else ""

    def hear_all(self, lines: list[bytes]) -> None:
        for line in lines:
            self.hear(line)
        self.commit(lines)

    def hear(self, line: bytes, *, is_new: bool = False) -> None:
        """``is_new``: new messages are being fetched; of those it has not fetched yet it keeps nothing."""
        if match := re.match(rb"\* OK \[UIDVALIDITY (\d+)", line):
            self.uid_validity = int(match[1])
        elif match := re.match(rb"\* VANISHED (?:\(EARLIER\) )?([\d:,]+)", line):
            ranges = sequence_set(Cursor(match[1])).ranges
            self.flags = {uid: flags for uid, flags in self.flags.items() if not any(low <= uid <= high for low, high in ranges)}
        elif (match := _TOLD.match(line)) and (is_new or int(match[1]) in self.flags):
            self.flags[int(match[1])] = frozenset(match[2].split()) - {b"\\Recent"}

    def commit(self, lines: list[bytes]) -> None:
        """After a command: HIGHESTMODSEQ counts whatever else was said, else the highest MODSEQ."""
        told = [int(number) for line in lines for number in re.findall(rb"\[HIGHESTMODSEQ (\d+)\]", line)]
        seen = [int(number) for line in lines for number in re.findall(rb"MODSEQ \((\d+)\)", line)]
        self.mod_sequence = told[-1] if told else max([self.mod_sequence, *seen])
