"""Replies as a client reads them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthouse.protocols.smtp.client.replies import LINE_OCTETS, LINES, RemoteReply, ReplyReader
from posthouse.protocols.smtp.codes import Detail
from posthouse.protocols.smtp.errors import RemoteViolation
from posthouse.protocols.smtp.replies import Reply


def read(octets: bytes, size: int = 1000) -> list[RemoteReply]:
    reader, found = ReplyReader(), []
    for at in range(0, len(octets), size):
        reader.receive_data(octets[at : at + size])
        while (reply := reader.next_reply()) is not None:
            found.append(reply)
    return found


WORDS = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=9).filter(lambda t: not t[0].isdigit())


@given(st.sampled_from([250, 354, 421, 550]), st.sampled_from([None, *Detail]), st.lists(WORDS, min_size=1), st.integers(1, 9))
def test_reads_what_our_server_writes(code: int, detail: Detail | None, lines: list[str], size: int) -> None:
    reply = Reply(code, "\n".join(lines), detail)
    status = "" if code == 354 else reply.status
    if code == 354:
        reply = Reply(code, reply.text)
    assert read(reply.octets() * 2, size) == [RemoteReply(code, status, tuple(lines))] * 2


@given(st.binary(max_size=60) | st.from_regex(rb"([2-5][0-9]{2}[ -][245.0-9 ]*\r?\n){1,4}", fullmatch=True))
def test_anything_is_replies_or_a_violation(octets: bytes) -> None:
    try:
        found = read(octets)
    except RemoteViolation:
        return
    assert all(200 <= reply.code <= 599 for reply in found)


@pytest.mark.parametrize(
    ("octets", "reply"),
    [
        (b"250\r\n", RemoteReply(250)),
        (b"250 \n", RemoteReply(250)),
        (b"550-5.1.1 no\r\n550 5.1.1 body\r\n", RemoteReply(550, "5.1.1", ("no", "body"))),
        (b"550-5.1.1 no\r\n550 body\r\n", RemoteReply(550, "5.1.1", ("no", "body"))),
        (b"550 4.1.1 class of another code\r\n", RemoteReply(550, "", ("4.1.1 class of another code",))),
        (b"220-one\r\n250 two\r\n", RemoteReply(250, "", ("one", "two"))),
        (b"550 5.1.1\r\n", RemoteReply(550, "5.1.1", ("",))),
        (b"550 caf\xe9\r\n", RemoteReply(550, "", ("caf\ufffd",))),
    ],
)
def test_forms(octets: bytes, reply: RemoteReply) -> None:
    assert read(octets) == [reply]


@pytest.mark.parametrize(
    "octets", [b"HTTP/1.1 400\r\n", b"99 x\r\n", b"650 x\r\n", b"250x\r\n", b"\r\n", b"250-" + b"x" * LINE_OCTETS + b"\r\n"]
)
def test_no_reply(octets: bytes) -> None:
    with pytest.raises(RemoteViolation):
        read(octets)


def test_endless_replies_end() -> None:
    with pytest.raises(RemoteViolation):
        read(b"250-x\r\n" * LINES)
    assert len(read(b"250-x\r\n" * (LINES - 1) + b"250 x\r\n")) == 1


def test_words() -> None:
    reply = RemoteReply(421, "4.3.2", ("going", "down "))
    assert reply.text == "going down"
    assert reply.is_farewell
    assert not reply.is_positive
