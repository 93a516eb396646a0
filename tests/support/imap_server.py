"""A real IMAP server over a real store on a loopback port, and a small client that sees every octet."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.support.mail_house import DOMAIN, PASSWORD, MailHouse, listening, mail_house

from posthouse.bootstrap.storage import text_search
from posthouse.model.content import Content
from posthouse.model.delivery import Append
from posthouse.model.settings.guard import CONNECTIONS_LIMITED
from posthouse.model.settings.signing_in import AUTH_PLAINTEXT_LOOPBACK
from posthouse.servers.imap.driver import imap_sessions
from posthouse.servers.imap.house import House

_LITERAL = re.compile(rb"\{(\d+)\}\r\n\Z")


class Client:
    """Sends lines, reads responses; a response is one line with its literals."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self.greeting = b""
        self._count = 0

    async def response(self, seconds: float = 5) -> bytes:
        """The next response, literals included; empty when the server has closed."""
        async with asyncio.timeout(seconds):
            found = await self.reader.readline()
            while literal := _LITERAL.search(found):
                found += await self.reader.readexactly(int(literal[1]))
                found += await self.reader.readline()
        return found

    async def until(self, tag: str) -> list[bytes]:
        """Responses up to the tagged one, which is the last."""
        found = [await self.response()]
        while not found[-1].startswith(tag.encode() + b" "):
            assert found[-1], found
            found.append(await self.response())
        return found

    async def send(self, text: str | bytes) -> None:
        """Send a line as it is; CRLF is added."""
        self.writer.write((text.encode() if isinstance(text, str) else text) + b"\r\n")
        await self.writer.drain()

    async def do(self, command: str | bytes) -> list[bytes]:
        """Send a command under a tag of its own; its responses without CRLF, the last without its tag."""
        self._count += 1
        tag = f"t{self._count}"
        await self.send(tag.encode() + b" " + (command.encode() if isinstance(command, str) else command))
        found = [line.removesuffix(b"\r\n") for line in await self.until(tag)]
        return [*found[:-1], found[-1].removeprefix(tag.encode() + b" ")]

    async def ok(self, command: str | bytes) -> list[bytes]:
        """Do a command that must succeed; its untagged responses."""
        *untagged, tagged = await self.do(command)
        assert tagged.startswith(b"OK"), tagged
        return untagged

    async def append(self, mailbox: str, message: bytes, flags: str = "") -> list[bytes]:
        """Append a message."""
        return await self.do(f"APPEND {mailbox} ({flags}) {{{len(message)}+}}\r\n".encode() + message)

    async def log_in(self, name: str = "alice") -> "Client":
        """Sign in."""
        await self.ok(f"LOGIN {name}@{DOMAIN} {PASSWORD}")
        return self

    async def close(self) -> None:
        """Hang up."""
        self.writer.close()
        await self.writer.wait_closed()


class ImapServer:
    """The server, and ways to reach it and what is behind it."""

    def __init__(self, mail: MailHouse, house: House, address: tuple[str, int]) -> None:
        self.mail = mail
        self.house = house
        self.address = address
        self._clients: list[Client] = []

    async def connect(self) -> Client:
        """A client that has read the greeting."""
        client = Client(*await asyncio.open_connection(*self.address))
        self._clients.append(client)
        client.greeting = await client.response()
        assert client.greeting.startswith((b"* OK ", b"* BYE "))
        return client

    async def signed_in(self, name: str = "alice", mailbox: str = "") -> Client:
        """A client that is signed in, and has a mailbox selected where one is named."""
        client = await (await self.connect()).log_in(name)
        if mailbox:
            await client.ok(f"SELECT {mailbox}")
        return client

    async def put(self, message: bytes, name: str = "alice", received_at: float = 1_700_000_000.0) -> None:
        """Put a message into somebody's inbox behind the server's back."""
        account = await self.mail.directory.account_at(f"{name}@{DOMAIN}")
        assert account is not None
        inbox = (await self.mail.accounts.mailboxes(account.id))[0]
        await self.mail.accounts.append(account.id, inbox.id, [Append(Content(message), received_at)])

    async def hang_up(self) -> None:
        """Close all clients."""
        for client in self._clients:
            client.writer.transport.abort()


@asynccontextmanager
async def imap_server(folder: Path) -> AsyncIterator[ImapServer]:
    """Serve IMAP without TLS to the loopback interface; alice and bob are there."""
    async with mail_house(folder) as mail:
        await mail.set(AUTH_PLAINTEXT_LOOPBACK, True)
        await mail.set(CONNECTIONS_LIMITED, False)
        house = House(
            mail.authenticator,
            mail.accounts,
            mail.spool,
            mail.hub,
            mail.clock,
            mail.settings,
            mail.sessions,
            mail.connections,
            mail.budget,
            text_search(mail.accounts),
            mail.directory,
            mail.urls,
            mail.audit,
        )
        async with listening(imap_sessions(house)) as address:
            server = ImapServer(mail, house, address)
            try:
                yield server
            finally:
                await server.hang_up()
                await asyncio.sleep(0.01)
                await house.stop()
