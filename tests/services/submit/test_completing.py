"""What a submission is given, and what is taken from it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthouse.formats.address.value import Address
from posthouse.formats.header.fields import every, fields, first, header_end
from posthouse.model.content import Content, Spooled, assemble
from posthouse.services.submit.completing import HIDDEN, Facts, authors, completed

FACTS = Facts("trace@mx.example.test", 1_700_000_000.0, "alice@example.test")
WHOLE = b"From: a@b\r\nDate: now\r\nMessage-ID: <x@y>\r\n"


def shown(octets: bytes) -> bytes:
    return assemble(octets, completed(octets, octets, FACTS).pieces)


def test_a_whole_message_stays_as_it_is() -> None:
    assert completed(WHOLE + b"\r\nx", WHOLE + b"\r\nx", FACTS) == Content(WHOLE + b"\r\nx")


def test_missing_fields_are_added() -> None:
    octets = shown(b"Subject: x\r\n\r\ntext\r\n")
    assert first(octets, b"date") == b"Tue, 14 Nov 2023 22:13:20 +0000"
    assert first(octets, b"from") == b"<alice@example.test>"
    assert first(octets, b"message-id") == b"<trace@mx.example.test>"
    assert octets.endswith(b"Subject: x\r\n\r\ntext\r\n")


def test_bcc_is_taken_out_wherever_it_stands() -> None:
    octets = b"Bcc: a@b,\r\n c@d\r\n" + WHOLE + b"bcc: e@f\r\nTo: g@h\r\nResent-Bcc: i@j\r\n\r\nBcc: text\r\n"
    assert shown(octets) == WHOLE + b"To: g@h\r\n\r\nBcc: text\r\n"


def test_a_text_without_header_gets_one() -> None:
    octets = shown(b"just text\r\n")
    assert octets[header_end(octets) :] == b"just text\r\n"
    assert first(octets, b"from")


def test_a_spooled_body_is_never_read() -> None:
    body = Spooled("/nowhere", 1_000)
    pieces = completed(body, b"Bcc: a@b\r\n" + WHOLE + b"\r\n", FACTS)
    assert pieces.size_octets == 1_000 - len(b"Bcc: a@b\r\n")


@given(st.lists(st.sampled_from([b"Bcc: a@b\r\n", b"From: x@y\r\n", b" folded\r\n", b"\r\n", b"text", b":\r\n", b"\n"])))
def test_any_message(lines: list[bytes]) -> None:
    octets = b"".join(lines)
    result = shown(octets)
    names = {field.name.lower() for field in fields(result)}
    assert not names & HIDDEN
    assert {b"date", b"from", b"message-id"} <= names
    assert result.endswith(octets[header_end(octets) :])


@pytest.mark.parametrize(
    ("head", "found"),
    [
        (b"From: Alice <alice@b>, bob@c\r\n", [Address("alice", "b"), Address("bob", "c")]),
        (b"From: a@b\r\nfrom: c@d\r\n\r\n", [Address("a", "b"), Address("c", "d")]),
        (b"Subject: x\r\n", []),
    ],
)
def test_authors(head: bytes, found: list[Address]) -> None:
    assert authors(head) == found
    assert len(every(head, b"subject")) <= 1
