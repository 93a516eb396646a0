"""What RFC 9051 and RFC 7162 say of mailboxes and of what their clients know, in plain Python."""

import re
from dataclasses import dataclass, field

from tests.support.imap_server import Client

Flags = frozenset[bytes]
_EXISTS = re.compile(rb"\* (\d+) EXISTS")
_EXPUNGE = re.compile(rb"\* (\d+) EXPUNGE")
_VANISHED = re.compile(rb"\* VANISHED( \(EARLIER\))? ([\d:,]+)")
_FETCH = re.compile(rb"\* (\d+) FETCH \((.*)\)", re.DOTALL)
_UID = re.compile(rb"\bUID (\d+)")
_FLAGS = re.compile(rb"\bFLAGS \(([^()]*)\)")
_HIGHEST = re.compile(rb"\[HIGHESTMODSEQ (\d+)\]")
_MODSEQ = re.compile(rb"\bMODSEQ \((\d+)\)")
_VALIDITY = re.compile(rb"\[UIDVALIDITY (\d+)\]")


def numbers(text: bytes) -> list[int]:
    """``uid-set`` without ``*``."""
    found: list[int] = []
    for part in text.split(b","):
        low, _, high = part.partition(b":")
        found += range(int(low), int(high or low) + 1)
    return found


@dataclass
class Box:
    """A mailbox: flags by UID, ascending."""

    messages: dict[int, Flags] = field(default_factory=dict)
    uid_next: int = 1

    def add(self, flags: Flags) -> int:
        """A message comes."""
        uid = self.uid_next
        self.messages[uid] = flags
        self.uid_next += 1
        return uid

    def store(self, uid: int, sign: str, flags: Flags) -> None:
        """``+``, ``-`` or nothing before FLAGS."""
        held = self.messages[uid]
        self.messages[uid] = held | flags if sign == "+" else held - flags if sign == "-" else flags

    def expunge(self, among: set[int] | None = None) -> None:
        """Those with Deleted go."""
        for uid, flags in list(self.messages.items()):
            if b"\\Deleted" in flags and (among is None or uid in among):
                del self.messages[uid]


class Session:
    """One client and what it has been told."""

    def __init__(self, client: Client, kind: str) -> None:
        self.client = client
        self.kind = kind
        self.box = ""
        self.is_read_only = False
        self.uids: list[int] = []
        self.flags: dict[int, Flags] = {}
        """As told, of messages whose flags it has asked for or been told."""
        self.uid_validity: dict[str, int] = {}
        self.cached: dict[str, tuple[int, dict[int, Flags]]] = {}
        """By mailbox left: the modification sequence it may count on, and what it knew."""
        self.mod_sequence = 0
        self._fresh: list[int] = []
        self._unknown = 0

    @property
    def resyncs(self) -> bool:
        """Whether it has enabled QRESYNC."""
        return "QRESYNC" in self.kind

    async def do(self, command: str, *, by_number: bool = False) -> tuple[list[bytes], bytes]:
        """Give a command, take what is told and ask for the UIDs of new messages: the untagged responses, the tagged one."""
        *untagged, tagged = await self.client.do(command)
        assert not tagged.startswith(b"BAD"), (command, tagged)
        for line in untagged:
            self._hear(line, may_lose=not by_number)
        self._commit([*untagged, tagged])
        if self._unknown:
            await self._meet()
        return untagged, tagged

    async def _meet(self) -> None:
        """Ask for the UIDs and flags of messages of which only the number is known."""
        start = len(self.uids) + 1
        self._fresh = []
        untagged = await self.client.ok(f"FETCH {start}:* (UID FLAGS)")
        for line in untagged:
            self._hear(line, may_lose=False, meets=True)
        self._commit(untagged)
        assert len(self._fresh) == self._unknown, (self._fresh, self._unknown)
        assert self._fresh == sorted(self._fresh)
        self.uids += self._fresh
        assert self.uids == sorted(set(self.uids)), "UIDs ascend"
        self._unknown = 0

    def _hear(self, line: bytes, *, may_lose: bool, meets: bool = False) -> None:
        if (found := _EXISTS.fullmatch(line)) is not None:
            assert int(found[1]) >= len(self.uids) + self._unknown, "messages go only by EXPUNGE or VANISHED"
            self._unknown = int(found[1]) - len(self.uids)
        elif (found := _EXPUNGE.fullmatch(line)) is not None:
            assert may_lose, "no number may change while numbers are used"
            assert not self.resyncs
            self._lose(int(found[1]))
        elif (found := _VANISHED.fullmatch(line)) is not None:
            assert self.resyncs
            assert may_lose or found[1]
            for uid in numbers(found[2]):
                self._vanish(uid, is_earlier=found[1] is not None)
        elif (found := _FETCH.fullmatch(line)) is not None:
            self._fetched(int(found[1]), found[2], meets=meets)
        elif (told := _VALIDITY.search(line)) is not None:
            assert self.uid_validity.setdefault(self.box, int(told[1])) == int(told[1])

    def _lose(self, number: int) -> None:
        if number > len(self.uids):
            self._unknown -= 1
            assert self._unknown >= 0
        else:
            self.flags.pop(self.uids.pop(number - 1), None)

    def _vanish(self, uid: int, *, is_earlier: bool) -> None:
        if uid in self.uids:
            self.uids.remove(uid)
            self.flags.pop(uid, None)
        elif is_earlier:
            self.flags.pop(uid, None)
        else:
            self._unknown -= 1
            assert self._unknown >= 0

    def _fetched(self, number: int, items: bytes, *, meets: bool) -> None:
        uid, flags = _UID.search(items), _FLAGS.search(items)
        if number <= len(self.uids):
            assert uid is None or self.uids[number - 1] == int(uid[1])
            known = self.uids[number - 1]
        else:
            assert number <= len(self.uids) + self._unknown
            if uid is None:
                return
            known = int(uid[1])
            if meets and known not in self._fresh:
                self._fresh.append(known)
        if flags is not None:
            self.flags[known] = frozenset(flags[1].split()) - {b"\\Recent"}

    def _commit(self, lines: list[bytes]) -> None:
        told = [int(number) for line in lines for number in _HIGHEST.findall(line)]
        seen = [int(number) for line in lines for number in _MODSEQ.findall(line)]
        self.mod_sequence = told[-1] if told else max([self.mod_sequence, *seen])

    # selecting

    async def select(self, box: str, *, read_only: bool = False) -> bytes:
        """Open a mailbox, with what is remembered of it; returns the tagged response."""
        self.leave()
        self.box, self.is_read_only = box, read_only
        mod_sequence, known = self.cached.get(box, (0, {}))
        self.flags = dict(known)
        parameters = ""
        if self.resyncs and mod_sequence:
            parameters = f" (QRESYNC ({self.uid_validity[box]} {mod_sequence}))"
        _, tagged = await self.do(f"{'EXAMINE' if read_only else 'SELECT'} {box}{parameters}")
        return tagged

    def leave(self) -> None:
        """What a program does when it closes a mailbox, or when its connection is lost: it keeps what it knows."""
        if self.box and self.resyncs:
            self.cached[self.box] = self.mod_sequence, dict(self.flags)
        self.box, self.uids, self.flags, self._unknown, self.mod_sequence = "", [], {}, 0, 0
