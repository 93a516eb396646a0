"""The server connection beyond the golden dialogues: whatever comes, it answers; whatever the driver does wrong, it says so."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.session import octet_by_octet
from tests.support.smtp_peer import SmtpPeer

from posthouse.protocols.smtp import replies
from posthouse.protocols.smtp.capabilities import Extension, offer
from posthouse.protocols.smtp.codes import Code, Detail
from posthouse.protocols.smtp.commands import Bdat, Data, Helo, Mail, Noop, Rcpt
from posthouse.protocols.smtp.connection import ServerConnection, ServerSettings
from posthouse.protocols.smtp.errors import Misuse
from posthouse.protocols.smtp.events import NEED_DATA, Content, ContentEnded, Violation
from posthouse.protocols.smtp.replies import Reply
from posthouse.protocols.smtp.state import State

LINES = """EHLO x|LHLO x|MAIL FROM:<a@b.c>|MAIL FROM:<a@b.c> BODY=BINARYMIME|RCPT TO:<alice@b.c>|RCPT TO:<bob@b.c>|DATA|text|.
BDAT 4|BDAT 3 LAST|RSET|NOOP|STARTTLS|AUTH PLAIN|AUTH LOGIN|AGFsaWNlAHNlY3JldA==|*""".replace("\n", "|").split("|")
WORDS = st.sampled_from([*(line.encode() + b"\r\n" for line in LINES), b"\n", b"\r", b".", b"\0", b"\xff", b"x" * 70])
STREAM = st.lists(WORDS | st.binary(max_size=3), max_size=30).map(b"".join)
SETTINGS = st.fixed_dictionaries(
    {"dialect": st.sampled_from(["SMTP", "LMTP"]), "submission": st.sampled_from(["yes", "no"])}
    | {"size": st.just("12"), "line": st.just("60"), "newlines": st.sampled_from(["keep", "reject"])}
)


@given(SETTINGS, STREAM)
@settings(max_examples=300)
def test_any_octets_are_answered_the_same_however_cut(options: dict[str, str], stream: bytes) -> None:
    peers = [SmtpPeer(options), SmtpPeer(options)]
    peers[0].receive(stream)
    for octet in octet_by_octet(stream):
        peers[1].receive(octet)
    assert peers[0].answer() == peers[1].answer()
    assert peers[0].messages == peers[1].messages
    assert peers[1].connection.buffered_octets < 60


def connection(capable: bool = True) -> ServerConnection:
    made = ServerConnection(ServerSettings(), offer(*(Extension if capable else ()), size_octets=100))
    made.greet(Reply(Code.SERVICE_READY, "hi"))
    made.receive_data(b"HELO x\r\n")
    assert made.next_event() == Helo("x")
    made.reply(replies.OK)
    return made


def begin(made: ServerConnection) -> None:
    made.receive_data(b"MAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\n")
    assert isinstance(made.next_event(), Mail)
    made.reply(replies.SENDER_OK)
    assert isinstance(made.next_event(), Rcpt)
    made.reply(replies.RECIPIENT_OK)


def test_message_in_one_segment_is_one_piece() -> None:
    made = connection()
    begin(made)
    made.receive_data(b"DATA\r\n")
    assert made.next_event() == Data()
    assert made.reply(replies.GO_AHEAD).startswith(b"354")
    made.receive_data(b"Subject: x\r\n\r\n..\r\n.\r\nNOOP\r\n")
    assert made.next_event() == Content(b"Subject: x\r\n\r\n.\r\n")
    assert made.next_event() == ContentEnded()
    assert made.reply(replies.OK) == b"250 2.0.0 OK\r\n"
    assert made.next_event() == Noop()


def test_driver_may_refuse_content_half_way() -> None:
    made = connection()
    begin(made)
    made.receive_data(b"BDAT 4\r\nabcd")
    assert made.next_event() == Bdat(4)
    full = Reply(Code.INSUFFICIENT_STORAGE, "disk full", Detail.SYSTEM_FULL)
    made.discard(full)
    assert made.next_event() == ContentEnded(full, last=False)
    made.reply(full)
    assert made.state is State.READY


def test_refused_data_leaves_the_recipients() -> None:
    made = connection()
    begin(made)
    made.receive_data(b"DATA\r\n")
    made.next_event()
    made.reply(Reply(Code.LOCAL_ERROR, "later", Detail.SYSTEM))
    assert made.state is State.RCPT


def test_early_talkers_can_be_seen() -> None:
    made = ServerConnection(ServerSettings(), offer(size_octets=1))
    made.receive_data(b"HELO x\r\n")
    assert made.next_event() is NEED_DATA
    assert made.buffered_octets == 8
    made.greet(Reply(Code.TRANSACTION_FAILED, "no"))
    assert made.state is State.CLOSED
    assert made.next_event() is NEED_DATA


def test_421_ends_it_at_any_point() -> None:
    made = connection()
    begin(made)
    made.receive_data(b"NOOP\r\nNOOP\r\n")
    made.next_event()
    made.reply(Reply(Code.SERVICE_NOT_AVAILABLE, "too many", Detail.UNDEFINED))
    assert made.next_event() is NEED_DATA
    other = connection()
    assert other.farewell(Reply(Code.SERVICE_NOT_AVAILABLE, "bye", Detail.UNDEFINED)) == b"421 4.0.0 bye\r\n"
    other.receive_data(b"NOOP\r\n")
    assert other.next_event() is NEED_DATA


def test_chunks_where_none_are_offered_are_swallowed() -> None:
    made = connection(capable=False)
    begin(made)
    made.receive_data(b"BDAT 4 LAST\r\nQUITNOOP\r\n")
    assert made.next_event() == Violation(replies.NOT_IMPLEMENTED)
    made.reply(replies.NOT_IMPLEMENTED)
    assert made.next_event() == Noop()


def test_misuse() -> None:
    made = connection()
    for misuse in (
        lambda: made.reply(replies.OK),
        lambda: made.greet(replies.OK),
        lambda: made.challenge(b""),
        made.tls_established,
        lambda: made.discard(replies.OK),
    ):
        with pytest.raises(Misuse):
            misuse()
    made.receive_data(b"NOOP\r\n")
    made.next_event()
    with pytest.raises(Misuse):
        made.next_event()
    with pytest.raises(Misuse):
        made.reply(replies.OK, replies.OK)
