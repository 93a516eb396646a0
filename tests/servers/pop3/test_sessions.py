"""Golden dialogues with the real server over the loopback interface."""

import asyncio
import ssl
from pathlib import Path

import pytest
from tests.support.mail_house import HOSTNAME, listening, mail_house
from tests.support.session import converse, load, sessions

from posthouse.adapters.limiter.local import LocalLimiter
from posthouse.bootstrap.certificate import create_certificate
from posthouse.model.content import Content
from posthouse.model.delivery import Append
from posthouse.servers.pop3.house import House
from posthouse.servers.pop3.session import Pop3Session
from posthouse.transport.tls import server_context

FOLDER = Path(__file__).parents[2] / "sessions" / "pop3" / "house"
MESSAGE = b"Subject: one\r\n\r\n.first\r\n\r\n"


@pytest.mark.parametrize("path", sessions(FOLDER), ids=lambda path: path.stem)
async def test_session(path: Path, tmp_path: Path) -> None:
    trust = ssl.create_default_context()
    trust.check_hostname = False
    trust.verify_mode = ssl.CERT_NONE
    async with mail_house(tmp_path) as house:
        alice = await house.directory.account_at("alice@example.test")
        assert alice is not None
        inbox = (await house.accounts.mailboxes(alice.id))[0]
        await house.accounts.append(alice.id, inbox.id, [Append(Content(MESSAGE), 0.0)])
        create_certificate(tmp_path / "pem", tmp_path / "key", HOSTNAME, house.clock.now())
        pop3 = House(
            HOSTNAME,
            house.accounts,
            house.authenticator,
            house.sessions,
            house.connections,
            LocalLimiter(house.clock),
            house.settings,
            house.clock,
            house.budget,
            server_context(tmp_path / "pem", tmp_path / "key"),
        )
        async with listening(lambda wire: Pop3Session(pop3, wire)) as address:
            reader, writer = await asyncio.open_connection(*address)

            async def happen(word: str, _: str) -> None:
                assert word == "tls"
                await writer.start_tls(trust)

            await converse(load(path), reader, writer, happen)
            assert await reader.read() == b""
            writer.close()
        assert await house.inbox("alice") == []
