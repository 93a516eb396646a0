"""What SORT and THREAD look at."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthouse.formats.mime.scanner import scan
from posthouse.protocols.imap.projections.summary import (
    NO_DATE,
    REFERENCES,
    SENT_OCTETS,
    SortKeys,
    references,
    sent,
    sort_keys,
)


def _keys(header: bytes) -> SortKeys:
    message = header + b"\r\n"
    return SortKeys(*sort_keys(message, scan(message)).split(b"\n"))


def _references(header: bytes) -> list[bytes]:
    message = header + b"\r\n"
    octets = references(message, scan(message))
    return [octets[:1], *[octets[at : at + 8] for at in range(1, len(octets), 8)]]


def test_the_date_has_a_day_as_written_and_a_moment() -> None:
    message = b"Date: Mon, 7 Feb 1994 21:52:25 -0800\r\n\r\n"
    assert struct.unpack("<qq", sent(message, scan(message))) == (727966, 760686745)
    for without in (b"\r\n", b"Date: soon\r\n\r\n"):
        assert sent(without, scan(without)) == NO_DATE


def test_addresses_are_sorted_by_the_mailbox_of_the_first() -> None:
    keys = _keys(b"From: Zoe <alpha@x>, beta@y\r\nTo: =?utf-8?q?J=C3=BCrgen?= <j@x>\r\nCc: plain@x\r\n")
    assert keys.from_ == b"ALPHA"
    assert keys.to == b"J"
    assert keys.cc == b"PLAIN"
    assert keys.display_from == b"ZOE"
    assert keys.display_to == "JU\u0308RGEN".encode()


def test_an_address_without_name_is_shown_itself() -> None:
    keys = _keys(b"From: alpha@X.example\r\nTo: Friends: a@x, b@y;\r\n")
    assert keys.display_from == b"ALPHA@X.EXAMPLE"
    assert keys.to == keys.display_to == b"FRIENDS"


def test_subjects_are_sorted_by_what_a_thread_has_in_common() -> None:
    assert _keys(b"Subject: Re: [list] =?utf-8?q?Gr=C3=BC=C3=9Fe?= (fwd)\r\n").subject == "GRU\u0308SSE".encode()
    assert _keys(b"\r\n") == SortKeys(*[b""] * 6)


def test_references_come_oldest_first_behind_the_own_id() -> None:
    flag, own, *named = _references(b"Message-ID: <c@x>\r\nReferences: <a@x>\r\n <b@x>\r\nIn-Reply-To: <z@x>\r\n")
    assert flag == b"\x00"
    assert [own] == _references(b"Message-ID: <c@x>\r\n")[1:]
    assert named == [_references(b"Message-ID: <%b@x>\r\n" % name)[1] for name in (b"a", b"b")]


def test_in_reply_to_counts_where_there_are_no_references() -> None:
    _, own, *named = _references(b"References: nothing\r\nIn-Reply-To: <a@x> <b@x>\r\nSubject: x\r\n")
    assert own == bytes(8)
    assert named == [_references(b"Message-ID: <a@x>\r\n")[1]]


@pytest.mark.parametrize("subject", [b"Re: x", b"Fwd: x", b"[fwd: x]", b"x (fwd)"])
def test_replies_and_forwards_are_marked(subject: bytes) -> None:
    assert _references(b"Subject: " + subject + b"\r\n")[0] == b"\x01"


def test_quotes_in_an_id_make_no_difference() -> None:
    assert _references(b'Message-ID: <"a.b"@x>\r\n') == _references(b"Message-ID: <a.b@x>\r\n")


def test_it_is_bounded() -> None:
    many = b" ".join(b"<%d@x>" % number for number in range(1_000))
    assert len(_references(b"References: " + many + b"\r\n")) == 2 + REFERENCES


@given(st.binary(max_size=200))
def test_any_message_has_them(octets: bytes) -> None:
    part = scan(octets)
    assert len(sort_keys(octets, part).split(b"\n")) == len(SortKeys._fields)
    assert len(references(octets, part)) % 8 == 1
    assert len(sent(octets, part)) == SENT_OCTETS
