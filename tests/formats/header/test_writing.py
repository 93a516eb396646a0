"""Fields for the wire."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthouse.formats.header.encoded_word import decode
from posthouse.formats.header.fields import fields, first, unfold
from posthouse.formats.header.writing import fold, structured, unstructured


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufeff"), max_size=150))
def test_text_comes_back(text: str) -> None:
    octets = unstructured("Subject", text)
    body = first(octets, b"subject")
    assert body is not None
    assert decode(body) == text.strip()


@given(st.text(max_size=60))
def test_text_cannot_begin_another_field(text: str) -> None:
    octets = unstructured("Subject", text)
    assert [field.name for field in fields(octets + b"\r\n")] == [b"Subject"]
    assert all(len(line) <= 998 for line in octets.split(b"\r\n"))


@given(st.from_regex(rb"[ a-z]{0,200}", fullmatch=True), st.integers(0, 60))
def test_folding_loses_nothing(body: bytes, used: int) -> None:
    assert unfold(fold(body, used=used)) == body
    assert all(line.strip() for line in fold(body).split(b"\r\n")[1:])


def test_forms() -> None:
    assert unstructured("Subject", "a b") == b"Subject: a b\r\n"
    assert unstructured("Subject", "a\r\nBcc: x") == b"Subject: a Bcc: x\r\n"
    assert unstructured("Subject", "=?a") == b"Subject: =?utf-8?Q?=3D=3Fa?=\r\n"
    assert b"\r\n" in unstructured("Subject", "word " * 30).rstrip()
    assert all(len(line) <= 76 for line in unstructured("Subject", "x" * 2000).split(b"\r\n"))
    assert structured("A", b"b\r\n c") == b"A: b\r\n c\r\n"


@pytest.mark.parametrize("name", ["", "a b", "a:", "ä", "a\r\n"])
def test_names_are_checked(name: str) -> None:
    with pytest.raises(ValueError, match="field name"):
        unstructured(name, "x")


@pytest.mark.parametrize("body", [b"a\r\nb", b"a\nb", b"a\r b", b"a\r\n", b"a\r\n\r\n b"])
def test_bodies_are_checked(body: bytes) -> None:
    with pytest.raises(ValueError, match="line end"):
        structured("A", body)
