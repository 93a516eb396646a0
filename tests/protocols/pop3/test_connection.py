"""The server connection beyond the golden dialogues."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.pop3_peer import Pop3Peer
from tests.support.session import octet_by_octet

from posthouse.protocols.pop3.commands import Stat
from posthouse.protocols.pop3.connection import ServerConnection, ServerSettings
from posthouse.protocols.pop3.errors import Misuse
from posthouse.protocols.pop3.events import NEED_DATA
from posthouse.protocols.pop3.responses import ResponseCode, err, ok
from posthouse.protocols.pop3.state import State

LINES = """USER mrose|PASS secret|AUTH|AUTH PLAIN|AUTH LOGIN|AG1yb3NlAHNlY3JldA==|*|CAPA|UTF8|LANG|STAT|LIST|UIDL 1|RETR 1|TOP 1 1
DELE 1|RSET|NOOP|STLS""".replace("\n", "|").split("|")
WORDS = st.sampled_from([*(line.encode() + b"\r\n" for line in LINES), b"\n", b"\r", b"\0", b"\xff", b"x" * 70])
STREAM = st.lists(WORDS | st.binary(max_size=3), max_size=30).map(b"".join)


@given(st.sampled_from(["yes", "no"]), STREAM)
def test_any_octets_are_answered_the_same_however_cut(tls: str, stream: bytes) -> None:
    settings = {"tls": tls, "line": "60"}
    whole, pieces = Pop3Peer(settings), Pop3Peer(settings)
    whole.receive(stream)
    for octet in octet_by_octet(stream):
        pieces.receive(octet)
    assert whole.answer() == pieces.answer()
    assert whole.deleted == pieces.deleted


def connection() -> ServerConnection:
    made = ServerConnection(ServerSettings())
    made.greet(ok())
    made.receive_data(b"USER a\r\nPASS b\r\n")
    for _ in range(2):
        made.next_event()
        made.reply(ok())
    return made


@given(st.lists(st.binary(max_size=8), max_size=8))
def test_a_message_in_pieces(pieces: list[bytes]) -> None:
    made = connection()
    made.receive_data(b"RETR 1\r\nSTAT\r\n")
    made.next_event()
    out = made.begin(ok()) + b"".join(map(made.piece, pieces)) + made.end()
    assert out.startswith(b"+OK\r\n")
    assert out[3:].find(b"\r\n.\r\n") + 3 + 5 == len(out)
    assert made.next_event() == Stat()


def test_refused_greeting_and_farewell() -> None:
    made = ServerConnection(ServerSettings())
    made.receive_data(b"NOOP\r\n")
    assert made.buffered_octets == 6
    assert made.greet(err("busy", ResponseCode.SYS_TEMP)).startswith(b"-ERR [SYS/TEMP]")
    assert made.next_event() is NEED_DATA
    other = connection()
    assert other.farewell(err("bye")) == b"-ERR bye\r\n"
    other.receive_data(b"STAT\r\n")
    assert other.next_event() is NEED_DATA
    assert other.state is State.CLOSED


def test_misuse() -> None:
    made = connection()
    for misuse in (
        lambda: made.reply(ok()),
        lambda: made.greet(ok()),
        lambda: made.piece(b""),
        made.end,
        made.tls_established,
        lambda: made.challenge(b""),
    ):
        with pytest.raises(Misuse):
            misuse()
    made.receive_data(b"XYZZY\r\n")
    made.next_event()
    with pytest.raises(Misuse):
        made.next_event()
    with pytest.raises(Misuse):
        made.reply(ok())
