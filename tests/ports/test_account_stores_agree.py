"""The stores are run side by side over random histories: what one answers, the others answer too.

Modification sequences are compared with the rest: every change of an account has the next number, and clients see them.
"""

import asyncio
import os
import tempfile
from collections.abc import Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.support.account_stores import ADAPTERS, ALICE, OpenStore
from tests.support.fakes import FakeClock

from posthouse.foundation.errors import PosthouseError
from posthouse.foundation.ids import AccountId, DeliveryId, TraceId
from posthouse.model.content import Content
from posthouse.model.delivery import Append, Delivery
from posthouse.model.mailbox import FlagChange, FlagOperation, Mailbox, SpecialUse
from posthouse.model.sharing.rights import Grant
from posthouse.ports.account_store import AccountStore

HISTORIES = int(os.environ.get("POSTHOUSE_HISTORIES", "15"))
"""Each costs some tenths of a second; ``make soak`` asks for many."""
NAMES = ["INBOX", "Sent", "a", "a/b", "a/b/c", "b", "c"]
VIEWERS = [None, AccountId(b"bob-bob-bob-bob-"), AccountId(b"carol-carol-caro")]

names = st.sampled_from(NAMES)
uids = st.lists(st.integers(1, 12), unique=True, max_size=8).map(sorted)
flags = st.integers(0, 31)
keywords = st.lists(st.sampled_from(["$a", "$b", "$c"]), unique=True, max_size=2).map(tuple)
texts = st.integers(0, 6)
viewers = st.sampled_from(VIEWERS)
identifiers = st.sampled_from(["anyone", "user:bob", "-anyone"])
entries = st.dictionaries(st.sampled_from(["/shared/a", "/private/a", "/private/B"]), st.none() | st.binary(max_size=3), max_size=3)

operations = st.one_of(
    st.tuples(st.just("deliver"), texts, st.sampled_from([SpecialUse.INBOX, SpecialUse.SENT, SpecialUse.JUNK]), st.integers(0, 9)),
    st.tuples(st.just("append"), names, st.lists(st.tuples(texts, flags, keywords), max_size=3), viewers),
    st.tuples(st.just("replace"), names, st.integers(1, 12), names, texts, flags, viewers),
    st.tuples(
        st.just("store"),
        names,
        uids,
        st.builds(
            FlagChange, st.sampled_from(FlagOperation), flags, keywords, st.none() | st.integers(0, 40), flags, st.booleans()
        ),
        viewers,
    ),
    st.tuples(st.just("copy"), names, uids, names),
    st.tuples(st.just("move"), names, uids, names),
    st.tuples(st.just("expunge"), names, st.none() | uids, st.booleans()),
    st.tuples(st.just("create"), names, st.none() | st.sampled_from(list(SpecialUse))),
    st.tuples(st.just("rename"), names, names),
    st.tuples(st.just("delete"), names),
    st.tuples(st.just("use"), names, st.none() | st.sampled_from(list(SpecialUse))),
    st.tuples(st.just("grant"), names, identifiers, st.integers(0, 3)),
    st.tuples(st.just("annotate"), st.none() | names, entries, viewers),
    st.tuples(st.just("subscribe"), names, st.booleans()),
    st.tuples(st.just("recent"), names),
    st.tuples(st.just("quota"), st.sampled_from([0, 300, 2_000]), st.sampled_from([0, 3, 20])),
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

    async def do_append(self, name: str, items: list[tuple[int, int, tuple[str, ...]]], viewer: AccountId | None) -> object:
        mailbox = await self.box(name)
        appends = [Append(Content(_message(text)), 7.0, bits, words) for text, bits, words in items]
        return mailbox and (await self.store.append(ALICE, mailbox.id, appends, viewer=viewer)).uids

    async def do_replace(self, name: str, uid: int, target: str, text: int, bits: int, viewer: AccountId | None) -> object:
        source, destination = await self.box(name), await self.box(target)
        item = Append(Content(_message(text)), 7.0, bits)
        return source and destination and await self.store.replace(ALICE, source.id, uid, destination.id, item, viewer=viewer)

    async def do_store(self, name: str, chosen: list[int], change: FlagChange, viewer: AccountId | None) -> object:
        mailbox = await self.box(name)
        return mailbox and await self.store.store_flags(ALICE, mailbox.id, chosen, change, viewer=viewer)

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

    async def do_use(self, name: str, use: SpecialUse | None) -> object:
        mailbox = await self.box(name)
        if mailbox is not None:
            await self.store.set_special_use(ALICE, mailbox.id, use)
        return None

    async def do_grant(self, name: str, identifier: str, rights: int) -> object:
        mailbox = await self.box(name)
        if mailbox is not None:
            await self.store.put_grant(ALICE, mailbox.id, Grant(identifier, rights))
        return None

    async def do_annotate(self, name: str | None, entries: dict[str, bytes | None], viewer: AccountId | None) -> object:
        mailbox = None if name is None else await self.box(name)
        if name is None or mailbox is not None:
            await self.store.annotate(ALICE, None if mailbox is None else mailbox.id, entries, viewer=viewer)
        return None

    async def do_subscribe(self, name: str, subscribed: bool) -> object:
        await self.store.subscribe(ALICE, name, subscribed)
        return None

    async def do_recent(self, name: str) -> object:
        mailbox = await self.box(name)
        return mailbox and await self.store.claim_recent(ALICE, mailbox.id)

    async def do_quota(self, octets: int, messages: int) -> object:
        await self.store.set_quota(ALICE, octets, messages)
        return None

    async def do_purge(self, ago: int) -> object:
        return await self.store.purge_expunged(ALICE, self.clock.now() - ago)

    async def do_wait(self, seconds: int) -> object:
        self.clock.advance(seconds)
        return None

    async def picture(self) -> object:
        """All that can be seen, but for ids."""
        seen: list[object] = []
        threads: dict[bytes, int] = {}
        for mailbox in await self.store.mailboxes(ALICE):
            every = list(range(1, mailbox.uid_next))
            rows = (await self.store.fetch(ALICE, mailbox.id, every, ["size", "octets", "keywords", "saved_at"])).rows
            ids = (await self.store.fetch(ALICE, mailbox.id, every, ["thread_id"])).rows
            seen.append((rows, [(uid, threads.setdefault(thread, len(threads))) for uid, thread in ids]))
            seen.append((await self.store.grants(ALICE, mailbox.id), mailbox.recent_uid, mailbox.subscribed))
            for viewer in VIEWERS:
                seen.append(await self.view(mailbox, viewer))
                seen.append(await self.store.annotations(ALICE, mailbox.id, viewer=viewer))
        seen.append([await self.store.annotations(ALICE, None, viewer=viewer) for viewer in VIEWERS])
        seen.append(len(await self.store.all_grants(ALICE)))
        return seen, await self.store.subscriptions(ALICE), await self.store.quota(ALICE)

    async def view(self, mailbox: Mailbox, viewer: AccountId | None) -> object:
        """What one viewer sees of a mailbox."""
        now = await self.store.mailbox(ALICE, mailbox.id, viewer=viewer)
        page = await self.store.placements(ALICE, mailbox.id, viewer=viewer)
        flags = (await self.store.fetch(ALICE, mailbox.id, page.uids, ["flags", "mod_sequence"], viewer=viewer)).rows
        changes = await self.store.changes(ALICE, mailbox.id, max(0, mailbox.mod_sequence - 3), viewer=viewer)
        counters = (now.name, now.special_use, now.uid_validity, now.uid_next, now.messages, now.unseen, now.deleted)
        return counters, now.size_octets, page, flags, changes


async def compare(history: list[tuple[Any, ...]], folder: Path, adapters: Mapping[str, OpenStore] = ADAPTERS) -> None:
    """Run a history on each store; they answer alike, and look alike in the end."""
    async with AsyncExitStack() as stack:
        runs = {}
        for name, adapter in adapters.items():
            (folder / name).mkdir()
            clock = FakeClock()
            runs[name] = _Run(await stack.enter_async_context(adapter(folder / name, clock)), clock)
            await runs[name].store.create(ALICE, "person", [("Sent", SpecialUse.SENT), ("a", None)])
        for operation in history:
            answers = {name: await run.do(operation) for name, run in runs.items()}
            assert all(answer == answers["memory"] for answer in answers.values()), (operation, answers)
        expected = await runs["memory"].picture()
        for name, run in runs.items():
            assert await run.picture() == expected, name
            assert await run.store.verify(ALICE) == [], name


@settings(max_examples=HISTORIES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(operations, min_size=8, max_size=40))
def test_random_histories_end_alike(history: list[tuple[Any, ...]]) -> None:
    with tempfile.TemporaryDirectory() as directory:
        asyncio.run(compare(history, Path(directory)))
