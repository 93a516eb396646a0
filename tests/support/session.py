r"""Golden dialogues: read a ``.session`` file, play it against anything that receives and answers octets.

A session file is UTF-8 text, one item a line; examples from RFCs paste in as they are.

====================  ============================================================================================
``# words``           comment; blank lines are ignored too
``@ key value``       a setting of the dialogue, for whoever builds the peer
``C: text``           the client sends the text and CRLF
``S: text``           the server answers exactly the text and CRLF
``C| text``           the client sends the text without CRLF, escapes replaced: ``\r \n \t \0 \\ \xHH``, and
                      ``\x{41*1000}`` for octet 41 a thousand times
``S| text``           the server answers exactly these octets, escaped in the same way
``S~ pattern``        the server answers one line; without its CRLF it matches the regular expression entirely
``= word argument``   something happens outside the wire (``= tls``): the peer's ``happen`` is told
====================  ============================================================================================

A *turn* is what the client sends before the next ``S`` item and what the server answers to it; consecutive ``C``
items are pipelined.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol

_ESCAPE: Final = re.compile(r"\\(?:x\{([0-9A-Fa-f]{2})\*(\d+)\}|x([0-9A-Fa-f]{2})|([rnt0\\]))")
_NAMED: Final = {"r": b"\r", "n": b"\n", "t": b"\t", "0": b"\0", "\\": b"\\"}

Cut = Callable[[bytes], Iterable[bytes]]


class Writer(Protocol):
    """The end of a stream that ``converse`` writes to (``asyncio.StreamWriter`` is one)."""

    def write(self, octets: bytes, /) -> None:
        """Send octets."""

    async def drain(self) -> None:
        """Wait until they are gone."""


class Peer(Protocol):
    """The side a dialogue is played against: a connection with a small driver, or whatever takes and gives octets."""

    def receive(self, octets: bytes) -> None:
        """Take octets from the client."""

    def answer(self) -> bytes:
        """Everything to be written since the last call."""

    def happen(self, word: str, argument: str) -> None:
        """Something outside the wire: a TLS handshake is done, a message arrived, the client hung up."""


@dataclass(frozen=True)
class Happening:
    """One ``=`` line."""

    word: str
    argument: str


@dataclass(frozen=True)
class Expected:
    """One ``S`` item: exact octets, or a pattern for one line."""

    line: int
    octets: bytes = b""
    pattern: re.Pattern[bytes] | None = None


@dataclass
class Turn:
    """What one side does and what the other answers."""

    line: int
    sent: list[bytes | Happening] = field(default_factory=list)
    expected: list[Expected] = field(default_factory=list)


@dataclass(frozen=True)
class Session:
    """One golden dialogue."""

    path: Path
    settings: dict[str, str]
    turns: list[Turn]


def unescape(text: str) -> bytes:
    """Octets of a ``C|`` or ``S|`` item."""
    octets, at = bytearray(), 0
    for found in _ESCAPE.finditer(text):
        octets += text[at : found.start()].encode()
        many, times, one, name = found.groups()
        octets += bytes.fromhex(many) * int(times) if many else bytes.fromhex(one) if one else _NAMED[name]
        at = found.end()
    return bytes(octets + text[at:].encode())


def load(path: Path) -> Session:
    """Read a session file.

    Raises: ValueError naming the file and line for an item that is none of the above.
    """
    settings: dict[str, str] = {}
    turns: list[Turn] = [Turn(1)]
    for number, line in enumerate(path.read_text("utf-8").split("\n"), 1):
        mark, _, text = line[:2], line[2:3], line[3:]
        if not line.strip() or line.startswith("#"):
            continue
        if mark[0] == "@":
            key, _, value = line[1:].strip().partition(" ")
            settings[key] = value
        elif mark in ("S:", "S|", "S~"):
            turns[-1].expected.append(_expected(number, mark, text))
        elif mark in ("C:", "C|") or mark[0] == "=":
            if turns[-1].expected:
                turns.append(Turn(number))
            turns[-1].sent.append(_sent(mark, text, line))
        else:
            raise ValueError(f"{path}:{number}: not an item of a session: {line!r}")
    return Session(path, settings, turns)


def _sent(mark: str, text: str, line: str) -> bytes | Happening:
    if mark[0] == "=":
        word, _, argument = line[1:].strip().partition(" ")
        return Happening(word, argument)
    return unescape(text) if mark == "C|" else text.encode() + b"\r\n"


def _expected(number: int, mark: str, text: str) -> Expected:
    if mark == "S~":
        return Expected(number, pattern=re.compile(text.encode()))
    return Expected(number, unescape(text) if mark == "S|" else text.encode() + b"\r\n")


def sessions(folder: Path) -> list[Path]:
    """The session files of a folder, for ``pytest.mark.parametrize(..., ids=lambda path: path.stem)``; never none."""
    found = sorted(folder.glob("*.session"))
    if not found:
        raise FileNotFoundError(f"no session in {folder}")
    return found


def whole(octets: bytes) -> Iterable[bytes]:
    """A turn arrives in one segment."""
    return (octets,)


def octet_by_octet(octets: bytes) -> Iterable[bytes]:
    """A turn arrives one octet at a time."""
    return (octets[at : at + 1] for at in range(len(octets)))


def split_at(offset: int) -> Cut:
    """A turn arrives in two segments."""
    return lambda octets: filter(None, (octets[:offset], octets[offset:]))


def play(session: Session, peer: Peer, cut: Cut = whole) -> None:
    """Play the whole dialogue; an AssertionError shows file, line, and what was expected and answered."""
    for turn in session.turns:
        answered = peer.answer() if not turn.sent else b""
        for segment in _segments(turn.sent, cut):
            if isinstance(segment, Happening):
                peer.happen(segment.word, segment.argument)
            else:
                peer.receive(segment)
            answered += peer.answer()
        rest = match(session, turn, answered)
        assert not rest, f"{session.path}:{turn.line}: answered too much: {rest!r}"


def _segments(sent: list[bytes | Happening], cut: Cut) -> Iterator[bytes | Happening]:
    """Pipelined items arrive together, cut as asked."""
    waiting = b""
    for item in sent:
        if isinstance(item, bytes):
            waiting += item
            continue
        yield from cut(waiting) if waiting else ()
        waiting = b""
        yield item
    yield from cut(waiting) if waiting else ()


def match(session: Session, turn: Turn, answered: bytes) -> bytes:
    """Check a turn's answer; what is left of it."""
    for expected in turn.expected:
        if expected.pattern is None:
            size = len(expected.octets)
            got, answered = answered[:size], answered[size:]
            assert got == expected.octets, _difference(session, expected.line, expected.octets, got + answered)
        else:
            got, found, answered = answered.partition(b"\r\n")
            assert found, _difference(session, expected.line, expected.pattern, got)
            assert expected.pattern.fullmatch(got), _difference(session, expected.line, expected.pattern, got)
    return answered


def _difference(session: Session, line: int, expected: object, got: bytes) -> str:
    return f"{session.path.name}:{line}\nexpected {expected!r}\nanswered {got[:1000]!r}"


async def converse(
    session: Session,
    reader: asyncio.StreamReader,
    writer: Writer,
    happen: Callable[[str, str], Awaitable[None]] | None = None,
    timeout_seconds: float = 10,
) -> None:
    """Play the dialogue with a real server over a stream; ends when the last expected octet has come."""
    for turn in session.turns:
        for segment in _segments(turn.sent, whole):
            if isinstance(segment, bytes):
                writer.write(segment)
                await writer.drain()
            elif happen is not None:
                await happen(segment.word, segment.argument)
        for expected in turn.expected:
            async with asyncio.timeout(timeout_seconds):
                await _expect(session, expected, reader)


async def _expect(session: Session, expected: Expected, reader: asyncio.StreamReader) -> None:
    if expected.pattern is not None:
        got = (await reader.readuntil(b"\r\n"))[:-2]
        assert expected.pattern.fullmatch(got), _difference(session, expected.line, expected.pattern, got)
        return
    try:
        got = await reader.readexactly(len(expected.octets))
    except asyncio.IncompleteReadError as closed:
        got = closed.partial
    assert got == expected.octets, _difference(session, expected.line, expected.octets, got)
