"""Replies on the wire."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthouse.protocols.smtp import replies
from posthouse.protocols.smtp.codes import Code, Detail
from posthouse.protocols.smtp.replies import REPLY_LINE_OCTETS, Reply


def test_shapes() -> None:
    assert replies.OK.octets() == b"250 2.0.0 OK\r\n"
    assert replies.OK.status == "2.0.0"
    assert replies.GO_AHEAD.octets() == b"354 go ahead, end with <CRLF>.<CRLF>\r\n"
    assert replies.GO_AHEAD.status == ""
    assert Reply(Code.LOCAL_ERROR, "a\nb", Detail.SYSTEM).octets() == b"451-4.3.0 a\r\n451 4.3.0 b\r\n"
    assert Reply(Code.OK, "").octets() == b"250 \r\n"
    assert replies.OK.is_positive
    assert not replies.NOT_NOW.is_positive


def test_utf8_only_where_asked_for() -> None:
    reply = Reply(Code.MAILBOX_UNAVAILABLE, "kein Empfänger", Detail.BAD_MAILBOX)
    assert reply.octets() == b"550 5.1.1 kein Empf?nger\r\n"
    assert reply.octets(utf8=True) == "550 5.1.1 kein Empfänger\r\n".encode()


@given(st.text(max_size=80) | st.text("ä ", min_size=400, max_size=900), st.sampled_from([None, *Detail]), st.booleans())
def test_words_never_break_out(text: str, detail: Detail | None, utf8: bool) -> None:
    octets = Reply(550, text, detail).octets(utf8=utf8)
    lines = octets.split(b"\r\n")
    assert lines.pop() == b""
    assert all(line.startswith(b"550-") for line in lines[:-1])
    assert lines[-1].startswith(b"550 ")
    assert all(len(line) + 2 <= REPLY_LINE_OCTETS and not re.search(rb"[\x00-\x1f\x7f]", line) for line in lines)
    assert utf8 or octets.isascii()
    octets.decode()


def test_long_lines_fold_at_spaces() -> None:
    octets = Reply(550, "word " * 200, Detail.POLICY).octets()
    words = [line[len("550-5.7.0 ") :] for line in octets.decode().split("\r\n")[:-1]]
    assert len(words) == 2 + (len("word " * 200) > 2 * REPLY_LINE_OCTETS)
    assert "".join(words) == "word " * 200
    assert words[0].endswith("word ")


@pytest.mark.parametrize("reply", [value for value in vars(replies).values() if isinstance(value, Reply)], ids=str)
def test_every_named_reply_is_one_ascii_line(reply: Reply) -> None:
    assert reply.octets().count(b"\r\n") == 1
    assert reply.text.isascii()
    assert "?" not in reply.octets().decode()
