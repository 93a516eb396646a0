"""Sections of a message, and fields of a header."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from posthouse.formats.header.fields import header_end, select
from posthouse.formats.mime.scanner import scan
from posthouse.protocols.imap.commands.fetch import BodySection, fetch_att
from posthouse.protocols.imap.grammar.cursor import Cursor
from posthouse.protocols.imap.grammar.section import Section, SectionText
from posthouse.protocols.imap.projections.section import body_part, header_fields, is_listed, listed_fields, section_span

MESSAGE = b"""\
Subject: outer
Content-Type: multipart/mixed; boundary=x

--x
X-Part: 1

one
--x
Content-Type: message/rfc822

Subject: inner
Content-Type: multipart/mixed; boundary=y

--y

deep
--y--
--x
Content-Type: message/rfc822

Subject: plain

simple
--x--
""".replace(b"\n", b"\r\n")


def _section(text: bytes) -> Section:
    found = fetch_att(Cursor(b"BODY" + text))
    assert isinstance(found, BodySection)
    return found.section


def _octets(text: bytes, message: bytes = MESSAGE) -> bytes | None:
    span = section_span(scan(message), _section(text))
    return None if span is None else message[span.start : span.end]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"[]", MESSAGE),
        (b"[HEADER]", MESSAGE[: MESSAGE.index(b"--x")]),
        (b"[TEXT]", MESSAGE[MESSAGE.index(b"--x") :]),
        (b"[1]", b"one"),
        (b"[1.MIME]", b"X-Part: 1\r\n\r\n"),
        (b"[1.TEXT]", None),
        (b"[1.1]", None),
        (b"[2.HEADER]", b"Subject: inner\r\nContent-Type: multipart/mixed; boundary=y\r\n\r\n"),
        (b"[2.TEXT]", b"--y\r\n\r\ndeep\r\n--y--"),
        (b"[2.1]", b"deep"),
        (b"[2.1.MIME]", b"\r\n"),
        (b"[2.2]", None),
        (b"[3.1]", b"simple"),
        (b"[3.1.MIME]", b"Subject: plain\r\n\r\n"),
        (b"[3.TEXT]", b"simple"),
        (b"[3.1.1]", None),
        (b"[4]", None),
    ],
)
def test_sections(text: bytes, expected: bytes | None) -> None:
    assert _octets(text) == expected


def test_a_message_that_is_no_multipart_has_one_part() -> None:
    message = b"Subject: x\r\n\r\nbody\r\n"
    assert _octets(b"[1]", message) == b"body\r\n"
    assert _octets(b"[1.MIME]", message) == b"Subject: x\r\n\r\n"
    assert _octets(b"[2]", message) is None
    assert _octets(b"[1.1]", message) is None


def test_a_message_that_is_a_message() -> None:
    message = b"Content-Type: message/rfc822\r\n\r\nSubject: in\r\n\r\nbody"
    assert _octets(b"[1]", message) == b"Subject: in\r\n\r\nbody"
    assert _octets(b"[1.HEADER]", message) == b"Subject: in\r\n\r\n"
    assert _octets(b"[1.1]", message) == b"body"
    assert body_part(scan(message), (1, 1, 1)) is None


NAMES = [b"Subject", b"TO", b"x-y", b"received", b"To ", b"a(b", b""]
FIELDS = [
    b"Subject: one\r\n",
    b"subject : two\r\n",
    b"SUBJECT:\r\n folded\r\n\tagain\r\n",
    b"To: a\n",
    b"Tone: b\r\n",
    b"X-Y: c\r\n",
    b"garbage\r\n",
    b" stray\r\n",
    b"Received: x\r\n",
    b"From nobody\r\n",
]


@settings(max_examples=300)
@given(st.lists(st.sampled_from(FIELDS), max_size=6), st.lists(st.sampled_from(NAMES), min_size=1, max_size=3))
def test_fields_are_those_that_the_header_has(lines: list[bytes], names: list[bytes]) -> None:
    message = b"".join(lines) + b"\r\nbody"
    header = message[: header_end(message)]
    chosen = header_fields(Section((), SectionText.HEADER_FIELDS, tuple(names)))(header)
    others = header_fields(Section((), SectionText.HEADER_FIELDS_NOT, tuple(names)))(header)
    wanted = frozenset(name.lower() for name in names)
    assert chosen == select(header, wanted) + b"\r\n"
    assert others == select(header, wanted, omit=True) + b"\r\n"


@given(st.lists(st.sampled_from(FIELDS), max_size=6), st.lists(st.sampled_from(NAMES), min_size=1, max_size=3))
def test_listed_fields_answer_as_well(lines: list[bytes], names: list[bytes]) -> None:
    message = b"".join(lines) + b"\r\nbody"
    header = message[: header_end(message)]
    section = Section((), SectionText.HEADER_FIELDS, tuple(names))
    if is_listed(section):
        assert header_fields(section)(listed_fields(header)) == header_fields(section)(header)
    else:
        assert b"received" in names
    assert b"Received" not in listed_fields(header)


def test_no_field() -> None:
    assert header_fields(Section((), SectionText.HEADER_FIELDS, (b"to",)))(b"") == b"\r\n"
    assert header_fields(Section((), SectionText.HEADER_FIELDS, (b"to",)))(b"To: a") == b"To: a\n\r\n"
