"""One connection, over real sockets: deadlines, back-pressure, STARTTLS, and the ways it ends."""

import asyncio
import contextlib
import inspect
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
import uvloop
from tests.support.session_wire import Listening, Remembering, listening
from tests.support.tls import certificate
from tests.support.waiting import eventually

from posthouse.transport.deflate import Deflate
from posthouse.transport.errors import Disconnected
from posthouse.transport.wire import WRITE_HIGH_WATER_OCTETS


@pytest.fixture
async def listener() -> AsyncIterator[Listening]:
    async with listening() as made:
        yield made


@pytest.fixture(scope="module")
def contexts(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's and a client's."""
    return certificate(tmp_path_factory.mktemp("tls"))


# octets


async def test_octets_go_both_ways(listener: Listening) -> None:
    async with listener.connected() as (reader, writer, session):
        writer.write(b"one\r\n")
        await eventually(lambda: session.heard == b"one\r\n")
        session.wire.write(b"")
        session.wire.write(b"answer\r\n")
        await session.wire.drain()
        assert await reader.readline() == b"answer\r\n"


async def test_who_is_there(listener: Listening) -> None:
    async with listener.connected() as (_reader, writer, session):
        assert session.wire.peer == writer.get_extra_info("sockname")
        assert session.wire.local == ("127.0.0.1", listener.port)
        assert (session.wire.tls, session.wire.tls_version) == (False, ("", ""))
        assert not session.wire.is_closing


async def test_a_session_that_reads_no_more_is_sent_no_more(listener: Listening) -> None:
    async with listener.connected() as (_reader, writer, session):
        session.wire.pause()
        session.wire.pause()
        writer.write(b"x" * 10)
        await asyncio.sleep(0.02)
        assert session.heard == b""
        session.wire.resume()
        session.wire.resume()
        await eventually(lambda: session.heard == b"x" * 10)


async def test_drain_waits_for_a_slow_reader(listener: Listening) -> None:
    async with listener.connected() as (reader, _writer, session):
        portion = bytes(WRITE_HIGH_WATER_OCTETS)
        sent = 0

        async def send() -> None:
            nonlocal sent
            for _ in range(80):
                session.wire.write(portion)
                await session.wire.drain()
                sent += 1

        sending = asyncio.create_task(send())
        await asyncio.sleep(0.1)
        assert sent < 80, "what nobody reads is not written"
        for _ in range(80):
            await reader.readexactly(len(portion))
        await sending


async def test_many_may_wait_for_one_slow_reader_and_give_up(listener: Listening) -> None:
    async with listener.connected() as (reader, _writer, session):
        total = 40 * WRITE_HIGH_WATER_OCTETS
        session.wire.write(bytes(total))
        first, second = (asyncio.create_task(session.wire.drain()) for _ in range(2))
        await asyncio.sleep(0.02)
        first.cancel()
        await asyncio.wait([first])
        assert not second.done()
        third = asyncio.create_task(session.wire.drain())
        await reader.readexactly(total)
        await asyncio.gather(second, third)


# endings


async def test_closing_sends_what_is_buffered(listener: Listening) -> None:
    async with listener.connected() as (reader, _writer, session):
        session.wire.write(bytes(1_000_000))
        session.wire.close()
        assert session.wire.is_closing
        assert len(await reader.read(-1)) == 1_000_000
        await eventually(lambda: session.calls == ["opened", "closed"])


async def test_aborting_drops_it(listener: Listening) -> None:
    async with listener.connected() as (reader, _writer, session):
        session.wire.write(bytes(30_000_000))
        session.wire.abort()
        await eventually(lambda: session.calls == ["opened", "closed"])
        with contextlib.suppress(ConnectionError):
            assert len(await reader.read(-1)) < 30_000_000


async def test_who_hangs_up_is_gone_and_whoever_writes_is_told(listener: Listening) -> None:
    async with listener.connected() as (_reader, writer, session):
        session.wire.write(bytes(30_000_000))
        waiting = asyncio.create_task(session.wire.drain())
        await asyncio.sleep(0)
        writer.transport.abort()
        with pytest.raises(Disconnected):
            await waiting
        with pytest.raises(Disconnected):
            await session.wire.drain()
        assert session.wire.is_closing
        session.wire.write(b"into the void")
        session.wire.pause()
        session.wire.resume()
        session.wire.close()
        session.wire.set_deadline(0)
        await asyncio.sleep(0.01)
        assert session.calls == ["opened", "closed"], "told once, and no deadline any more"


async def test_a_connection_that_is_half_closed_is_closed(listener: Listening) -> None:
    async with listener.connected() as (reader, writer, session):
        writer.write(b"last words\r\n")
        writer.write_eof()
        assert await reader.read() == b""
        assert session.heard == b"last words\r\n"
        await eventually(lambda: session.calls == ["opened", "closed"])


# deadlines


async def test_a_deadline_that_passes_ends_the_session(listener: Listening) -> None:
    async with listener.connected() as (reader, _writer, session):
        session.wire.set_deadline(0.01)
        assert await reader.read() == b"too late\r\n"
        assert session.calls[:2] == ["opened", "expired"]


async def test_a_deadline_can_be_moved_both_ways(listener: Listening) -> None:
    async with listener.connected() as (reader, _writer, session):
        session.wire.set_deadline(0.01)
        session.wire.set_deadline(30)
        await asyncio.sleep(0.05)
        assert session.calls == ["opened"]
        session.wire.set_deadline(0.01)
        assert await reader.read() == b"too late\r\n"


# TLS


async def upgraded(
    connected: tuple[asyncio.StreamReader, asyncio.StreamWriter, Remembering], contexts: tuple[ssl.SSLContext, ssl.SSLContext]
) -> asyncio.Task[None]:
    """Do both ends of STARTTLS; returns the server's, which has ended."""
    _reader, writer, session = connected
    server = asyncio.create_task(session.wire.start_tls(contexts[0]))
    await writer.start_tls(contexts[1], server_hostname="localhost")
    await server
    return server


async def test_starttls(listener: Listening, contexts: tuple[ssl.SSLContext, ssl.SSLContext]) -> None:
    async with listener.connected() as connected:
        reader, writer, session = connected
        await upgraded(connected, contexts)
        assert session.wire.tls
        assert session.wire.tls_version[0].startswith("TLSv1.")
        assert session.wire.tls_version[1]
        assert session.wire.peer[0] == "127.0.0.1"
        writer.write(b"secret\r\n")
        await eventually(lambda: session.heard == b"secret\r\n")
        session.wire.write(b"answer\r\n")
        assert await reader.readline() == b"answer\r\n"


async def test_what_comes_right_behind_the_handshake_is_heard_once_and_in_order(
    listener: Listening, contexts: tuple[ssl.SSLContext, ssl.SSLContext]
) -> None:
    for _ in range(10):
        async with listener.connected() as connected:
            _reader, writer, session = connected
            server = asyncio.create_task(session.wire.start_tls(contexts[0]))
            await writer.start_tls(contexts[1], server_hostname="localhost")
            for number in range(20):
                writer.write(b"%d\r\n" % number)
            await server
            await eventually(lambda: session.heard.endswith(b"19\r\n"))  # noqa: B023 - awaited at once
            assert session.heard == b"".join(b"%d\r\n" % number for number in range(20))


async def test_octets_in_clear_behind_starttls_are_no_command(
    listener: Listening, contexts: tuple[ssl.SSLContext, ssl.SSLContext]
) -> None:
    """What an attacker injects before the handshake is never heard as if it had been encrypted."""
    async with listener.connected() as (reader, writer, session):
        server = asyncio.create_task(session.wire.start_tls(contexts[0]))
        await asyncio.sleep(0)
        writer.write(b"MAIL FROM:<attacker@example.test>\r\n")
        with pytest.raises(Disconnected):
            await server
        with contextlib.suppress(ConnectionError):
            while await reader.read(1_000):
                pass
        assert session.heard == b""


async def test_who_goes_during_the_handshake(listener: Listening, contexts: tuple[ssl.SSLContext, ssl.SSLContext]) -> None:
    async with listener.connected() as (_reader, writer, session):
        server = asyncio.create_task(session.wire.start_tls(contexts[0]))
        await asyncio.sleep(0)
        writer.transport.abort()
        with pytest.raises(Disconnected):
            await server
        await eventually(lambda: session.calls == ["opened", "closed"])


async def test_back_pressure_holds_after_starttls_too(listener: Listening, contexts: tuple[ssl.SSLContext, ssl.SSLContext]) -> None:
    async with listener.connected() as connected:
        reader, _writer, session = connected
        await upgraded(connected, contexts)
        sent = 0

        async def send() -> None:
            nonlocal sent
            for _ in range(80):
                session.wire.write(bytes(WRITE_HIGH_WATER_OCTETS))
                await session.wire.drain()
                sent += 1

        sending = asyncio.create_task(send())
        await asyncio.sleep(0.1)
        assert sent < 80, "what nobody reads is not written"
        await reader.readexactly(80 * WRITE_HIGH_WATER_OCTETS)
        await sending


async def test_implicit_tls(contexts: tuple[ssl.SSLContext, ssl.SSLContext]) -> None:
    async with listening(contexts[0]) as listener, listener.connected(contexts[1]) as (_reader, writer, session):
        assert session.wire.tls
        writer.write(b"secret")
        await eventually(lambda: session.heard == b"secret")


async def test_a_stranger_to_tls_is_no_session(contexts: tuple[ssl.SSLContext, ssl.SSLContext]) -> None:
    async with listening(contexts[0]) as listener:
        reader, writer = await asyncio.open_connection("127.0.0.1", listener.port)
        writer.write(b"EHLO example.test\r\n")
        with contextlib.suppress(ConnectionError):
            await reader.read()
        writer.close()
        assert all(session.calls == [] for session in listener.sessions)


@pytest.mark.parametrize(
    "scenario",
    [
        test_octets_go_both_ways,
        test_who_is_there,
        test_a_session_that_reads_no_more_is_sent_no_more,
        test_drain_waits_for_a_slow_reader,
        test_many_may_wait_for_one_slow_reader_and_give_up,
        test_closing_sends_what_is_buffered,
        test_who_hangs_up_is_gone_and_whoever_writes_is_told,
        test_a_connection_that_is_half_closed_is_closed,
        test_a_deadline_that_passes_ends_the_session,
        test_starttls,
        test_what_comes_right_behind_the_handshake_is_heard_once_and_in_order,
        test_octets_in_clear_behind_starttls_are_no_command,
        test_who_goes_during_the_handshake,
        test_back_pressure_holds_after_starttls_too,
    ],
)
def test_the_same_on_the_loop_of_the_workers(
    scenario: Callable[..., Awaitable[None]], contexts: tuple[ssl.SSLContext, ssl.SSLContext]
) -> None:
    async def run() -> None:
        async with listening() as listener:
            offered = {"listener": listener, "contexts": contexts}
            await scenario(**{name: offered[name] for name in inspect.signature(scenario).parameters})

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(run())


# compression


async def test_compression_begins_where_it_is_asked_for(listener: Listening) -> None:
    async with listener.connected() as (reader, writer, session):
        session.wire.write(b"OK\r\n")
        session.wire.start_deflate()
        assert session.wire.is_compressed
        assert await reader.readexactly(4) == b"OK\r\n"
        client = Deflate()
        writer.write(client.compress(b"a1 NOOP\r\n"))
        await eventually(lambda: session.heard == b"a1 NOOP\r\n")
        session.wire.write(b"a1 OK\r\n")
        client.receive(await reader.read(100))
        assert client.expand() == b"a1 OK\r\n"


async def test_a_paused_session_is_handed_no_more_of_a_bomb(listener: Listening) -> None:
    async with listener.connected() as (_reader, writer, session):
        session.wire.start_deflate()
        session.wire.pause()
        session.wire.resume()
        session.on_received = lambda _octets: session.wire.pause() if len(session.heard) >= 100_000 else None
        writer.write(Deflate().compress(bytes(5_000_000)))
        await eventually(lambda: len(session.heard) >= 100_000)
        await asyncio.sleep(0.05)
        assert len(session.heard) < 300_000
        session.on_received = lambda _octets: None
        session.wire.resume()
        await eventually(lambda: len(session.heard) == 5_000_000)


async def test_octets_that_are_not_compressed_end_the_connection(listener: Listening) -> None:
    async with listener.connected() as (reader, writer, session):
        session.wire.start_deflate()
        writer.write(b"\xff\xff\xff not deflate")
        assert await reader.read() == b""
        await eventually(lambda: session.calls == ["opened", "closed"])


async def test_acknowledging_harms_nothing(listener: Listening) -> None:
    async with listener.connected() as (_reader, writer, session):
        writer.write(b"half a command")
        await eventually(lambda: session.heard == b"half a command")
        session.wire.acknowledge()
