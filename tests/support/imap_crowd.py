"""A crowd of IMAP clients on one mailbox, each of which believes nothing: every line is checked against what it was told before."""

import asyncio
import contextlib
import random
import re
import time
from collections import Counter
from dataclasses import dataclass, field

_FLAGS = ("\\Seen", "\\Flagged", "\\Answered", "\\Draft", "$Forwarded", "work")
_LITERAL = re.compile(rb"\{(\d+)\}\r\n$")
_NUMBERED = re.compile(rb"\* (\d+) (EXISTS|RECENT|EXPUNGE|FETCH)(?: \((.*)\))?\r\n$", re.DOTALL)
_OTHER = re.compile(
    rb"\* (?:(?:OK|NO) (?:\[[^\]]+\] )?[^\r\n]+|FLAGS \([^)]*\)|SEARCH(?: \d+)*(?: \(MODSEQ \d+\))?|LIST \([^)]*\) \"/\" [^\r\n]+"
    rb"|ENABLED[A-Z0-9= ]*|ESEARCH [^\r\n]*|CAPABILITY [^\r\n]*|BYE [^\r\n]*)\r\n$"
)
_VANISHED = re.compile(rb"\* VANISHED(?P<earlier> \(EARLIER\))? (?P<uids>[0-9:,]+)\r\n$")
_UID = re.compile(rb"(?<![A-Z])UID (\d+)")
_TAGGED = re.compile(rb"(OK|NO) (?:\[([A-Z-]+)[^\]]*\] )?[^\r\n]+\r\n$")
_APPENDED = re.compile(rb"\[APPENDUID \d+ (\d+)\]")
_MODSEQ = re.compile(rb"\[HIGHESTMODSEQ (\d+)\]")
_VALIDITY = re.compile(rb"\[UIDVALIDITY (\d+)\]")
EXCUSES = {b"EXPUNGEISSUED", b"UNAVAILABLE", b"INUSE"}
"""Codes with which a command may be refused because of what others do."""


class Wrong(AssertionError):
    """The server said what it must not say."""


@dataclass
class Record:
    """What the crowd has done together."""

    store_seconds: list[float] = field(default_factory=list)
    commands: Counter[str] = field(default_factory=Counter)
    refusals: Counter[bytes] = field(default_factory=Counter)
    appended: set[int] = field(default_factory=set)
    condemned: set[int] = field(default_factory=set)
    """UIDs that somebody has set out to remove."""


class Member:
    """One client with its own idea of the mailbox."""

    def __init__(self, port: int, user: str, password: str, record: Record, seed: int) -> None:
        self._port, self._user, self._password = port, user, password
        self._record = record
        self._dice = random.Random(seed)
        self._resyncs = seed % 2 == 1
        self._number = 0
        self._may_lose_messages = True
        self.uids: list[int | None] = []
        """By message number; None until the server has told which it is."""
        self._mod_sequence = self._validity = 0

    # one conversation

    async def connect(self) -> None:
        """Sign in and open the mailbox."""
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port, limit=1 << 24)
        await self._line()
        await self.ask(f"LOGIN {self._user} {self._password}")
        if self._resyncs:
            await self.ask("ENABLE QRESYNC")
        await self._select()

    async def close(self) -> None:
        """Hang up, with or without a word."""
        if self._dice.random() < 0.5:
            with contextlib.suppress(ConnectionError):
                await self.ask("LOGOUT")
        self.hang_up()

    def hang_up(self) -> None:
        """Let the connection go, if there is one."""
        if hasattr(self, "_writer"):
            self._writer.transport.abort()

    async def ask(self, line: str, literal: bytes | None = None, *, by_number: bool = False) -> list[bytes]:
        """Give one command; returns its responses, the tagged one last. Raises: Wrong."""
        self._number += 1
        tag = b"t%d " % self._number
        self._may_lose_messages = not by_number
        self._record.commands[line.partition(" ")[0]] += 1
        octets = tag + line.encode() + (b"" if literal is None else b" {%d+}\r\n%b" % (len(literal), literal)) + b"\r\n"
        self._writer.write(octets)
        said: list[bytes] = []
        while True:
            response = await self._line()
            said.append(response)
            if response.startswith(tag):
                break
            self._take(response)
        self._may_lose_messages = True
        self._judge(octets, said[-1][len(tag) :])
        return said

    async def _line(self) -> bytes:
        line = await asyncio.wait_for(self._reader.readline(), 60)
        if not line.endswith(b"\r\n"):
            raise Wrong(f"the connection ended within {line!r}")
        while found := _LITERAL.search(line):
            line += await self._reader.readexactly(int(found[1])) + await self._reader.readline()
        return line

    def _judge(self, command: bytes, answer: bytes) -> None:
        found = _TAGGED.match(answer)
        if found is None:
            raise Wrong(f"{command[:200]!r} was answered {answer!r}")
        if found[1] == b"NO":
            self._record.refusals[found[2]] += 1
            if found[2] not in EXCUSES:
                raise Wrong(f"{command[:200]!r} was refused: {answer!r}")
        if (told := _MODSEQ.search(answer)) is not None:
            self._mod_sequence = int(told[1])

    def _take(self, line: bytes) -> None:
        if (numbered := _NUMBERED.match(line)) is not None:
            self._numbered(line, int(numbered[1]), numbered[2], numbered[3] or b"")
        elif (vanished := _VANISHED.match(line)) is not None:
            self._vanished(line, vanished["uids"], is_earlier=vanished["earlier"] is not None)
        elif _OTHER.match(line) is None:
            raise Wrong(f"what is {line[:200]!r}?")
        elif (told := _MODSEQ.search(line)) is not None:
            self._mod_sequence = int(told[1])
        elif (told := _VALIDITY.search(line)) is not None:
            self._validity = int(told[1])

    def _numbered(self, line: bytes, number: int, what: bytes, items: bytes) -> None:
        if what == b"EXISTS":
            if number < len(self.uids):
                raise Wrong(f"{len(self.uids)} messages became {number} without a word")
            self.uids += [None] * (number - len(self.uids))
        elif what == b"EXPUNGE":
            if self._resyncs or not self._may_lose_messages or not 1 <= number <= len(self.uids):
                raise Wrong(f"{line!r} at the wrong time, of {len(self.uids)}")
            del self.uids[number - 1]
        elif what == b"FETCH":
            if not 1 <= number <= len(self.uids):
                raise Wrong(f"{line[:100]!r} of {len(self.uids)}")
            if (uid := _UID.search(items)) is not None:
                self._learn(line, number - 1, int(uid[1]))

    def _learn(self, line: bytes, position: int, uid: int) -> None:
        if self.uids[position] not in (None, uid):
            raise Wrong(f"message {position + 1} was {self.uids[position]}: {line[:100]!r}")
        self.uids[position] = uid

    def _vanished(self, line: bytes, text: bytes, *, is_earlier: bool) -> None:
        if not self._resyncs or not self._may_lose_messages:
            raise Wrong(f"{line!r} at the wrong time")
        if is_earlier:
            return
        gone = {uid for low, high in map(_range, text.split(b",")) for uid in range(low, high + 1)}
        kept = [uid for uid in self.uids if uid not in gone]
        missing = len(gone) - (len(self.uids) - len(kept))
        if missing > self.uids.count(None):
            raise Wrong(f"{line!r} names messages that were never here")
        # A client that did not know their UIDs yet cannot tell which numbers they had: it learns all of them anew.
        self.uids = [None] * (len(self.uids) - len(gone)) if missing else kept

    # what it does

    async def work(self, until: float) -> None:
        """Do this and that until the time is over."""
        await self.connect()
        deeds = [self._look, self._look, self._mark, self._mark, self._mark_by_uid, self._put, self._put, self._copy, self._remove]
        deeds += [self._find, self._wait, self._rest, self._come_back]
        while time.monotonic() < until:
            await self._dice.choice(deeds)()

    async def settle(self) -> dict[int, frozenset[bytes]]:
        """Look at everything once more: flags by UID, Recent left out."""
        await self.ask("NOOP")
        said = await self.ask("FETCH 1:* (UID FLAGS)", by_number=True) if self.uids else []
        found = {}
        for line in said[:-1]:
            if (flags := re.search(rb"FLAGS \(([^)]*)\)", line)) is not None and (uid := _UID.search(line)) is not None:
                found[int(uid[1])] = frozenset(flags[1].split()) - {b"\\Recent"}
        if list(found) != self.uids:
            raise Wrong(f"{len(found)} messages fetched, {len(self.uids)} known")
        return found

    async def _select(self) -> None:
        known = sorted(uid for uid in self.uids if uid is not None)
        self.uids = []
        if self._resyncs and self._validity and known:
            await self.ask(f"SELECT INBOX (QRESYNC ({self._validity} {self._mod_sequence} {known[0]}:{known[-1]}))")
        else:
            await self.ask("SELECT INBOX")
        await self._know_all()

    async def _know_all(self) -> None:
        """A client that is told UIDs only must know those of all messages."""
        while self._resyncs and None in self.uids:
            await self.ask(f"FETCH {self.uids.index(None) + 1}:* (UID)", by_number=True)

    def _numbers(self) -> str:
        low, high = sorted(self._dice.randint(1, len(self.uids)) for _ in range(2))
        return f"{low}:{min(high, low + 20)}"

    async def _known_uid(self) -> int | None:
        known = [uid for uid in self.uids if uid is not None]
        return self._dice.choice(known) if known else None

    async def _look(self) -> None:
        if self.uids:
            what = self._dice.choice(
                ["(FLAGS UID)", "(UID ENVELOPE)", "(UID BODY.PEEK[HEADER.FIELDS (SUBJECT)])", "(UID BODY.PEEK[])"]
            )
            await self.ask(f"FETCH {self._numbers()} {what}", by_number=True)
            await self._know_all()

    async def _mark(self) -> None:
        if self.uids:
            sign, flag = self._dice.choice("+-"), self._dice.choice(_FLAGS)
            number = self._dice.randint(1, len(self.uids))
            began = time.monotonic()
            await self.ask(f"STORE {number} {sign}FLAGS ({flag})", by_number=True)
            self._record.store_seconds.append(time.monotonic() - began)
            await self._know_all()

    async def _mark_by_uid(self) -> None:
        if (uid := await self._known_uid()) is not None:
            flag = self._dice.choice(_FLAGS)
            began = time.monotonic()
            await self.ask(f"UID STORE {uid} FLAGS.SILENT ({flag})")
            self._record.store_seconds.append(time.monotonic() - began)
            await self._know_all()

    async def _put(self) -> None:
        if len(self.uids) < 400:
            text = b"Subject: number %d\r\nFrom: crowd@example.com\r\n\r\nText.\r\n" % self._dice.randrange(10**9)
            said = await self.ask(f"APPEND INBOX ({self._dice.choice(_FLAGS)})", text)
            if (found := _APPENDED.search(said[-1])) is not None:
                self._record.appended.add(int(found[1]))
            await self._know_all()

    async def _copy(self) -> None:
        if (uid := await self._known_uid()) is not None and len(self.uids) < 400:
            await self.ask(f"UID COPY {uid} {self._dice.choice(['INBOX', 'Archive'])}")
            await self._know_all()

    async def _remove(self) -> None:
        if len(self.uids) < 50 or (uid := await self._known_uid()) is None:
            return
        way = self._dice.randrange(3)
        if way == 0:
            self._record.condemned.add(uid)
            await self.ask(f"UID MOVE {uid} Archive")
        else:
            known = sorted({uid, await self._known_uid() or uid, await self._known_uid() or uid})
            self._record.condemned.update(known)
            named = ",".join(map(str, known))
            await self.ask(f"UID STORE {named} +FLAGS.SILENT (\\Deleted)")
            await self.ask("EXPUNGE" if way == 1 else f"UID EXPUNGE {named}")
        await self._know_all()

    async def _find(self) -> None:
        wanted = self._dice.choice(["UNSEEN", "KEYWORD work", "SUBJECT number", "NOT DELETED SMALLER 1000", "BODY Text"])
        if self._dice.random() < 0.5:
            await self.ask(f"UID SEARCH {wanted}")
        else:
            await self.ask(f"SEARCH {wanted}", by_number=True)
        await self._know_all()

    async def _wait(self) -> None:
        """IDLE for a moment."""
        self._writer.write(b"i IDLE\r\n")
        self._record.commands["IDLE"] += 1
        while not (line := await self._line()).startswith(b"+ "):
            self._take(line)
        await asyncio.sleep(self._dice.uniform(0, 0.3))
        self._writer.write(b"DONE\r\n")
        while not (line := await self._line()).startswith(b"i "):
            self._take(line)
        await self._know_all()

    async def _rest(self) -> None:
        await self.ask(self._dice.choice(["NOOP", "CHECK"]))
        await self._know_all()

    async def _come_back(self) -> None:
        """Leave, and come back with what is remembered."""
        if self._dice.random() < 0.5:
            await self.ask("UNSELECT")
            await self._select()
        elif self._dice.random() < 0.3:
            await self.close()
            await self.connect()


def _range(text: bytes) -> tuple[int, int]:
    low, _, high = text.partition(b":")
    return int(low), int(high or low)


async def gather(members: list[Member], seconds: float) -> list[dict[int, frozenset[bytes]]]:
    """Let them work at once, then compare; returns what each sees in the end. Raises: Wrong."""
    until = time.monotonic() + seconds
    try:
        await asyncio.gather(*[member.work(until) for member in members])
        return [await member.settle() for member in members]
    finally:
        for member in members:
            member.hang_up()
        await asyncio.sleep(0)
