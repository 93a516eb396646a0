"""An SMTP server of the house on the loopback interface, and a client that speaks lines."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from tests.support.mail_house import HOSTNAME, MailHouse, listening

from posthouse.servers.smtp.house import House
from posthouse.servers.smtp.roles import Role
from posthouse.servers.smtp.session import SmtpSession


@dataclass
class LineClient:
    """Says lines and reads replies."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    greeting: str = field(default="", init=False)

    async def reply(self) -> str:
        """One reply, its lines joined by LF; empty when the server has hung up."""
        lines: list[str] = []
        async with asyncio.timeout(10):
            while line := await self.reader.readline():
                lines.append(line.decode().removesuffix("\r\n"))
                if line[3:4] != b"-":
                    break
        return "\n".join(lines)

    async def say(self, *lines: str | bytes) -> str:
        """Say lines at once and read the reply to the last one; octets go out as they are."""
        octets = b"".join(line if isinstance(line, bytes) else f"{line}\r\n".encode() for line in lines)
        self.writer.write(octets)
        replies = [await self.reply() for line in lines if isinstance(line, str)]
        return replies[-1] if replies else ""

    async def send(self, octets: bytes, *recipients: str, sender: str = "eve@elsewhere.example") -> str:
        """Send a message with DATA; the last reply."""
        for line in (f"MAIL FROM:<{sender}>", *(f"RCPT TO:<{recipient}>" for recipient in recipients)):
            answer = await self.say(line)
            if not answer.startswith("250"):
                return answer
        answer = await self.say("DATA")
        if not answer.startswith("354"):
            return answer
        self.writer.write(octets + b".\r\n")
        return await self.reply()

    async def close(self) -> None:
        """Hang up."""
        self.writer.close()
        await self.writer.wait_closed()


def smtp_house(house: MailHouse, context: ssl.SSLContext | None = None) -> House:
    """What SMTP sessions need of a mail house."""
    return House(
        HOSTNAME,
        house.receiver,
        house.submitter,
        house.authenticator,
        house.sessions,
        house.connections,
        house.limiter,
        house.settings,
        house.urls,
        house.clock,
        context,
    )


@asynccontextmanager
async def smtp_server(
    house: MailHouse, role: Role = Role.MX, context: ssl.SSLContext | None = None
) -> AsyncIterator[tuple[str, int]]:
    """Serve a role; gives the address."""
    smtp = smtp_house(house, context)
    async with listening(lambda wire: SmtpSession(smtp, role, wire)) as address:
        yield address


@asynccontextmanager
async def connected(address: tuple[str, int]) -> AsyncIterator[LineClient]:
    """A client that has read the greeting."""
    client = LineClient(*await asyncio.open_connection(*address))
    client.greeting = await client.reply()
    try:
        yield client
    finally:
        client.writer.close()
