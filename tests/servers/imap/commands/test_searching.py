"""Searches against the whole server: results kept up to date stay right, and nobody searches for a client that is gone."""

import asyncio
import re
from collections.abc import Sequence

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.support.imap_messages import LETTERS
from tests.support.imap_server import Client, ImapServer
from tests.support.waiting import eventually

from posthouse.foundation.ids import AccountId, MailboxId
from posthouse.ports.search import Found, TextQuery

_UPDATE = re.compile(rb"(ADDTO|REMOVEFROM) \((\d+) ([\d:,]+)\)")
_happenings = st.lists(
    st.one_of(
        st.tuples(st.just("flag"), st.integers(0, 9), st.sampled_from(["\\Seen", "\\Flagged"])),
        st.tuples(st.just("unflag"), st.integers(0, 9), st.sampled_from(["\\Seen", "\\Flagged"])),
        st.tuples(st.just("deliver"), st.integers(0, 9), st.just("")),
        st.tuples(st.just("expunge"), st.integers(0, 9), st.just("")),
    ),
    max_size=6,
)


def _numbers(text: bytes) -> list[int]:
    numbers: list[int] = []
    for part in text.decode().split(","):
        low, _, high = part.partition(":")
        numbers += range(int(low), int(high or low) + 1)
    return numbers


class Kept:
    """The result as a client keeps it, by UID."""

    def __init__(self, tag: str, uids: list[int]) -> None:
        self.tag = tag.encode()
        self.uids = uids

    def hear(self, line: bytes) -> None:
        if not line.startswith(b'* ESEARCH (TAG "%b")' % self.tag):
            return
        for word, position, numbers in _UPDATE.findall(line):
            at = int(position) - 1
            if word == b"ADDTO":
                self.uids = sorted([*self.uids, *_numbers(numbers)]) if at < 0 else self._put(at, _numbers(numbers))
            else:
                gone = _numbers(numbers)
                assert at < 0 or self.uids[at : at + len(gone)] == gone
                self.uids = [uid for uid in self.uids if uid not in gone]

    def _put(self, at: int, numbers: list[int]) -> list[int]:
        return [*self.uids[:at], *numbers, *self.uids[at:]]


async def _uids(client: Client, command: str) -> list[int]:
    [line] = [line for line in await client.ok(command) if line.startswith((b"* SEARCH", b"* SORT"))]
    return [int(word) for word in line.split()[2:]]


async def _happen(other: Client, server: ImapServer, happening: tuple[str, int, str]) -> None:
    what, number, flag = happening
    uids = await _uids(other, "UID SEARCH ALL")
    if what == "deliver":
        await server.put(list(LETTERS.values())[number % len(LETTERS)])
    elif uids:
        uid = uids[number % len(uids)]
        if what == "expunge":
            await other.ok(f"UID STORE {uid} +FLAGS.SILENT (\\Deleted)")
            await other.ok(f"UID EXPUNGE {uid}")
        else:
            await other.ok(f"UID STORE {uid} {'+' if what == 'flag' else '-'}FLAGS.SILENT ({flag})")


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(happenings=_happenings)
async def test_results_kept_up_to_date_are_what_a_new_search_finds(
    server: ImapServer, happenings: list[tuple[str, int, str]]
) -> None:
    for letter in LETTERS.values():
        await server.put(letter)
    client, other = await server.signed_in(mailbox="INBOX"), await server.signed_in(mailbox="INBOX")
    searches = {
        "UID SEARCH RETURN (UPDATE) ": "OR UNSEEN FLAGGED",
        "UID SORT RETURN (UPDATE) ": "(SUBJECT REVERSE DATE) UTF-8 NOT SEEN",
    }
    kept = []
    for prefix, rest in searches.items():
        await client.ok(prefix + rest)
        tag = f"t{client._count}"
        kept.append(Kept(tag, await _uids(client, prefix.replace("RETURN (UPDATE) ", "") + rest)))
    for happening in happenings:
        await _happen(other, server, happening)
        for line in await client.ok("NOOP"):
            for result in kept:
                result.hear(line)
    for result, (prefix, rest) in zip(kept, searches.items(), strict=True):
        assert result.uids == await _uids(client, prefix.replace("RETURN (UPDATE) ", "") + rest)
    await server.hang_up()


class Endless:
    """A text search that never comes to its end."""

    def __init__(self) -> None:
        self.asked = 0

    async def find(
        self, account_id: AccountId, mailbox_id: MailboxId, uids: Sequence[int], query: TextQuery, start: int = 0
    ) -> Found:
        self.asked += 1
        await asyncio.sleep(0)
        return Found([], [], start)


async def test_nobody_searches_for_a_client_that_is_gone(server: ImapServer) -> None:
    server.house.text_search = endless = Endless()
    await server.put(LETTERS["plan"])
    client, other = await server.signed_in(mailbox="INBOX"), await server.signed_in(mailbox="INBOX")
    await client.send("s SEARCH TEXT x")
    await eventually(lambda: endless.asked > 0)
    assert await other.ok("NOOP") == [], "others are served meanwhile"
    client.writer.transport.abort()
    await asyncio.sleep(0.05)
    asked = endless.asked
    await asyncio.sleep(0.05)
    assert endless.asked == asked
