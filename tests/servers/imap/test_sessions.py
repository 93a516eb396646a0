"""The golden dialogues against the real server, in whole segments and octet by octet, and over a real socket."""

import asyncio
from pathlib import Path

import msgspec
import pytest
from tests.support.imap_messages import MESSAGES
from tests.support.imap_server import ImapServer
from tests.support.memory_wire import connected
from tests.support.session import Cut, Session, converse, load, octet_by_octet, sessions, whole

from posthouse.model.mailbox import Flag, FlagChange, FlagOperation
from posthouse.model.settings.registry import REGISTRY
from posthouse.servers.imap.driver import imap_sessions

FOLDER = Path(__file__).parents[2] / "sessions" / "imap"
LONG = {"append", "literals"}
"""Dialogues of many octets are not played octet by octet."""


class Elsewhere:
    """What others do to alice's inbox meanwhile."""

    def __init__(self, server: ImapServer) -> None:
        self._server = server

    async def happen(self, word: str, argument: str) -> None:
        if word == "deliver":
            await self._server.put(MESSAGES[argument])
            return
        account = await self._server.mail.directory.account_at("alice@example.test")
        assert account is not None
        accounts = self._server.mail.accounts
        inbox = (await accounts.mailboxes(account.id))[0].id
        uid, _, flag = argument.partition(" ")
        if word == "expunge":
            await accounts.expunge(account.id, inbox, [int(uid)], forced=True)
        elif word == "quota":
            await accounts.set_quota(account.id, int(uid), int(flag))
        elif word == "flag":
            change = FlagChange(FlagOperation.ADD, Flag[flag.removeprefix("\\").upper()])
            await accounts.store_flags(account.id, inbox, [int(uid)], change)
        else:
            raise ValueError(word)


async def _prepare(server: ImapServer, session: Session) -> None:
    for key, value in session.settings.items():
        await server.mail.set(REGISTRY[key], msgspec.json.decode(value.encode()))


@pytest.mark.parametrize("cut", [whole, octet_by_octet], ids=["whole", "octets"])
@pytest.mark.parametrize("path", sessions(FOLDER), ids=lambda path: path.stem)
async def test_dialogue(server: ImapServer, path: Path, cut: Cut) -> None:
    session = load(path)
    if cut is octet_by_octet and path.stem in LONG:
        cut = _cut_small
    await _prepare(server, session)
    reader, writer = connected(imap_sessions(server.house), cut)
    await converse(session, reader, writer, Elsewhere(server).happen)
    writer.close()
    await asyncio.sleep(0)
    assert not await _rest(reader), "answered too much"


@pytest.mark.parametrize("path", sessions(FOLDER), ids=lambda path: path.stem)
async def test_dialogue_over_a_socket(server: ImapServer, path: Path) -> None:
    session = load(path)
    await _prepare(server, session)
    reader, writer = await asyncio.open_connection(*server.address, limit=1 << 22)
    try:
        await converse(session, reader, writer, Elsewhere(server).happen)
    finally:
        writer.transport.abort()


def _cut_small(octets: bytes) -> list[bytes]:
    return [octets[at : at + 997] for at in range(0, len(octets), 997)]


async def _rest(reader: asyncio.StreamReader) -> bytes:
    async with asyncio.timeout(2):
        return await reader.read()
