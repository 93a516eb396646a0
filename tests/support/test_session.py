"""The runner of golden dialogues must notice every difference."""

import asyncio
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.session import Session, converse, load, octet_by_octet, play, sessions, split_at, unescape, whole

DIALOGUE = r"""# an echo that shouts
@ role loud

S: hello
C: one
C| tw
C| o\r\n
S: ONE
S| TWO\x0d\n
= tls
S~ happened tls .*
C| \x{61*3}\r\n
S| A\x{41*2}\r\n
"""


class Shouting:
    def __init__(self) -> None:
        self.out = b"hello\r\n"

    def receive(self, octets: bytes) -> None:
        self.out += octets.upper()

    def answer(self) -> bytes:
        out, self.out = self.out, b""
        return out

    def happen(self, word: str, argument: str) -> None:
        self.out += f"happened {word} {argument}\r\n".encode()


def write(folder: Path, text: str) -> Session:
    path = folder / "echo.session"
    path.write_text(text)
    return load(path)


def test_plays(tmp_path: Path) -> None:
    session = write(tmp_path, DIALOGUE)
    assert session.settings == {"role": "loud"}
    for cut in (whole, octet_by_octet, split_at(2)):
        play(session, Shouting(), cut)
    assert sessions(tmp_path) == [session.path]


@pytest.mark.parametrize(
    ("old", "new"), [("S: ONE", "S: One"), ("S| A\\", "S| AA\\"), (".*", "x"), ("S: hello\n", ""), ("S~", "#")]
)
def test_notices_differences(tmp_path: Path, old: str, new: str) -> None:
    session = write(tmp_path, DIALOGUE.replace(old, new))
    with pytest.raises(AssertionError, match="echo"):
        play(session, Shouting())


def test_refuses_unknown_items(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"echo\.session:1"):
        write(tmp_path, "X: what\n")
    with pytest.raises(FileNotFoundError):
        sessions(tmp_path / "none")


@given(st.binary())
def test_escapes_every_octet(octets: bytes) -> None:
    assert unescape("".join(f"\\x{octet:02x}" for octet in octets)) == octets


async def test_converses_over_a_stream(tmp_path: Path) -> None:
    async def shout(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"hello\r\n")
        while octets := await reader.read(100):
            writer.write(octets.upper())
        writer.close()

    async with await asyncio.start_server(shout, "127.0.0.1", 0) as server:
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname()[:2])

        async def happen(word: str, argument: str) -> None:
            writer.write(f"HAPPENED {word} {argument}\r\n".encode())

        session = write(tmp_path, DIALOGUE.replace("happened tls", "HAPPENED TLS"))
        await converse(session, reader, writer, happen)
        wrong = write(tmp_path, "C: one\nS: two\n")
        with pytest.raises(AssertionError, match="echo"):
            await converse(wrong, reader, writer)
        writer.close()
        await writer.wait_closed()
