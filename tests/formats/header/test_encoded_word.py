"""RFC 2047 both ways."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.corpus.hostile import CORPUS

from posthouse.formats.header.encoded_word import decode, encode
from posthouse.formats.header.fields import fields, unfold

# Line ends cannot be in a field: decoding drops them (see below).
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n\ufeff"), max_size=80)


@given(TEXTS, st.integers(0, 70))
def test_what_is_encoded_comes_back(text: str, used: int) -> None:
    octets = encode(text, used=used)
    assert decode(unfold(octets).strip()) == text


@given(TEXTS, st.integers(0, 70))
def test_encoded_lines_are_short_and_ascii(text: str, used: int) -> None:
    first, *rest = encode(text, used=used).split(b"\r\n ")
    assert len(first) + used <= 76
    assert all(line.isascii() and len(line) <= 75 for line in rest)


@given(TEXTS)
def test_every_word_holds_whole_characters(text: str) -> None:
    words = encode(text).split(b"\r\n ")
    assert "".join(map(decode, words)) == text


@given(
    st.binary(max_size=60)
    | st.lists(st.sampled_from([b"=?utf-8?q?", b"?=", b"=?", b"b?", b"=C3", b"w6Q=", b" ", b"?"])).map(b"".join)
)
@settings(max_examples=150)
def test_anything_is_decoded_without_line_ends_out_of_words(body: bytes) -> None:
    assert decode(body).count("\n") <= body.count(b"\n")


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b"plain", "plain"),
        (b"=?ISO-8859-1?Q?Andr=E9?= Pirard", "André Pirard"),
        (b"(=?ISO-8859-1?Q?a?= =?ISO-8859-1?Q?b?=)", "(ab)"),
        (b"=?ISO-8859-1?Q?a?=\t \t=?ISO-8859-2?Q?_b?=", "a b"),
        (b"=?utf-8*de?q?Gr=C3=BC=C3=9Fe?=", "Grüße"),
        (b"=?utf-8?B?w6Q=?==?utf-8?B?w7Y=?=", "äö"),
        (b'"=?utf-8?B?w6Q=?=" x', '"ä" x'),
        # A character and a quantum of base64 torn between words.
        (b"=?utf-8?Q?=E4=BD?= =?utf-8?Q?=A0?=", "你"),
        (b"=?utf-8?B?5L2g5?= =?utf-8?B?aW9?=", "你好"),
        (b"=?gb2312?B?xOO6ww==?=", "你好"),
        (b"=?iso-2022-jp?B?GyRCMnE1RBsoQg==?=", "会議"),
        (b"=?utf-8?Q?what??=", "what?"),
        (b"=?utf-8?Q?a b?=", "a b"),
        (b"=?utf-8?x?a?=", "=?utf-8?x?a?="),
        (b"=?utf-8?Q?open", "=?utf-8?Q?open"),
        (b"=?utf-8?B?w6Q?=", "ä"),
        (b"=?unknown-charset?Q?=C3=A4?=", "ä"),
        (b"=?utf-8?Q?a=0D=0ABcc:_x?=", "a Bcc: x"),
        ("Grüße".encode(), "Grüße"),
        ("你好，世界，会议".encode("gb18030"), "你好，世界，会议"),
        ("Grüße =?utf-8?Q?b?=".encode(), "Grüße b"),
    ],
)
def test_what_senders_write(body: bytes, text: str) -> None:
    assert decode(body) == text


def test_raw_octets_under_a_given_charset() -> None:
    assert decode(b"\xe4", "koi8-r") == "Д"


def test_hostile_fields_are_decoded() -> None:
    octets = CORPUS["encoded_word_bomb"]()
    decoded = [decode(octets[field.body_start : field.body_end]) for field in fields(octets)]
    assert decoded[1].strip() == "aba" * 10_000
