"""What every text search must find, whatever it looks into: the same as the words of a message say."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import apsw
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.support.fakes import CountingEntropy, FakeClock

from posthouse.adapters.bus.hub import Hub
from posthouse.adapters.memory.account_store import MemoryAccountStore
from posthouse.adapters.search.scanning import ScanningTextSearch
from posthouse.adapters.sql.sqlite.accounts.files import Places
from posthouse.adapters.sql.sqlite.accounts.store import SqliteAccountStore
from posthouse.bootstrap.storage import TEXT_COLUMNS, text_search
from posthouse.formats.collation import casemap
from posthouse.formats.header.searchable import lines
from posthouse.formats.mime.scanner import scan
from posthouse.foundation.errors import NotFound
from posthouse.foundation.ids import AccountId, MailboxId
from posthouse.model.content import Content
from posthouse.model.delivery import Append
from posthouse.ports.account_store import AccountStore
from posthouse.ports.search import TEXT_OCTETS, Found, Place, TextQuery, TextSearch
from posthouse.protocols.imap.projections.registry import PROJECTIONS
from posthouse.protocols.imap.projections.search_text import body_text

ALICE = AccountId(b"alice-alice-alic")
MESSAGES = [
    b"Subject: Plan\r\nFrom: Anna <anna@x>\r\nTo: b@y\r\nReceived: from relay\r\n\r\nWe meet at noon.\r\n",
    "Subject: Größe\r\nTo: anna@x\r\nTo: carl@y\r\nX-Plan: B\r\n\r\n".encode() + "Müller\r\nmeet\r\n".encode(),
    b"\r\n",
    b"Subject:\r\nList-Id: plan\r\nX-Other: list\r\n\r\nSubject: none",
    "Content-Type: text/plain; charset=utf-8\r\n\r\n会议 ガイド ＡＢＣ".encode(),
]


class House:
    """A store with alice's inbox, and the search over it."""

    def __init__(self, accounts: AccountStore, search: TextSearch) -> None:
        self.accounts = accounts
        self.search = search
        self.inbox = MailboxId(b"")
        self.uids: list[int] = []

    async def fill(self, messages: list[bytes]) -> None:
        await self.accounts.create(ALICE, "person", [])
        self.inbox = (await self.accounts.mailboxes(ALICE))[0].id
        self.uids = (await self.accounts.append(ALICE, self.inbox, [Append(Content(text), 0.0) for text in messages])).uids

    async def find(self, query: TextQuery, uids: list[int] | None = None) -> Found:
        """Every page."""
        asked = self.uids if uids is None else uids
        found, scores, start = list[int](), list[int](), 0
        while start < len(asked):
            page = await self.search.find(ALICE, self.inbox, asked, query, start)
            assert start < page.next_index <= len(asked)
            found += page.uids
            scores += page.scores
            start = page.next_index
        return Found(found, scores, start)


@asynccontextmanager
async def _sqlite(tmp_path: Path) -> AsyncIterator[House]:
    store = SqliteAccountStore(
        Places(tmp_path / "accounts", tmp_path / "marks"), 1, PROJECTIONS, Hub(), (FakeClock(), CountingEntropy())
    )
    yield House(store, text_search(store))
    store.stop()


@asynccontextmanager
async def _scanning(_tmp_path: Path) -> AsyncIterator[House]:
    store = MemoryAccountStore(PROJECTIONS, Hub(), (FakeClock(), CountingEntropy()))
    yield House(store, ScanningTextSearch(store, TEXT_COLUMNS, PROJECTIONS))


ADAPTERS: dict[str, Callable[[Path], Any]] = {"sqlite": _sqlite, "scanning": _scanning}


@pytest.fixture(params=ADAPTERS)
async def house(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[House]:
    async with ADAPTERS[request.param](tmp_path) as made:
        await made.fill(MESSAGES)
        yield made


def says(octets: bytes, query: TextQuery) -> bool:
    """The plain meaning of a query."""
    part, text = scan(octets), casemap(query.text)
    fields = [(line.name, line.text) for line in lines(octets, part.header_start, part.body_start)]
    if query.place is Place.FIELD:
        return any(name == query.field.upper().encode() and text in body for name, body in fields)
    in_header = query.place is Place.MESSAGE and any(text in name + b": " + body for name, body in fields)
    return in_header or text in body_text(octets, part)


_texts = st.sampled_from(
    [
        "",
        "plan",
        "PLAN",
        "meet",
        "größe",
        "GRO\u0308SSE",
        "subject",
        "subject: ",
        ": plan",
        "t: ",
        "anna@x",
        "none",
        "会议",
        "ab",
        "\n",
    ]
)
_fields = st.sampled_from(["subject", "to", "from", "cc", "x-plan", "list-id", "received", "plan"])
_queries = st.one_of(
    st.builds(TextQuery, st.just(Place.FIELD), _texts.filter(lambda text: text != "\n"), _fields),
    st.builds(TextQuery, st.sampled_from([Place.BODY, Place.MESSAGE]), _texts),
)


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(query=_queries, chosen=st.sets(st.integers(1, 5)))
async def test_it_finds_what_messages_say(house: House, query: TextQuery, chosen: set[int]) -> None:
    expected = [uid for uid, octets in zip(house.uids, MESSAGES, strict=True) if says(octets, query)]
    assert await house.find(query) == Found(expected, [100] * len(expected), 5)
    some = sorted(chosen)
    assert (await house.find(query, some)).uids == [uid for uid in expected if uid in chosen]


async def test_fuzzy_queries_find_more_and_say_how_well(house: House) -> None:
    assert (await house.find(TextQuery(Place.BODY, "muller"))).uids == []
    found = await house.find(TextQuery(Place.BODY, "muller", is_fuzzy=True))
    assert found.uids == [2]
    assert (await house.find(TextQuery(Place.FIELD, "grosse", "subject", is_fuzzy=True))).uids == [2]
    assert (await house.find(TextQuery(Place.FIELD, "b", "x-plan", is_fuzzy=True))).uids == [2]
    assert (await house.find(TextQuery(Place.FIELD, "plan", "x-other", is_fuzzy=True))).uids == []
    assert (await house.find(TextQuery(Place.MESSAGE, "subject: plan", is_fuzzy=True))).uids == [1, 2, 4]
    better, worse = (
        await house.find(TextQuery(Place.MESSAGE, "at noon", is_fuzzy=True)),
        await house.find(TextQuery(Place.MESSAGE, "noon at", is_fuzzy=True)),
    )
    assert better.uids == worse.uids == [1]
    assert better.scores > worse.scores


async def test_what_cannot_be_found_is_not_looked_for(house: House) -> None:
    assert (await house.find(TextQuery(Place.FIELD, "a\r\nb", "subject"))).uids == []
    assert (await house.find(TextQuery(Place.BODY, "x" * (TEXT_OCTETS + 1)))).uids == []


async def test_expunged_messages_are_searched_as_long_as_they_are_kept(house: House) -> None:
    await house.accounts.expunge(ALICE, house.inbox, [1], forced=True)
    assert (await house.find(TextQuery(Place.MESSAGE, "plan"))).uids == [1, 2, 4]
    assert (await house.find(TextQuery(Place.MESSAGE, "plan"), [1, 2, 77])).uids == [1, 2]


async def test_there_is_no_such_mailbox(house: House) -> None:
    with pytest.raises(NotFound):
        await house.search.find(ALICE, MailboxId(b"nothing".ljust(16)), [1], TextQuery(Place.BODY, "x"))


async def test_many_messages_take_many_pages(house: House) -> None:
    uids = (await house.accounts.append(ALICE, house.inbox, [Append(Content(MESSAGES[0]), 0.0)] * 300)).uids
    assert (await house.find(TextQuery(Place.BODY, "noon"), uids)).uids == uids
    scattered = uids[::3]
    assert (await house.find(TextQuery(Place.FIELD, "plan", "subject"), scattered)).uids == scattered


async def test_texts_that_were_never_made_are_made(tmp_path: Path) -> None:
    async with _sqlite(tmp_path) as house:
        await house.fill(MESSAGES)
        accounts = house.accounts
        assert isinstance(accounts, SqliteAccountStore)
        [path] = (tmp_path / "accounts").rglob("account.db")
        with apsw.Connection(str(path)) as db:
            db.execute("UPDATE projection_body_search SET text = NULL WHERE email = 1")
            db.execute("DELETE FROM projection_summary WHERE email = 2")
        assert (await house.find(TextQuery(Place.BODY, "meet"))).uids == [1, 2]
        assert (await house.find(TextQuery(Place.MESSAGE, "größe"))).uids == [2]
        assert (await house.find(TextQuery(Place.FIELD, "carl", "to"))).uids == [2]
        assert (await house.find(TextQuery(Place.FIELD, "carl", "to", is_fuzzy=True))).uids == [2]
