"""Mailbox names in modified UTF-7 and UTF-8."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.imap_values import names

from posthouse.protocols.imap.grammar.cursor import Cursor
from posthouse.protocols.imap.grammar.mailbox import decode_mailbox, decode_name, encode_name, list_mailbox, mailbox, mailbox_octets


@given(names, st.booleans())
def test_round_trip(name: str, utf8: bool) -> None:
    assert decode_name(encode_name(name, utf8=utf8), utf8=utf8) == name
    assert mailbox(Cursor(mailbox_octets(name, utf8=utf8), utf8=utf8)) == name


@given(st.binary(max_size=20), st.booleans())
def test_any_octets_are_some_name(octets: bytes, utf8: bool) -> None:
    assert isinstance(decode_mailbox(octets, utf8=utf8), str)


@pytest.mark.parametrize(
    ("octets", "name"),
    [
        (b"~peter/mail/&U,BTFw-/&ZeVnLIqe-", "~peter/mail/台北/日本語"),  # RFC 3501 §5.1.3
        (b"&Jjo-!", "☺!"),
        (b"Jim &- Jane", "Jim & Jane"),
        (b"&AOQ-&-&AOQ-", "ä&ä"),
        (b"&2D3eAA-", "😀"),
    ],
)
def test_modified_utf7(octets: bytes, name: str) -> None:
    assert decode_name(octets, utf8=False) == name
    assert encode_name(name, utf8=False) == octets


@pytest.mark.parametrize("octets", [b"A&B", b"&", b"&Jjo", b"&****-", b"&2D0-", b"&Jjp-", "&é-".encode()])
def test_what_is_not_modified_utf7_is_taken_as_it_stands(octets: bytes) -> None:
    assert decode_name(octets, utf8=False) == octets.decode()


def test_the_inbox_has_one_name() -> None:
    assert decode_mailbox(b"iNbOx", utf8=False) == "INBOX"
    assert decode_mailbox(b"inbox/x", utf8=False) == "inbox/x"


def test_utf8_names() -> None:
    assert decode_name("日本&-".encode(), utf8=True) == "日本&-"
    assert mailbox_octets("日本", utf8=True) == '"日本"'.encode()
    assert mailbox_octets("日本", utf8=False) == b"&ZeVnLA-"
    assert mailbox_octets("a b", utf8=False) == b'"a b"'


def test_patterns() -> None:
    assert list_mailbox(Cursor(b"&AOQ-%/*]")) == "ä%/*]"
    assert list_mailbox(Cursor(b'"a b*"')) == "a b*"
