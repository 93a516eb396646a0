"""Several sessions of different kinds against a model of the RFCs, in long random histories.

``POSTHOUSE_EXAMPLES`` says how many histories (``make soak``: 300), each of up to 40 commands.
"""

import asyncio
import os
import re
import shutil
import tempfile
from contextlib import AsyncExitStack
from pathlib import Path

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from tests.support.imap_model import Box, Flags, Session, numbers
from tests.support.imap_server import ImapServer, imap_server

EXAMPLES = int(os.environ.get("POSTHOUSE_EXAMPLES", "12"))
KINDS = ("", "IMAP4rev2", "CONDSTORE", "QRESYNC", "IMAP4rev2 QRESYNC")
NAMES = ("INBOX", "Other")
LETTER = b"Subject: a letter\r\n\r\nText.\r\n"
_OBSERVED = re.compile(rb"\* \d+ FETCH \(UID (\d+) FLAGS \(([^()]*)\) MODSEQ \((\d+)\)\)")
_MODIFIED = re.compile(rb"\[MODIFIED ([\d:,]+)\]")

sessions = st.integers(0, 4)
flags = st.frozensets(st.sampled_from([b"\\Seen", b"\\Deleted", b"\\Flagged", b"$Forwarded", b"work"]), min_size=1, max_size=3)
picks = st.lists(st.integers(0, 30), min_size=1, max_size=4)
names = st.sampled_from(NAMES)


class Histories(RuleBasedStateMachine):
    """Five clients, two mailboxes, and somebody who looks on."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.folder = Path(tempfile.mkdtemp(prefix="posthouse-model-"))
        self.stack = AsyncExitStack()
        self.boxes = {name: Box() for name in NAMES}
        self.mod_sequences: dict[str, dict[int, int]] = {name: {} for name in NAMES}
        self.highest: dict[str, int] = dict.fromkeys(NAMES, 0)
        self.sessions: list[Session] = []

    @initialize()
    def begin(self) -> None:
        self.runner.run(self._begin())

    async def _begin(self) -> None:
        self.server: ImapServer = await self.stack.enter_async_context(imap_server(self.folder))
        self.observer = await self.server.signed_in()
        await self.observer.ok("CREATE Other")
        await self.observer.ok("ENABLE CONDSTORE")
        for held in (b"\\Seen", b"\\Deleted", b"work", b"\\Flagged", b"\\Seen"):
            self.boxes["INBOX"].add(frozenset([held]))
            await self.observer.append("INBOX", LETTER, held.decode())
        for kind in KINDS:
            self.sessions.append(await self._connected(kind))
            await self.sessions[-1].select("INBOX")

    async def _connected(self, kind: str) -> Session:
        client = await self.server.signed_in()
        if kind:
            await client.ok(f"ENABLE {kind}")
        return Session(client, kind)

    def teardown(self) -> None:
        self.runner.run(self.stack.aclose())
        self.runner.close()
        shutil.rmtree(self.folder)

    # what the observer sees

    @invariant()
    def the_store_is_what_the_model_says(self) -> None:
        if self.sessions:
            self.runner.run(self._observe())

    async def _observe(self) -> None:
        for name, box in self.boxes.items():
            await self.observer.ok(f"EXAMINE {name}")
            seen: dict[int, tuple[Flags, int]] = {}
            for line in await self.observer.ok("UID FETCH 1:* (FLAGS MODSEQ)"):
                found = _OBSERVED.fullmatch(line)
                assert found, line
                seen[int(found[1])] = frozenset(found[2].split()) - {b"\\Recent"}, int(found[3])
            assert {uid: held for uid, (held, _) in seen.items()} == box.messages
            assert list(seen) == sorted(seen)
            self._check_mod_sequences(name, {uid: number for uid, (_, number) in seen.items()})
            [status] = await self.observer.ok(f"STATUS {name} (MESSAGES UIDNEXT UNSEEN DELETED HIGHESTMODSEQ)")
            told = dict(re.findall(rb"([A-Z]+) (\d+)", status.partition(b"(")[2]))
            assert int(told[b"MESSAGES"]) == len(box.messages)
            assert int(told[b"UIDNEXT"]) == box.uid_next
            assert int(told[b"UNSEEN"]) == sum(b"\\Seen" not in held for held in box.messages.values())
            assert int(told[b"DELETED"]) == sum(b"\\Deleted" in held for held in box.messages.values())
            highest = int(told[b"HIGHESTMODSEQ"])
            assert highest >= max([self.highest[name], *self.mod_sequences[name].values()])
            self.highest[name] = highest

    def _check_mod_sequences(self, name: str, seen: dict[int, int]) -> None:
        """What has changed is above everything before; what has not keeps its number (RFC 7162 §3.1)."""
        before = self.mod_sequences[name]
        for uid, number in seen.items():
            assert before.get(uid) == number or number > self.highest[name]
        self.mod_sequences[name] = seen

    # rules

    @rule(who=sessions, name=names, read_only=st.booleans())
    def select(self, who: int, name: str, read_only: bool) -> None:
        session = self.sessions[who]
        tagged = self.runner.run(session.select(name, read_only=read_only))
        assert tagged.startswith(b"OK [READ-ONLY]" if read_only else b"OK [READ-WRITE]")
        self._knows_all(session)

    @rule(who=sessions, name=names, held=flags)
    def append(self, who: int, name: str, held: Flags) -> None:
        session = self.sessions[who]
        uid = self.boxes[name].add(held)
        names_ = b" ".join(sorted(held)).decode()
        _, tagged = self._do(session, f"APPEND {name} ({names_}) {{{len(LETTER)}+}}\r\n{LETTER.decode()}")
        assert re.match(rb"OK \[APPENDUID \d+ %d\]" % uid, tagged), tagged
        self._knows_all(session)

    @rule(who=sessions, chosen=picks, sign=st.sampled_from(["+", "-", ""]), held=flags, silent=st.booleans(), by_uid=st.booleans())
    def store(self, who: int, chosen: list[int], sign: str, held: Flags, silent: bool, by_uid: bool) -> None:
        session = self.sessions[who]
        if not session.uids or session.is_read_only:
            return
        uids = self._chosen(session, chosen)
        action = f"{sign}FLAGS{'.SILENT' if silent else ''} ({b' '.join(sorted(held)).decode()})"
        command = f"{self._named(session, uids, by_uid=by_uid)} {action}"
        box = self.boxes[session.box]
        _, tagged = self._do(session, f"UID STORE {command}" if by_uid else f"STORE {command}", by_number=not by_uid)
        for uid in uids:
            if uid in box.messages:
                box.store(uid, sign, held)
                if silent:
                    self._believe(session, uid)
        self._is_excused(session, tagged, uids)
        if by_uid:
            self._knows_all(session)

    @rule(who=sessions, chosen=picks, held=flags, since=st.integers(0, 30))
    def store_unchanged_since(self, who: int, chosen: list[int], held: Flags, since: int) -> None:
        """RFC 7162 §3.1.3: who is above the number is left alone and named."""
        session = self.sessions[who]
        if not session.uids or session.is_read_only or ("STORE" not in session.kind and not session.resyncs):
            return
        box, known = self.boxes[session.box], self.mod_sequences[session.box]
        uids = self._chosen(session, chosen)
        limit = sorted(known.values())[since % len(known)] if known else 1
        named = ",".join(map(str, uids))
        _, tagged = self._do(session, f"UID STORE {named} (UNCHANGEDSINCE {limit}) +FLAGS ({b' '.join(sorted(held)).decode()})")
        left = [uid for uid in uids if uid in box.messages and known[uid] > limit]
        for uid in uids:
            if uid in box.messages and uid not in left:
                box.store(uid, "+", held)
        found = _MODIFIED.search(tagged)
        assert (numbers(found[1]) if found else []) == left, tagged
        self._knows_all(session)

    @rule(who=sessions, chosen=picks, by_uid=st.booleans())
    def expunge(self, who: int, chosen: list[int], by_uid: bool) -> None:
        session = self.sessions[who]
        if not session.box or session.is_read_only:
            return
        uids = self._chosen(session, chosen) if session.uids else []
        by_uid = by_uid and bool(uids)
        self.boxes[session.box].expunge(set(uids) if by_uid else None)
        _, tagged = self._do(session, f"UID EXPUNGE {','.join(map(str, uids))}" if by_uid else "EXPUNGE")
        assert tagged.startswith(b"OK")
        self._knows_all(session)

    @rule(who=sessions, chosen=picks, name=names, by_uid=st.booleans(), moves=st.booleans())
    def copy_or_move(self, who: int, chosen: list[int], name: str, by_uid: bool, moves: bool) -> None:
        session = self.sessions[who]
        if not session.uids or (moves and session.is_read_only):
            return
        uids = self._chosen(session, chosen)
        source, there = self.boxes[session.box], self.boxes[name]
        command = f"{'MOVE' if moves else 'COPY'} {self._named(session, uids, by_uid=by_uid)} {name}"
        _, tagged = self._do(session, f"UID {command}" if by_uid else command)
        here = [uid for uid in uids if uid in source.messages]
        is_whole = by_uid or len(here) == len(uids)
        assert tagged.startswith(b"OK" if is_whole else b"NO [EXPUNGEISSUED]"), tagged
        # A COPY is all or nothing (RFC 9051 §6.4.7); a MOVE moves what it can (RFC 6851 §3.3).
        for uid in here if is_whole or moves else ():
            there.add(source.messages[uid])
        for uid in here if moves else ():
            del source.messages[uid]
        self._knows_all(session)

    @rule(who=sessions)
    def noop(self, who: int) -> None:
        session = self.sessions[who]
        self._do(session, "NOOP")
        self._knows_all(session)

    @rule(who=sessions, chosen=picks)
    def fetch(self, who: int, chosen: list[int]) -> None:
        session = self.sessions[who]
        if session.uids:
            uids = self._chosen(session, chosen)
            self._do(session, f"FETCH {self._named(session, uids, by_uid=False)} (UID FLAGS)", by_number=True)
            held = self.boxes[session.box].messages
            assert all(session.flags[uid] == held[uid] for uid in uids if uid in held)

    @rule(who=sessions, flag=st.sampled_from(["SEEN", "UNSEEN", "DELETED", "FLAGGED", "KEYWORD work"]), by_uid=st.booleans())
    def search(self, who: int, flag: str, by_uid: bool) -> None:
        session = self.sessions[who]
        if not session.box:
            return
        known = list(session.uids)
        untagged, _ = self._do(session, f"{'UID ' if by_uid else ''}SEARCH RETURN (ALL) {flag}", by_number=not by_uid)
        [answer] = [line for line in untagged if line.startswith(b"* ESEARCH")]
        found = re.search(rb" ALL ([\d:,]+)", answer)
        got = numbers(found[1]) if found else []
        if not by_uid:
            got = [known[number - 1] for number in got]
        held = self.boxes[session.box].messages
        name = {"SEEN": b"\\Seen", "UNSEEN": b"\\Seen", "DELETED": b"\\Deleted", "FLAGGED": b"\\Flagged"}.get(flag, b"work")
        here = [uid for uid in known if uid in held]
        assert [uid for uid in got if uid in held] == [uid for uid in here if (name in held[uid]) is not (flag == "UNSEEN")]

    @rule(who=sessions, way=st.sampled_from(["CLOSE", "UNSELECT", "hang up"]))
    def leave(self, who: int, way: str) -> None:
        session = self.sessions[who]
        if way == "hang up":
            self.runner.run(self._hang_up(who))
        elif session.box:
            if way == "CLOSE" and not session.is_read_only:
                self.boxes[session.box].expunge()
            self._do(session, way)
            session.leave()

    async def _hang_up(self, who: int) -> None:
        session = self.sessions[who]
        await session.client.close()
        session.leave()
        fresh = await self._connected(session.kind)
        fresh.cached, fresh.uid_validity = session.cached, session.uid_validity
        self.sessions[who] = fresh

    @precondition(lambda self: any(session.box == "Other" for session in self.sessions))
    @rule()
    def rename_there_and_back(self) -> None:
        """Sessions that have it open do not notice; UIDs and UIDVALIDITY stay."""
        self.runner.run(self.observer.ok("UNSELECT"))
        self.runner.run(self.observer.ok("RENAME Other Another"))
        self.runner.run(self.observer.ok("RENAME Another Other"))

    # ways

    def _do(self, session: Session, command: str, *, by_number: bool = False) -> tuple[list[bytes], bytes]:
        return self.runner.run(session.do(command, by_number=by_number))

    def _chosen(self, session: Session, chosen: list[int]) -> list[int]:
        return sorted({session.uids[number % len(session.uids)] for number in chosen})

    def _named(self, session: Session, uids: list[int], *, by_uid: bool) -> str:
        return ",".join(str(uid if by_uid else session.uids.index(uid) + 1) for uid in uids)

    def _believe(self, session: Session, uid: int) -> None:
        """A client that stores in silence reckons by itself, if it knew the flags before."""
        if uid in session.flags:
            session.flags[uid] = self.boxes[session.box].messages[uid]

    def _is_excused(self, session: Session, tagged: bytes, uids: list[int]) -> None:
        """A command by number may be refused only for messages that are gone (RFC 9051 §7.1, EXPUNGEISSUED)."""
        gone = any(uid not in self.boxes[session.box].messages for uid in uids)
        assert tagged.startswith(b"OK") or (gone and tagged.startswith(b"NO [EXPUNGEISSUED]")), tagged

    def _knows_all(self, session: Session) -> None:
        """After a command in which everything may be told, everything is known."""
        if session.box:
            held = self.boxes[session.box].messages
            assert session.uids == list(held)
            assert all(session.flags[uid] == held[uid] for uid in session.uids if uid in session.flags)


Histories.TestCase.settings = settings(
    max_examples=EXAMPLES,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    print_blob=True,
    # A history takes a quarter of a second, so making a failing one smaller takes minutes: who wants that adds Phase.shrink.
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
)
TestHistories = Histories.TestCase
