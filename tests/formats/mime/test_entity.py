"""Entities for the wire."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthouse.formats.mime.entity import binary_entity, check_boundary, content_field, has_long_line, text_entity, with_crlf
from posthouse.formats.mime.scanner import scan
from posthouse.formats.mime.text import text_of

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\ufeff"), max_size=80) | st.lists(
    st.sampled_from(["From x\n", ".\n", "--=_b\r\n", "x" * 1200, "ä", "你好", " \n", "\t", "\x00", "\r", "plain words "])
).map("".join)


@given(TEXTS)
def test_text_comes_back_with_its_line_ends_normalised(text: str) -> None:
    octets = text_entity("plain", text)
    normal = with_crlf(text.encode()).decode()
    if normal and not normal.endswith("\r\n"):
        normal += "\r\n"
    assert text_of(octets, scan(octets)) == normal
    assert octets.isascii()
    assert not has_long_line(octets)
    assert b"\n--=_" not in octets


@pytest.mark.parametrize(
    ("text", "mechanism"),
    [
        ("plain", b"7bit"),
        ("mostly plain wörds here", b"quoted-printable"),
        ("全是中文", b"base64"),
        ("x" * 1000, b"quoted-printable"),
    ],
)
def test_the_shortest_encoding(text: str, mechanism: bytes) -> None:
    assert scan(text_entity("plain", text)).transfer_encoding == mechanism


def test_fields() -> None:
    assert content_field("text/plain", charset="utf-8") == b"Content-Type: text/plain;\r\n charset=utf-8\r\n"
    assert content_field("nonsense\r\nBcc: x") == b"Content-Type: application/octet-stream\r\n"
    assert content_field("a/b", report_type="c") == b"Content-Type: a/b;\r\n report-type=c\r\n"
    assert binary_entity(b"\x00", []) == b"Content-Transfer-Encoding: base64\r\n\r\nAA==\r\n"


def test_boundaries() -> None:
    assert check_boundary("abc", [b"x"]) == "=_abc"
    with pytest.raises(ValueError, match="occurs"):
        check_boundary("abc", [b"--=_abc"])
    for unfit in ("", "a b", "a\r\n", "ä", "a" * 61):
        with pytest.raises(ValueError, match="letters"):
            check_boundary(unfit, [])


def test_line_ends_and_lengths() -> None:
    assert with_crlf(b"a\nb\rc\r\nd") == b"a\r\nb\r\nc\r\nd"
    assert has_long_line(b"a" * 1001)
    assert not has_long_line((b"a" * 998 + b"\r\n") * 2)
    assert has_long_line(b"a" * 999 + b"\r\n")
