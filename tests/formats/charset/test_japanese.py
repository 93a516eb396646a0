"""CP932 characters in JIS clothes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthouse.formats.charset import decode
from posthouse.formats.charset.japanese import euc_as_cp932, iso_2022_as_cp932

KANJI = st.text(st.sampled_from("日本語会議のお知らせ、。ABC xyz"), max_size=20)


@given(KANJI)
def test_agrees_with_the_codecs_where_they_can_read(text: str) -> None:
    assert iso_2022_as_cp932(text.encode("iso2022_jp")) == text
    assert euc_as_cp932(text.encode("euc_jp")) == text


@given(st.binary(max_size=40))
def test_anything_is_read_or_none(octets: bytes) -> None:
    assert isinstance(iso_2022_as_cp932(octets), str)
    assert euc_as_cp932(octets) is None or isinstance(euc_as_cp932(octets), str)


@pytest.mark.parametrize(
    ("octets", "text"),
    [
        (b"\x1b$B-!-j\x1b(B", "①㈱"),
        (b"\x1b$@F|K\\\x1b(J!", "日本!"),
        (b"\x1b(I1234\x1b(B", "ｱｲｳｴ"),
        (b"\x1b$B-!\nplain", "①\nplain"),
        (b"a \x1b$B-!", "a ①"),
    ],
)
def test_iso_2022_jp(octets: bytes, text: str) -> None:
    assert decode(octets, "iso-2022-jp") == text


def test_euc_jp() -> None:
    assert decode(b"\xad\xa1\xad\xea \x8e\xb1", "euc-jp") == "①㈱ ｱ"
