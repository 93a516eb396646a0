"""The stores are run side by side over random histories: what one answers, the other answers too."""

import asyncio
import itertools
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.support.fakes import CountingEntropy, FakeClock

from posthouse.adapters.bus.hub import Hub
from posthouse.adapters.memory.account_store import MemoryAccountStore
from posthouse.adapters.sql.sqlite.accounts.store import SqliteAccountStore
from posthouse.foundation.errors import PosthouseError
from posthouse.foundation.ids import AccountId, DeliveryId, TraceId
from posthouse.model.content import Content
from posthouse.model.delivery import Append, Delivery
from posthouse.model.mailbox import FlagChange, FlagOperation, Mailbox, SpecialUse
from posthouse.ports.account_store import AccountStore

ALICE = AccountId(b"alice-alice-alic")
NAMES = ["INBOX", "Sent", "a", "a/b", "a/b/c", "b", "c"]

names = st.sampled_from(NAMES)
uids = st.lists(st.integers(1, 12), unique=True, max_size=8).map(sorted)
flags = st.integers(0, 31)
keywords = st.lists(st.sampled_from(["$a", "$b", "$c"]), unique=True, max_size=2).map(tuple)
texts = st.integers(0, 6)

operations = st.one_of(
    st.tuples(st.just("deliver"), texts, st.sampled_from([SpecialUse.INBOX, SpecialUse.SENT, SpecialUse.JUNK]), st.integers(0, 9)),
    st.tuples(st.just("append"), names, st.lists(st.tuples(texts, flags, keywords), max_size=3)),
    st.tuples(st.just("store"), names, uids, st.sampled_from(FlagOperation), flags, keywords, st.none() | st.integers(0, 40)),
    st.tuples(st.just("copy"), names, uids, names),
    st.tuples(st.just("move"), names, uids, names),
    st.tuples(st.just("expunge"), names, st.none() | uids, st.booleans()),
    st.tuples(st.just("create"), names, st.none() | st.sampled_from(list(SpecialUse))),
    st.tuples(st.just("rename"), names, names),
    st.tuples(st.just("delete"), names),
    st.tuples(st.just("subscribe"), names, st.booleans()),
    st.tuples(st.just("recent"), names),
    st.tuples(st.just("quota"), st.sampled_from([0, 300, 2_000])),
    st.tuples(st.just("purge"), st.integers(-5, 5)),
    st.tuples(st.just("wait"), st.integers(0, 10)),
)


def _message(number: int) -> bytes:
    refers = f"References: <{number - 2}@x>\r\n" if number % 3 == 0 else ""
    return f"Message-ID: <{number}@x>\r\n{refers}Subject: {number}\r\n\r\n{'x' * number * 40}\r\n".encode()


class _Run:
    """One store, its clock, and the history so far."""

    def __init__(self, store: AccountStore, clock: FakeClock) -> None:
        self.store, self.clock = store, clock

    async def box(self, name: str) -> Mailbox | None:
        return next((mailbox for mailbox in await self.store.mailboxes(ALICE) if mailbox.name == name), None)

    async def do(self, operation: tuple[Any, ...]) -> object:
        verb, *arguments = operation
        try:
            return await getattr(self, f"do_{verb}")(*arguments)
        except PosthouseError as error:
            return type(error).__name__

    async def do_deliver(self, text: int, use: SpecialUse, number: int) -> object:
        item = Delivery(DeliveryId(b"%016d" % number), TraceId(b"t" * 16), Content(_message(text)), 5.0, use)
        done = await self.store.deliver(ALICE, item)
        return done.uid, done.repeated

    async def do_append(self, name: str, items: list[tuple[int, int, tuple[str, ...]]]) -> object:
        mailbox = await self.box(name)
        appends = [Append(Content(_message(text)), 7.0, bits, words) for text, bits, words in items]
        return mailbox and (await self.store.append(ALICE, mailbox.id, appends)).uids

    async def do_store(
        self, name: str, chosen: list[int], operation: FlagOperation, bits: int, words: tuple[str, ...], since: int | None
    ) -> object:
        mailbox = await self.box(name)
        return mailbox and await self.store.store_flags(ALICE, mailbox.id, chosen, FlagChange(operation, bits, words, since))

    async def do_copy(self, name: str, chosen: list[int], target: str) -> object:
        source, destination = await self.box(name), await self.box(target)
        return source and destination and await self.store.copy(ALICE, source.id, chosen, destination.id)

    async def do_move(self, name: str, chosen: list[int], target: str) -> object:
        source, destination = await self.box(name), await self.box(target)
        return source and destination and await self.store.move(ALICE, source.id, chosen, destination.id)

    async def do_expunge(self, name: str, chosen: list[int] | None, forced: bool) -> object:
        mailbox = await self.box(name)
        return mailbox and await self.store.expunge(ALICE, mailbox.id, chosen, forced=forced)

    async def do_create(self, name: str, use: SpecialUse | None) -> object:
        return (await self.store.create_mailbox(ALICE, name, use)).uid_validity

    async def do_rename(self, name: str, new: str) -> object:
        mailbox = await self.box(name)
        if mailbox is not None:
            await self.store.rename_mailbox(ALICE, mailbox.id, new)
        return None

    async def do_delete(self, name: str) -> object:
        mailbox = await self.box(name)
        if mailbox is not None:
            await self.store.delete_mailbox(ALICE, mailbox.id)
        return None

    async def do_subscribe(self, name: str, subscribed: bool) -> object:
        await self.store.subscribe(ALICE, name, subscribed)
        return None

    async def do_recent(self, name: str) -> object:
        mailbox = await self.box(name)
        return mailbox and await self.store.claim_recent(ALICE, mailbox.id)

    async def do_quota(self, octets: int) -> object:
        await self.store.set_quota(ALICE, octets)
        return None

    async def do_purge(self, ago: int) -> object:
        return await self.store.purge_expunged(ALICE, self.clock.now() - ago)

    async def do_wait(self, seconds: int) -> object:
        self.clock.advance(seconds)
        return None

    async def picture(self) -> object:
        """All that can be seen, but for ids."""
        seen = []
        for mailbox in await self.store.mailboxes(ALICE):
            page = await self.store.placements(ALICE, mailbox.id)
            every = list(range(1, mailbox.uid_next))
            rows = (await self.store.fetch(ALICE, mailbox.id, every, ["size", "octets", "flags", "keywords", "saved_at"])).rows
            changes = await self.store.changes(ALICE, mailbox.id, max(0, mailbox.mod_sequence - 3))
            counters = (mailbox.name, mailbox.special_use, mailbox.uid_validity, mailbox.uid_next, mailbox.messages, mailbox.unseen)
            more = (mailbox.deleted, mailbox.size_octets, mailbox.recent_uid, mailbox.subscribed)
            seen.append((counters, more, page.uids, page.flags, page.keywords, rows, changes.changed.uids, changes.expunged))
        return seen, await self.store.subscriptions(ALICE)


async def _compare(history: list[tuple[Any, ...]], directory: Path) -> None:
    clocks = [FakeClock(), FakeClock()]
    sqlite = SqliteAccountStore(directory, 1, {}, Hub(), (clocks[0], CountingEntropy()))
    memory = MemoryAccountStore({}, Hub(), (clocks[1], CountingEntropy()))
    runs = [_Run(sqlite, clocks[0]), _Run(memory, clocks[1])]
    try:
        for run in runs:
            await run.store.create(ALICE, "person", [("Sent", SpecialUse.SENT), ("a", None)])
        for operation in history:
            answers = [await run.do(operation) for run in runs]
            assert _told(answers[0]) == _told(answers[1]), operation
        assert await runs[0].picture() == await runs[1].picture()
        assert await sqlite.verify(ALICE) == []
    finally:
        await asyncio.to_thread(sqlite.stop)


def _told(answer: object) -> object:
    """An answer without modification sequences, which stores may count differently."""
    if hasattr(answer, "stored"):
        return (answer.stored.uids, answer.stored.flags, answer.stored.keywords)
    if hasattr(answer, "source_uids") and hasattr(answer, "uids"):
        return (answer.uid_validity, answer.uids, answer.source_uids) if hasattr(answer, "uid_validity") else answer
    return answer


_directories = itertools.count()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(operations, min_size=8, max_size=40))
def test_random_histories_end_alike(history: list[tuple[Any, ...]]) -> None:
    with tempfile.TemporaryDirectory() as directory:
        asyncio.run(_compare(history, Path(directory)))
