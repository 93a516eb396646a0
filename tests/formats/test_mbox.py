"""Where messages begin in an mbox file, and what was noted about them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthouse.formats.mbox import places, postmark_date, state, unquote

STAMP = b"From a@b.test Thu Nov 13 13:30:25 2003\n"


def _messages(octets: bytes) -> list[bytes]:
    return [octets[place.start : place.end] for place in places(octets)]


def test_messages_begin_at_postmarks_after_blank_lines() -> None:
    octets = (
        STAMP
        + b"Subject: 1\n\nbody\nFrom here it is 10:30 away\n\nFrom now on 10:30 is no header\nbelow\n\n"
        + STAMP
        + b"Subject: 2\n\n\n"
        + b"From - Thu Nov 13 13:30:25 2003\nX-Mozilla-Status: 0001\n\n"
        + STAMP
        + b">From quoted\nSubject: 3\n\nlast\n\n"
    )
    assert _messages(octets) == [
        b"Subject: 1\n\nbody\nFrom here it is 10:30 away\n\nFrom now on 10:30 is no header\nbelow\n",
        b"Subject: 2\n\n",
        b"X-Mozilla-Status: 0001\n",
        b">From quoted\nSubject: 3\n\nlast\n",
    ]


def test_crlf_files_are_read_too() -> None:
    octets = (STAMP + b"Subject: 1\n\nx\n\n" + STAMP + b"Subject: 2\n\ny\n\n").replace(b"\n", b"\r\n")
    assert _messages(octets) == [b"Subject: 1\r\n\r\nx\r\n", b"Subject: 2\r\n\r\ny\r\n"]


@pytest.mark.parametrize("octets", [b"", b"From ", STAMP, b"Subject: none\n\nFrom x\n", STAMP + b"no header here\n"])
def test_what_holds_no_message(octets: bytes) -> None:
    assert _messages(octets) == []


def test_junk_in_front_is_passed_over() -> None:
    assert _messages(b"junk\n\n" + STAMP + b"Subject: 1\n\nx\n") == [b"Subject: 1\n\nx\n"]


@given(st.lists(st.text("ab> \n", max_size=40), min_size=1, max_size=5))
def test_what_was_written_is_read(bodies: list[str]) -> None:
    messages = [b"Subject: x\n\n" + body.encode() + b"\n" for body in bodies]
    assert _messages(b"".join(STAMP + message + b"\n" for message in messages)) == messages


@given(st.lists(st.sampled_from([STAMP, b"\n", b"\r\n", b"Subject: x\n", b"From ", b">From x\n", b"1:00", b"text\n"]), max_size=30))
def test_any_octets_give_places_in_order(pieces: list[bytes]) -> None:
    octets, end = b"".join(pieces), 0
    for place in places(octets):
        assert end <= place.start <= place.end <= len(octets)
        end = place.end


def test_quoted_lines() -> None:
    assert unquote(b">From a\n>>From b\nx >From c\n> From d\n") == b"From a\n>From b\nx >From c\n> From d\n"


@pytest.mark.parametrize(
    ("postmark", "date"),
    [
        (STAMP.strip(), b"Thu Nov 13 13:30:25 2003"),
        (b"From - Tue Oct 03 12:00:00 2000", b"Tue Oct 03 12:00:00 2000"),
        (b"From ???@??? Mon Jan 01 10:00:00 1996", b"Mon Jan 01 10:00:00 1996"),
        (b"From a@b 13:30", b""),
    ],
)
def test_dates_of_postmarks(postmark: bytes, date: bytes) -> None:
    assert postmark_date(postmark) == date


@pytest.mark.parametrize(
    ("head", "letters", "keywords", "expunged"),
    [
        (b"Status: RO\nX-Status: AF\n", "ROAF", (), False),
        (b"X-Mozilla-Status: 0007\nX-Mozilla-Keys: $label1 work\n", "RAF", ("$label1", "work"), False),
        (b"X-Mozilla-Status: 0009\n", "R", (), True),
        (b"X-Mozilla-Status: zz\nX-Keywords: a, b a\n", "", ("a", "b"), False),
        (b"Subject: x\n", "", (), False),
    ],
)
def test_what_programs_noted(head: bytes, letters: str, keywords: tuple[str, ...], expunged: bool) -> None:
    assert state(head + b"\nStatus: D\n") == (frozenset(letters), keywords, expunged)
