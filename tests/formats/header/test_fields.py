"""Fields found in place."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.corpus.hostile import CORPUS
from tests.support.corpus.trees import SOUP

from posthouse.formats.header.fields import every, fields, first, header_end, select, unfold
from posthouse.formats.mime.scanner import scan
from posthouse.foundation.limits import HEADER_FIELDS

HEADER = (
    b"Received: from a\r\n\tby b;\r\n date\r\nSubject : Hello\r\nTo:\r\nbroken line\r\n and its continuation\r\n"
    b"X-Empty: \r\nSUBJECT: again\r\n\r\nSubject: in the body\r\n"
)
_NAMES = st.from_regex(rb"[!-,.-9;-~][!-9;-~]{0,10}", fullmatch=True)
_BODIES = st.from_regex(rb"[ -~\x80-\xff]{0,10}(\r\n [ -~]{1,5}){0,2}", fullmatch=True)


def test_header_end() -> None:
    assert HEADER[header_end(HEADER) :] == b"Subject: in the body\r\n"
    assert header_end(b"A: b\n\nbody") == 6
    assert header_end(b"A: b\r\n") == 6
    assert header_end(b"\nbody") == 1
    assert header_end(b"no header") == 0
    assert header_end(b"From a@b Sun\r\nA: b\r\n\r\n") == 22
    assert header_end(b"A: b\r\n--x\r\n\r\n") == 6
    assert header_end(b"xxA: b\r\n\r\nbody", 2, 9) == 9
    assert header_end(b"") == 0


@given(SOUP)
@settings(max_examples=200)
def test_header_end_agrees_with_the_scanner(octets: bytes) -> None:
    assert header_end(octets) == scan(octets).body_start


def test_fields_are_spans_of_the_octets() -> None:
    found = list(fields(HEADER))
    assert [field.name for field in found] == [b"Received", b"Subject", b"To", b"X-Empty", b"SUBJECT"]
    assert [HEADER[field.body_start : field.body_end] for field in found][:3] == [b" from a\r\n\tby b;\r\n date", b" Hello", b""]
    assert HEADER[found[1].start : found[1].end] == b"Subject : Hello\r\n"


@given(st.lists(st.tuples(_NAMES, _BODIES), max_size=5), st.sampled_from([b"\r\n", b"\n"]))
@settings(max_examples=50)
def test_written_fields_come_back(written: list[tuple[bytes, bytes]], line_end: bytes) -> None:
    octets = b"".join(name + b":" + body.replace(b"\r\n", line_end) + line_end for name, body in written) + line_end
    found = [(field.name, octets[field.body_start : field.body_end].replace(line_end, b"\r\n")) for field in fields(octets)]
    assert found == written


@given(SOUP | st.binary(max_size=60))
@settings(max_examples=150)
def test_fields_of_anything_are_in_order_and_inside(octets: bytes) -> None:
    position = 0
    end = header_end(octets)
    for field in fields(octets):
        assert position <= field.start < field.body_start <= field.body_end <= field.end <= end
        assert octets[field.start :].startswith(field.name)
        position = field.end


@pytest.mark.parametrize("name", CORPUS)
def test_hostile_headers_are_bounded(name: str) -> None:
    assert sum(1 for _ in fields(CORPUS[name]())) <= HEADER_FIELDS


def test_first_and_every() -> None:
    assert first(HEADER, b"subject") == b"Hello"
    assert every(HEADER, b"Subject") == [b"Hello", b"again"]
    assert first(HEADER, b"received") == b"from a\tby b; date"
    assert first(HEADER, b"to") == b""
    assert first(HEADER, b"x-missing") is None
    assert first(HEADER, b"ubject") is None
    assert first(b"xxA: b\r\n\r\n", b"a", 2) == b"b"
    assert every(b"A.B: c\r\nAxB: d\r\n\r\n", b"a.b") == [b"c"]


@given(SOUP)
def test_first_agrees_with_fields(octets: bytes) -> None:
    bodies = [
        unfold(octets[field.body_start : field.body_end]).strip()
        for field in fields(octets)
        if field.name.lower() == b"content-type"
    ]
    assert every(octets, b"content-type") == bodies
    assert first(octets, b"content-type") == (bodies[0] if bodies else None)


def test_select_keeps_octets() -> None:
    names = frozenset((b"subject", b"x-empty"))
    assert select(HEADER, names) == b"Subject : Hello\r\nX-Empty: \r\nSUBJECT: again\r\n"
    assert select(HEADER, names, omit=True) == b"Received: from a\r\n\tby b;\r\n date\r\nTo:\r\n"


def test_unfold() -> None:
    assert unfold(b"a\r\n b\n\tc") == b"a b\tc"
    assert unfold(b"a\rb") == b"a\rb"
