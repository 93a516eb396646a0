"""Guesses."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from posthouse.formats.charset import decode, detect
from posthouse.formats.charset.labels import DECODERS

_CODECS = {decoder for decoders in DECODERS.values() for decoder in decoders} | {"ascii"}


@given(
    st.binary(max_size=80)
    | st.lists(st.sampled_from([b"\xa4\xa2", b"\xb0\xa1", b"\xe4", b"\x82\xa0", b"a", b"\x1b$B", b"~{", b"~}"])).map(b"".join)
)
@settings(max_examples=150)
def test_anything_gives_a_codec_of_the_allow_list(octets: bytes) -> None:
    assert detect(octets) in _CODECS


@pytest.mark.parametrize(
    ("text", "codec"),
    [
        ("今日は株式会社①の件でご連絡しました。", "cp932"),
        ("会議のお知らせ", "cp932"),
        ("今日は株式会社の件でご連絡しました。", "euc_jp"),
        ("你好，这是关于项目的会议通知，请准时参加", "gb18030"),
        ("Re: 会议通知", "gb18030"),
        ("您好，這是關於專案的會議通知，請準時參加", "cp950"),
        ("안녕하세요 회의 일정을 알려드립니다", "cp949"),
        ("Привет, как дела? Встреча завтра", "koi8_r"),
        ("Привет, как дела? Встреча завтра", "cp1251"),
        ("Grüße aus München, schöne Straße", "cp1252"),
        ("Déjà vu à côté de l'été", "cp1252"),
        ("Müller", "cp1252"),
        ("naïve “quotes” – and dashes", "cp1252"),
        ("你好", "utf_8"),
        ("é", "utf_8"),
        ("今日は", "iso2022_jp"),
        ("안녕", "iso2022_kr"),
        ("你好", "hz"),
        ("plain", "ascii"),
        ("mark", "utf_16"),
        ("mark", "utf_32"),
    ],
)
def test_text_is_read(text: str, codec: str) -> None:
    assert decode(text.encode(codec)) == text


def test_long_text_that_ends_inside_a_character() -> None:
    octets = ("长" * 10_000).encode()
    assert detect(octets[:-1]) == "utf_8"
    assert detect(("会议通知" * 3_000).encode("gb18030")[:-1]) == "gb18030"


def test_tildes_alone_are_not_hz() -> None:
    assert detect(b"~{ in C ~}!") in ("ascii", "hz")
    assert detect(b"a ~ b") == "ascii"
