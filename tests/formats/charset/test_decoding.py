"""Octets to characters under a label."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from posthouse.formats.charset import decode, is_known
from posthouse.formats.charset.labels import DECODERS


@given(st.binary(max_size=60), st.sampled_from(sorted(DECODERS)) | st.text(max_size=10))
@settings(max_examples=200)
def test_anything_is_decoded_under_any_label(octets: bytes, label: str) -> None:
    text = decode(octets, label)
    text.encode("utf-8")  # no lone surrogates come out


@given(st.text(st.characters(codec="utf-8"), max_size=60))
def test_utf_8_comes_back(text: str) -> None:
    assert decode(text.encode(), "UTF-8") == text.removeprefix("\ufeff")


@pytest.mark.parametrize(
    ("label", "codec", "text"),
    [
        ("GB2312", "gb18030", "您好，㐂"),
        ("gbk", "gb18030", "繁體"),
        ("x-gbk", "gb18030", "你好"),
        ("hz-gb-2312", "hz", "你好"),
        ("Big5", "cp950", "您好"),
        ("big5-hkscs", "big5hkscs", "你哋㗎"),
        ("ks_c_5601-1987", "cp949", "똠방각하"),
        ("EUC-KR", "cp949", "안녕"),
        ("iso-2022-kr", "iso2022_kr", "안녕"),
        ("x-sjis", "cp932", "①髙"),
        ("Windows-31J", "cp932", "㈱"),
        ("Shift_JIS", "cp932", "日本"),
        ("EUC-JP", "euc_jp", "日本"),
        ("ISO-2022-JP", "iso2022_jp", "日本"),
        ("iso-2022-jp-2", "iso2022_jp_2", "日本한"),
        ("ISO-8859-8-I", "iso8859_8", "שלום"),
        ("iso-8859-1", "cp1252", "€ “x”"),
        ("ISO_8859-15", "iso8859_15", "€"),
        ("koi8-r", "koi8_r", "Привет"),
        ("windows-1251", "cp1251", "Привет"),
        ("tis-620", "cp874", "สวัสดี"),
        ("unicode-1-1-utf-7", "utf_7", "你好"),
        ("UTF-16", "utf_16", "你好"),
        ("utf8", "utf_8", "你好"),
        ('"utf-8"', "utf_8", "你好"),
        ("cp936", "gb18030", "你好"),
    ],
)
def test_labels(label: str, codec: str, text: str) -> None:
    assert decode(text.encode(codec), label) == text
    assert decode(text.encode(codec), label.encode()) == text
    assert is_known(label)


@pytest.mark.parametrize(
    "label",
    [
        "idna",
        "unicode_escape",
        "raw_unicode_escape",
        "zip",
        "zlib",
        "hex",
        "rot13",
        "base64",
        "bz2",
        "uu",
        "quopri",
        "punycode",
        "undefined",
        "mbcs",
        "oem",
    ],
)
def test_codecs_that_are_no_charsets_are_never_used(label: str) -> None:
    assert not is_known(label)
    assert decode(b"\\x41 =41 uryyb xn--a", label) == "\\x41 =41 uryyb xn--a"


@pytest.mark.parametrize("label", [None, "", "us-ascii", "ASCII", "unknown-8bit", "x-unknown", "no such charset"])
def test_without_a_useful_label_octets_are_guessed(label: str | None) -> None:
    assert decode("Grüße".encode(), label) == "Grüße"
    assert decode(b"Gr\xfc\xdfe", label) == "Grüße"


def test_what_cannot_be_read_is_replaced() -> None:
    assert decode(b"a\xff\xc3\xa4", "utf-8") == "a\ufffdä"
    assert decode(b"\x81", "koi8-t") == "\ufffd" or decode(b"\x81", "koi8-t")
    assert decode("日本".encode("cp932") + b"\x81", "shift_jis") == "日本\ufffd"


def test_utf_8_that_is_not() -> None:
    assert decode("Gr\u00fc\u00dfe".encode("cp1252"), "utf-8") == "Grüße"
    assert decode("会议通知，请准时参加".encode("gb18030"), "utf-8") == "会议通知，请准时参加"


def test_byte_order_marks_are_dropped() -> None:
    assert decode("\ufeffa".encode(), "utf-8") == "a"
    assert decode("\ufeffa".encode("utf-16-le"), None) == "a"


def test_known_charsets() -> None:
    assert is_known("US-ASCII")
    assert is_known(b"utf-8")
    assert not is_known("x-unknown")
    assert not is_known("")
