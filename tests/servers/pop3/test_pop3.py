"""POP3 over a real socket."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from tests.support.mail_house import HOSTNAME, PASSWORD, MailHouse, listening, mail_house
from tests.support.waiting import eventually

from posthouse.adapters.limiter.local import LocalLimiter
from posthouse.bootstrap.certificate import create_certificate
from posthouse.foundation.errors import Unavailable
from posthouse.foundation.ids import to_text
from posthouse.model.content import Content
from posthouse.model.delivery import Append
from posthouse.model.settings.guard import CONNECTIONS_LIMITED, CONNECTIONS_PER_ADDRESS
from posthouse.model.settings.programs import POP3_ERRORS, POP3_EXPIRE_DAYS, POP3_LOGIN_DELAY_SECONDS
from posthouse.model.settings.signing_in import AUTH_PLAINTEXT_LOOPBACK
from posthouse.ports.account_store import EMAIL_ID
from posthouse.servers.pop3 import dialogue, maildrop, reading
from posthouse.servers.pop3.house import House
from posthouse.servers.pop3.session import Pop3Session
from posthouse.transport.tls import server_context

MESSAGES = [b"Subject: one\r\n\r\n.first\r\nsecond\r\nthird\r\n", b"Subject: two\r\n\r\n" + b"x" * 70 + b"\r\n"]


class Client:
    """Says commands and reads responses."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self.greeting = ""

    async def line(self) -> str:
        async with asyncio.timeout(10):
            return (await self.reader.readline()).decode().removesuffix("\r\n")

    async def say(self, command: str) -> str:
        self.writer.write(f"{command}\r\n".encode())
        return await self.line()

    async def lines(self, command: str) -> list[str]:
        assert (await self.say(command)).startswith("+OK")
        found = []
        while (line := await self.line()) != ".":
            found.append(line)
        return found

    async def message(self, command: str) -> bytes:
        assert (await self.say(command)).startswith("+OK")
        async with asyncio.timeout(20):
            octets = await self.reader.readuntil(b"\r\n.\r\n")
        return (b"\r\n" + octets[:-3]).replace(b"\r\n.", b"\r\n")[2:]

    async def sign_in(self, name: str = "alice") -> str:
        await self.say(f"USER {name}@example.test")
        return await self.say(f"PASS {PASSWORD}")


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[MailHouse]:
    async with mail_house(tmp_path) as made:
        await made.set(CONNECTIONS_LIMITED, False)
        await made.set(AUTH_PLAINTEXT_LOOPBACK, True)
        yield made


@pytest.fixture
async def address(house: MailHouse, tmp_path: Path) -> AsyncIterator[tuple[str, int]]:
    create_certificate(tmp_path / "pem", tmp_path / "key", HOSTNAME, house.clock.now())
    context = server_context(tmp_path / "pem", tmp_path / "key")
    limiter = LocalLimiter(house.clock)
    pop3 = House(
        HOSTNAME,
        house.accounts,
        house.authenticator,
        house.sessions,
        house.connections,
        limiter,
        house.settings,
        house.clock,
        house.budget,
        context,
    )
    async with listening(lambda wire: Pop3Session(pop3, wire)) as made:
        yield made


@asynccontextmanager
async def connected(address: tuple[str, int]) -> AsyncIterator[Client]:
    client = Client(*await asyncio.open_connection(*address, limit=4_000_000))
    client.greeting = await client.line()
    try:
        yield client
    finally:
        client.writer.close()


async def fill(house: MailHouse, *messages: bytes) -> list[str]:
    """Put messages into alice's inbox; their unique ids."""
    account = await house.directory.account_at("alice@example.test")
    assert account is not None
    inbox = (await house.accounts.mailboxes(account.id))[0]
    placed = await house.accounts.append(account.id, inbox.id, [Append(Content(octets), 0.0) for octets in messages])
    page = await house.accounts.fetch(account.id, inbox.id, placed.uids, (EMAIL_ID,))
    return [to_text(row[1]) for row in page.rows]


async def test_reading(house: MailHouse, address: tuple[str, int]) -> None:
    ids = await fill(house, *MESSAGES)
    async with connected(address) as client:
        assert client.greeting == "+OK mx.example.test Posthouse POP3 ready"
        total = sum(map(len, MESSAGES))
        assert await client.sign_in() == f"+OK 2 messages, {total} octets"
        assert await client.say("STAT") == f"+OK 2 {total}"
        assert await client.lines("LIST") == [f"1 {len(MESSAGES[0])}", f"2 {len(MESSAGES[1])}"]
        assert await client.say("LIST 2") == f"+OK 2 {len(MESSAGES[1])}"
        assert await client.lines("UIDL") == [f"1 {ids[0]}", f"2 {ids[1]}"]
        assert await client.say("UIDL 1") == f"+OK 1 {ids[0]}"
        assert [await client.message(f"RETR {number}") for number in (1, 2)] == MESSAGES
        assert await client.message("TOP 1 1") == b"Subject: one\r\n\r\n.first\r\n"
        assert await client.message("TOP 1 0") == b"Subject: one\r\n\r\n"
        assert await client.say("RETR 3") == "-ERR no such message, there are 2"
        assert await client.say("NOOP") == "+OK"
        assert await client.say("QUIT") == "+OK goodbye"
        assert await client.line() == ""
    assert await house.inbox("alice") == MESSAGES


async def test_deleting_happens_at_quit(house: MailHouse, address: tuple[str, int]) -> None:
    await fill(house, *MESSAGES)
    async with connected(address) as client:
        await client.sign_in()
        assert (await client.say("DELE 1")).startswith("+OK")
        assert await client.say("DELE 1") == "-ERR message 1 is deleted"
        assert await client.say("STAT") == f"+OK 1 {len(MESSAGES[1])}"
        assert await client.lines("LIST") == [f"2 {len(MESSAGES[1])}"]
    async with connected(address) as client:
        await client.sign_in()
        for command in ("DELE 1", "DELE 2", "RSET", "DELE 2"):
            await client.say(command)
        assert len(await house.inbox("alice")) == 2
        assert await client.say("QUIT") == "+OK goodbye"
    assert await house.inbox("alice") == MESSAGES[:1]


async def test_two_devices_at_once(house: MailHouse, address: tuple[str, int]) -> None:
    await fill(house, *MESSAGES)
    async with connected(address) as phone, connected(address) as laptop:
        await phone.sign_in()
        assert (await laptop.sign_in()).startswith("+OK 2 messages")
        await phone.say("DELE 1")
        assert await phone.say("QUIT") == "+OK goodbye"
        assert await laptop.message("RETR 1") == MESSAGES[0]
        await laptop.say("DELE 1")
        await laptop.say("DELE 2")
        assert await laptop.say("QUIT") == "+OK goodbye"
    assert await house.inbox("alice") == []


async def test_deleting_that_fails_is_told(house: MailHouse, address: tuple[str, int], monkeypatch: pytest.MonkeyPatch) -> None:
    async def away(*_: object, **__: object) -> None:
        raise Unavailable("the store is away")

    await fill(house, *MESSAGES)
    async with connected(address) as client:
        await client.sign_in()
        await client.say("DELE 1")
        monkeypatch.setattr(house.accounts, "expunge", away)
        assert await client.say("QUIT") == "-ERR [SYS/TEMP] nothing was deleted: the store is away"
        assert await client.line() == ""


async def test_large_messages_are_streamed(house: MailHouse, address: tuple[str, int]) -> None:
    octets = b"Subject: big\r\n\r\n" + (b"." + b"x" * 900 + b"\r\n") * 1_000
    await fill(house, octets)
    async with connected(address) as client:
        await client.sign_in()
        assert await client.message("RETR 1") == octets
        assert await client.message("TOP 1 999") == octets[:-903]
        assert await client.message("TOP 1 5000") == octets


async def test_a_store_that_goes_away(house: MailHouse, address: tuple[str, int], monkeypatch: pytest.MonkeyPatch) -> None:
    await fill(house, b"Subject: big\r\n\r\n" + (b"x" * 998 + b"\r\n") * 600)
    read = house.accounts.read

    async def half(*arguments: object) -> bytes:
        if arguments[3] != 0:
            raise Unavailable("the store is away")
        return await read(*arguments)  # type: ignore[arg-type]  # handed through

    monkeypatch.setattr(house.accounts, "read", half)
    async with connected(address) as client:
        await client.sign_in()
        client.writer.write(b"RETR 1\r\n")
        octets = b""
        with pytest.raises(ConnectionError):  # noqa: PT012 - the end of a broken answer must not look like one
            while piece := await client.reader.read(65_536):
                octets += piece
            raise ConnectionResetError
        assert not octets.endswith(b"\r\n.\r\n")

    async def away(*_: object) -> bytes:
        raise Unavailable("the store is away")

    monkeypatch.setattr(house.accounts, "read", away)
    async with connected(address) as client:
        await client.sign_in()
        assert await client.say("RETR 1") == "-ERR [SYS/TEMP] the store is away"
        assert (await client.say("STAT")).startswith("+OK 1 ")


async def test_tls_first(house: MailHouse, address: tuple[str, int]) -> None:
    await house.set(AUTH_PLAINTEXT_LOOPBACK, False)
    async with connected(address) as client:
        capabilities = await client.lines("CAPA")
        assert "STLS" in capabilities
        assert "USER" not in capabilities
        assert (await client.say("USER alice@example.test")).startswith("-ERR [AUTH] STLS first")
        assert (await client.say("AUTH PLAIN")).startswith("-ERR [AUTH] STLS first")
        assert (await client.say("STLS")).startswith("+OK")
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        await client.writer.start_tls(context)
        capabilities = await client.lines("CAPA")
        assert {"USER", "SASL SCRAM-SHA-256 SCRAM-SHA-1 PLAIN LOGIN"} <= set(capabilities)
        assert "STLS" not in capabilities
        assert (await client.say("STLS")).startswith("-ERR")
        assert (await client.sign_in()).startswith("+OK 0 messages")


async def test_sasl(address: tuple[str, int]) -> None:
    async with connected(address) as client:
        assert await client.lines("AUTH") == ["SCRAM-SHA-256", "SCRAM-SHA-1", "PLAIN", "LOGIN"]
        assert (await client.say("AUTH CRAM-MD5")).startswith("-ERR no such")
        assert await client.say("AUTH LOGIN") == "+ VXNlcm5hbWU6"
        assert (await client.say("*")).startswith("-ERR authentication cancelled")
        assert (await client.say("AUTH PLAIN eABhAGI=")).startswith("-ERR [AUTH] signing in on behalf")
        assert (await client.say("AUTH PLAIN AGE=")).startswith("-ERR PLAIN wants")


async def test_wrong_passwords(address: tuple[str, int], monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    async with connected(address) as client:
        for _ in range(3):
            await client.say("USER alice@example.test")
            assert (await client.say("PASS wrong")).startswith("-ERR [AUTH]")
        assert await client.line() == ""
    assert waits == [1, 2, 3]


async def test_languages_and_utf8(address: tuple[str, int]) -> None:
    async with connected(address) as client:
        assert await client.lines("LANG") == ["en English", "zh 中文", "ja 日本語", "de Deutsch"]
        assert await client.say("LANG en-GB") == "+OK en these are the words"
        assert await client.say("LANG fr") == "-ERR that language is not spoken here"
        assert await client.say("LANG de-AT") == "+OK de Ab jetzt auf Deutsch"
        assert await client.say("PASS x") == "-ERR Zuerst USER"
        assert await client.say("LANG zh") == "+OK zh 现在使用中文"
        assert await client.sign_in() == "+OK 0 封邮件，0 字节"
        assert await client.say("RETR 7") == "-ERR 没有该邮件，共有 0 封"
        assert await client.say("LANG *") == "+OK en these are the words"
        assert await client.say("STAT") == "+OK 0 0"
    async with connected(address) as client:
        assert (await client.say("UTF8")).startswith("+OK")


async def test_login_delay(house: MailHouse, address: tuple[str, int]) -> None:
    await house.set(POP3_LOGIN_DELAY_SECONDS, 60)
    async with connected(address) as client:
        assert "LOGIN-DELAY 60 USER" in await client.lines("CAPA")
        assert (await client.sign_in()).startswith("+OK")
    async with connected(address) as client:
        assert (await client.sign_in()).startswith("-ERR [LOGIN-DELAY] too soon")


async def test_wrong_commands_end_the_connection(house: MailHouse, address: tuple[str, int]) -> None:
    await house.set(POP3_ERRORS, 5)
    async with connected(address) as client:
        assert [(await client.say("XYZZY"))[:4] for _ in range(5)] == ["-ERR"] * 5
        assert await client.line() == ""


async def test_silence_ends_the_connection(house: MailHouse, address: tuple[str, int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dialogue.Dialogue, "idle_seconds", 0.05)
    async with connected(address) as client:
        assert await client.line() == "-ERR nothing heard for too long, goodbye"
    await eventually(lambda: house.connections.open == 0)


async def test_limits_of_connections(house: MailHouse, address: tuple[str, int]) -> None:
    await house.set(CONNECTIONS_LIMITED, True)
    await house.set(CONNECTIONS_PER_ADDRESS, 1)
    async with connected(address) as client:
        async with connected(address) as second:
            assert second.greeting.startswith("-ERR [SYS/TEMP] too many connections")
        await client.sign_in()
        async with connected(address) as third:
            assert third.greeting.startswith("+OK")


async def test_a_revoked_password_ends_the_session(house: MailHouse, address: tuple[str, int]) -> None:
    principal = await house.principal("alice")
    async with connected(address) as client:
        await client.sign_in()
        assert principal.credential_id is not None
        await house.directory.remove_credentials(principal.account_id, [principal.credential_id])
        await house.sessions.review()
        assert (await client.line()).startswith("-ERR")
        assert await client.line() == ""


async def test_one_after_the_other_is_read_ahead(
    house: MailHouse, address: tuple[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    messages = [b"Subject: %d\r\n\r\n%b" % (number, b"x" * size) for number, size in enumerate((10, 20, 30, 300_000, 40, 50))]
    await fill(house, *messages)
    reads: list[object] = []
    read = house.accounts.read

    async def counted(*arguments: object) -> bytes:
        reads.append(arguments[2])
        return await read(*arguments)  # type: ignore[arg-type]  # handed through

    monkeypatch.setattr(house.accounts, "read", counted)
    free = house.budget.free
    async with connected(address) as client:
        await client.sign_in()
        await client.say("DELE 3")
        for number in (1, 2, 4, 5, 6, 2, 1):
            assert await client.message(f"RETR {number}") == messages[number - 1] + b"\r\n"
        await client.message("RETR 2")
        assert house.budget.free == free - reading.PAGE_OCTETS
        assert await client.say("QUIT") == "+OK goodbye"
    assert reads == [1, 4, 4, 2, 1]
    await eventually(lambda: house.budget.free == free)


async def test_without_memory_nothing_is_read_ahead(house: MailHouse, address: tuple[str, int]) -> None:
    await fill(house, *MESSAGES, *MESSAGES)
    assert house.budget.take(house.budget.free)
    async with connected(address) as client:
        await client.sign_in()
        assert [await client.message(f"RETR {number}") for number in (1, 2, 3, 4)] == MESSAGES * 2


async def test_long_listings_come_in_pages(house: MailHouse, address: tuple[str, int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(maildrop, "PAGE_MESSAGES", 2)
    ids = await fill(house, *MESSAGES, *MESSAGES, MESSAGES[0])
    async with connected(address) as client:
        await client.sign_in()
        await client.say("DELE 4")
        sizes = [len(MESSAGES[0]), len(MESSAGES[1])]
        assert await client.lines("LIST") == [f"1 {sizes[0]}", f"2 {sizes[1]}", f"3 {sizes[0]}", f"5 {sizes[0]}"]
        assert await client.lines("UIDL") == [f"{number} {ids[number - 1]}" for number in (1, 2, 3, 5)]
        assert await client.say("STAT") == f"+OK 4 {3 * sizes[0] + sizes[1]}"


async def test_unique_ids_survive_reindexing_and_moves(house: MailHouse, address: tuple[str, int]) -> None:
    ids = await fill(house, *MESSAGES)
    alice = (await house.principal("alice")).account_id
    inbox, junk = [mailbox.id for mailbox in await house.accounts.mailboxes(alice)]
    await house.accounts.reindex(alice)
    moved = await house.accounts.move(alice, inbox, [1], junk)
    await house.accounts.move(alice, junk, moved.uids, inbox)
    async with connected(address) as client:
        await client.sign_in()
        assert await client.lines("UIDL") == [f"1 {ids[1]}", f"2 {ids[0]}"]


class Days:
    """A clock that stands still, so many days from now."""

    def __init__(self, house: MailHouse) -> None:
        self.clock = house.clock
        self.passed = 0

    def now(self) -> float:
        return self.clock.now() + self.passed * 86_400

    def monotonic(self) -> float:
        return self.clock.monotonic()


@pytest.fixture
def days(house: MailHouse, monkeypatch: pytest.MonkeyPatch) -> Days:
    made = Days(house)
    monkeypatch.setattr(dialogue.Dialogue, "now", lambda _: made.now())
    return made


async def test_retrieved_mail_expires(house: MailHouse, address: tuple[str, int], days: Days) -> None:
    await house.set(POP3_EXPIRE_DAYS, 7)
    await fill(house, *MESSAGES, b"Subject: never taken\r\n\r\n")
    async with connected(address) as client:
        assert "EXPIRE 7 USER" in await client.lines("CAPA")
        await client.sign_in()
        assert "EXPIRE 7" in await client.lines("CAPA")
        await client.message("RETR 1")
        await client.message("TOP 3 0")
        assert await client.say("QUIT") == "+OK goodbye"
    days.passed = 3
    async with connected(address) as client:
        await client.sign_in()
        await client.message("RETR 2")
    await eventually(lambda: house.connections.open == 0)
    await asyncio.sleep(0.05)
    days.passed = 6
    await _come_and_go(address)
    assert len(await house.inbox("alice")) == 3
    days.passed = 7
    await _come_and_go(address)
    assert await house.inbox("alice") == [MESSAGES[1], b"Subject: never taken\r\n\r\n"]
    days.passed = 30
    await _come_and_go(address)
    assert await house.inbox("alice") == [b"Subject: never taken\r\n\r\n"]


async def _come_and_go(address: tuple[str, int]) -> None:
    async with connected(address) as client:
        await client.sign_in()
        assert await client.say("QUIT") == "+OK goodbye"
        assert await client.line() == ""


async def test_without_the_setting_nothing_is_remembered(house: MailHouse, address: tuple[str, int]) -> None:
    await fill(house, *MESSAGES)
    async with connected(address) as client:
        assert "EXPIRE NEVER" in await client.lines("CAPA")
        await client.sign_in()
        await client.message("RETR 1")
        await client.say("QUIT")
    alice = (await house.principal("alice")).account_id
    inbox = (await house.accounts.mailboxes(alice))[0]
    assert await house.accounts.annotations(alice, inbox.id) == {}


async def test_a_hanging_phone_locks_nobody_out(house: MailHouse, address: tuple[str, int]) -> None:
    await fill(house, *MESSAGES)
    async with connected(address) as phone:
        await phone.sign_in()
        await phone.say("DELE 2")
        async with connected(address) as laptop:
            assert (await laptop.sign_in()).startswith("+OK 2 messages")
            await laptop.say("DELE 1")
            assert await laptop.say("QUIT") == "+OK goodbye"
        assert await phone.say("STAT") == f"+OK 1 {len(MESSAGES[0])}"
        assert await phone.message("RETR 1") == MESSAGES[0]
    assert await house.inbox("alice") == MESSAGES[1:]
