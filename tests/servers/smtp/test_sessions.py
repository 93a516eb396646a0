"""Golden dialogues with the real server over the loopback interface."""

import asyncio
import ssl
from pathlib import Path

import pytest
from tests.support.mail_house import HOSTNAME, mail_house
from tests.support.session import converse, load, sessions
from tests.support.smtp_server import smtp_server

from posthouse.bootstrap.certificate import create_certificate
from posthouse.model.settings.guard import CONNECTIONS_LIMITED
from posthouse.servers.smtp.roles import Role
from posthouse.transport.tls import server_context

FOLDER = Path(__file__).parents[2] / "sessions" / "smtp" / "house"


@pytest.mark.parametrize("path", sessions(FOLDER), ids=lambda path: path.stem)
async def test_session(path: Path, tmp_path: Path) -> None:
    session = load(path)
    role = Role[session.settings["role"]]
    trust = ssl.create_default_context()
    trust.check_hostname = False
    trust.verify_mode = ssl.CERT_NONE
    async with mail_house(tmp_path) as house:
        await house.set(CONNECTIONS_LIMITED, False)
        create_certificate(tmp_path / "pem", tmp_path / "key", HOSTNAME, house.clock.now())
        context = server_context(tmp_path / "pem", tmp_path / "key") if role is Role.SUBMISSION else None
        async with smtp_server(house, role, context) as address:
            reader, writer = await asyncio.open_connection(*address)

            async def happen(word: str, _: str) -> None:
                assert word == "tls"
                await writer.start_tls(trust)

            await converse(session, reader, writer, happen)
            assert await reader.read() == b""
            writer.close()
