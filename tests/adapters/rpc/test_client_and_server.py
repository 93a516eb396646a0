"""Two processes' ends over a real Unix socket: answers, errors, and neighbours that die, hang or come back."""

import asyncio
import contextlib
import os
import stat
import struct
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Protocol

import pytest
from tests.support.offices import opened
from tests.support.waiting import eventually

from posthouse.adapters.rpc.client import Neighbour, remote
from posthouse.adapters.rpc.framing import frame
from posthouse.adapters.rpc.routed import routed
from posthouse.adapters.rpc.server import Office, open_office
from posthouse.adapters.rpc.verbs import PACK
from posthouse.foundation.errors import Fenced, OverQuota, PosthouseError, Unavailable


class Reader(Protocol):
    async def echo(self, octets: bytes) -> bytes: ...


class Port(Reader, Protocol):
    async def fail(self, how: str) -> None: ...

    async def wait(self) -> str: ...


class Real:
    def __init__(self) -> None:
        self.gate = asyncio.Event()
        self.waiting = 0

    async def echo(self, octets: bytes) -> bytes:
        return octets

    async def fail(self, how: str) -> None:
        raise {"quota": OverQuota("no room"), "fenced": Fenced("gone"), "bug": ZeroDivisionError("a bug")}[how]

    async def wait(self) -> str:
        self.waiting += 1
        await self.gate.wait()
        return "done"


def port_of(neighbour: Neighbour) -> Port:
    return remote("port", Port, neighbour)  # type: ignore[type-abstract]


@pytest.fixture
def real() -> Real:
    return Real()


@pytest.fixture
def office(real: Real) -> Office:
    office = Office()
    office.offer("port", Port, real)
    return office


@pytest.fixture
async def neighbour(tmp_path: Path, office: Office) -> AsyncIterator[Neighbour]:
    async with opened(tmp_path / "office", office, patience_seconds=0.2) as made:
        yield made


@contextlib.asynccontextmanager
async def stranger(path: Path, answer: bytes | None) -> AsyncIterator[list[bytes]]:
    """Somebody on the socket who is no office: answers these octets to whatever comes (None: hangs up)."""
    heard: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.read(1_000))
        if answer is not None:
            writer.write(answer)
            await writer.drain()
            await reader.read()
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()

    server = await asyncio.start_unix_server(serve, str(path))
    yield heard
    server.close()
    await server.wait_closed()


# answers and errors


async def test_calls_are_answered(neighbour: Neighbour) -> None:
    port = port_of(neighbour)
    assert await port.echo(b"octets") == b"octets"
    assert await port.echo(bytes(3_000_000)) == bytes(3_000_000)


async def test_calls_run_side_by_side(neighbour: Neighbour, real: Real) -> None:
    port = port_of(neighbour)
    slow = asyncio.create_task(port.wait())
    await eventually(lambda: real.waiting == 1)
    assert await asyncio.gather(*(port.echo(b"%d" % number) for number in range(100))) == [b"%d" % n for n in range(100)]
    real.gate.set()
    assert await slow == "done"


@pytest.mark.parametrize(("how", "kind", "words"), [("quota", OverQuota, "no room"), ("fenced", Fenced, "gone")])
async def test_errors_survive(neighbour: Neighbour, how: str, kind: type[PosthouseError], words: str) -> None:
    with pytest.raises(kind, match=words) as raised:
        await port_of(neighbour).fail(how)
    assert raised.type is kind


async def test_a_bug_there_is_temporary_here(neighbour: Neighbour) -> None:
    with pytest.raises(Unavailable, match="ZeroDivisionError"):
        await port_of(neighbour).fail("bug")
    assert await port_of(neighbour).echo(b"still there") == b"still there"


async def test_verbs_nobody_offers(neighbour: Neighbour) -> None:
    with pytest.raises(PosthouseError, match="no verb"):
        await neighbour.call("port.unknown", PACK([]))
    with pytest.raises(AttributeError):
        port_of(neighbour).unknown  # type: ignore[attr-defined] # noqa: B018


async def test_wrong_arguments_are_refused(neighbour: Neighbour) -> None:
    with pytest.raises(Unavailable, match="ValidationError"):
        await neighbour.call("port.echo", PACK(["text"]))


# notices


async def test_notices_go_one_way_and_never_wait(neighbour: Neighbour, office: Office) -> None:
    heard: list[bytes] = []
    office.listen("news", lambda arguments, _caller: heard.append(arguments))
    assert not neighbour.notify("news", PACK(1)), "no link yet: nobody was told"
    await neighbour.connect()
    assert neighbour.notify("news", PACK(2))
    assert neighbour.notify("unknown", PACK(3))
    await neighbour.call("port.echo", PACK([b""]))
    assert heard == [PACK(2)]


async def test_the_office_hears_when_a_caller_leaves(neighbour: Neighbour, office: Office) -> None:
    callers: list[object] = []
    left: list[object] = []
    office.listen("news", lambda _arguments, caller: callers.append(caller))
    office.left = left.append
    await neighbour.connect()
    neighbour.notify("news", PACK(1))
    await eventually(lambda: bool(callers))
    neighbour.close()
    await eventually(lambda: bool(left))
    assert left == callers


# neighbours in trouble


async def test_a_neighbour_that_is_not_there_is_waited_for_a_moment_only(tmp_path: Path) -> None:
    neighbour = Neighbour(tmp_path / "office", patience_seconds=0.05)
    with pytest.raises(Unavailable, match="away"):
        await port_of(neighbour).echo(b"")


async def test_one_that_comes_within_the_patience_is_reached(tmp_path: Path, office: Office) -> None:
    neighbour = Neighbour(tmp_path / "office", patience_seconds=10)
    call = asyncio.create_task(port_of(neighbour).echo(b"octets"))
    await asyncio.sleep(0.03)
    async with opened(tmp_path / "office", office):
        assert await call == b"octets"
        neighbour.close()


async def test_one_that_dies_before_it_answers(tmp_path: Path, office: Office) -> None:
    async with stranger(tmp_path / "office", None):
        neighbour = Neighbour(tmp_path / "office", patience_seconds=0.1)
        with pytest.raises(Unavailable, match="died"):
            await port_of(neighbour).echo(b"")
    (tmp_path / "office").unlink(missing_ok=True)
    async with opened(tmp_path / "office", office):
        assert await port_of(neighbour).echo(b"its replacement") == b"its replacement"
        neighbour.close()


async def test_one_that_stays_silent(neighbour: Neighbour, real: Real) -> None:
    with pytest.raises(Unavailable, match="in time"):
        await neighbour.call("port.wait", PACK([]), seconds=0.02)
    real.gate.set()
    assert await port_of(neighbour).echo(b"a late answer harms nobody") == b"a late answer harms nobody"


async def test_who_stops_waiting_harms_nobody(neighbour: Neighbour, real: Real) -> None:
    port = port_of(neighbour)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.02):
            await port.wait()
    real.gate.set()
    assert await port.wait() == "done"


async def test_closing_ends_what_waits(neighbour: Neighbour, real: Real) -> None:
    call = asyncio.create_task(port_of(neighbour).wait())
    await eventually(lambda: real.waiting == 1)
    neighbour.close()
    with pytest.raises(Unavailable):
        await call
    real.gate.set()


@pytest.mark.parametrize(
    "answer",
    [b"\xff\xff\xff\xff", frame(b"\xc1"), frame(PACK([1, "", ""])), frame(PACK("text")), frame(b"")],
    ids=["length", "no message", "short", "text", "empty"],
)
async def test_wrong_answers_end_the_link(tmp_path: Path, answer: bytes) -> None:
    async with stranger(tmp_path / "office", answer):
        neighbour = Neighbour(tmp_path / "office", patience_seconds=0.1)
        with pytest.raises(Unavailable):
            await port_of(neighbour).echo(b"")


@pytest.mark.parametrize(
    "message",
    [struct.pack(">I", 1 << 31), frame(b"\xc1"), frame(PACK([1])), frame(PACK({"a": 1}))],
    ids=["length", "no message", "short", "map"],
)
async def test_a_stranger_is_hung_up_on(neighbour: Neighbour, tmp_path: Path, message: bytes) -> None:
    reader, writer = await asyncio.open_unix_connection(str(tmp_path / "office"))
    writer.write(message)
    with contextlib.suppress(ConnectionError):
        assert await reader.read() == b""
    writer.close()
    assert await port_of(neighbour).echo(b"others go on") == b"others go on"


async def test_only_this_user_may_come_in(neighbour: Neighbour, tmp_path: Path) -> None:
    assert stat.S_IMODE(os.stat(tmp_path / "office").st_mode) == 0o600


async def test_an_old_socket_of_that_name_is_replaced(tmp_path: Path, office: Office, real: Real) -> None:
    first = await open_office(tmp_path / "office", Office())
    async with opened(tmp_path / "office", office) as neighbour:
        assert await port_of(neighbour).echo(b"new") == b"new"
    first.close()


# routing


async def test_looking_is_local_and_the_rest_goes_to_the_owner(real: Real) -> None:
    class Elsewhere(Real):
        async def fail(self, how: str) -> None:
            raise Unavailable(f"{how} elsewhere")

    sent: list[str] = []
    asked: list[str] = []

    def place(first: str) -> Real:
        asked.append(first)
        return Elsewhere()

    port: Port = routed(Port, Reader, real, place, sent=lambda: sent.append("sent"))  # type: ignore[type-abstract]
    assert await port.echo(b"here") == b"here"
    assert (asked, sent) == ([], [])
    with pytest.raises(Unavailable, match="alice elsewhere"):
        await port.fail("alice")
    assert (asked, sent) == (["alice"], ["sent"])
    with pytest.raises(AttributeError):
        port.unknown  # type: ignore[attr-defined] # noqa: B018
