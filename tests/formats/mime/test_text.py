"""Text for people and for SEARCH."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.corpus.hostile import CORPUS
from tests.support.corpus.trees import SOUP

from posthouse.formats.mime.scanner import scan
from posthouse.formats.mime.text import PREVIEW_CHARACTERS, header_text, preview, search_text, text_of
from posthouse.foundation.limits import SEARCH_TEXT_CHARACTERS


@given(SOUP, st.integers(0, 50))
def test_anything_has_text_within_bounds(octets: bytes, limit: int) -> None:
    part = scan(octets)
    assert len(search_text(octets, part, limit=limit)) <= limit
    assert len(header_text(octets, part, limit=limit)) <= limit
    shown = preview(octets, part)
    assert len(shown) <= PREVIEW_CHARACTERS
    assert shown == " ".join(shown.split())


@pytest.mark.parametrize("name", CORPUS)
def test_hostile_mail_has_text(name: str) -> None:
    octets = CORPUS[name]()
    part = scan(octets)
    assert len(search_text(octets, part)) <= SEARCH_TEXT_CHARACTERS
    assert len(preview(octets, part)) <= PREVIEW_CHARACTERS


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("gb18030", "您好，㐂来信已收到，谢谢。"),
        ("iso_2022_jp", "会議のお知らせ"),
        ("euc_kr", "회의 일정을 알려드립니다"),
        ("shift_jis", "株式会社①のお知らせ"),
    ],
)
def test_charsets_of_east_asia(name: str, text: str) -> None:
    octets = CORPUS[name]()
    part = scan(octets)
    assert text_of(octets, part) == text
    assert preview(octets, part) == text


MIXED = (
    "Subject: outside\r\nContent-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\n"
    "Content-Type: multipart/alternative; boundary=a\r\n\r\n--a\r\n"
    "Content-Type: text/html; charset=utf-8\r\n\r\n<p>markup ü</p>\r\n--a\r\n"
    "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
    "> quoted\r\nplain=20=C3=BC  \r\n--a--\r\n--m\r\n"
    "Content-Type: message/rfc822\r\n\r\nSubject: =?utf-8?q?n=C3=A4sted?=\r\n\r\ninner\r\n--m\r\n"
    "Content-Type: application/octet-stream\r\n\r\nbinary\r\n--m\r\n"
    "Content-Type: text/csv\r\nContent-Disposition: attachment\r\n\r\na;b\r\n--m--\r\n"
).encode()


def test_search_looks_at_all_text_and_nested_headers() -> None:
    text = search_text(MIXED, scan(MIXED))
    for word in ("markup ü", "plain ü", "> quoted", "Subject: nästed", "inner", "a;b"):
        assert word in text
    for word in ("<p>", "binary", "outside"):
        assert word not in text


def test_header_text() -> None:
    octets = b"Subject: =?utf-8?q?=C3=A4?=\r\n b\r\nX: y\r\n\r\nbody"
    assert header_text(octets, scan(octets)) == "Subject: ä b\nX: y"


def test_the_preview_prefers_plain_text_and_own_words() -> None:
    assert preview(MIXED, scan(MIXED)) == "plain ü"


@pytest.mark.parametrize(
    ("octets", "shown"),
    [
        (b"\r\n> only\r\n> quoted", "> only > quoted"),
        (b"Content-Type: text/html\r\n\r\n<style>x</style><p>a&nbsp;b\xe2\x80\x8b</p>", "a b"),
        (b"Content-Type: text/plain\r\nContent-Disposition: attachment\r\n\r\na", ""),
        (b"Content-Type: image/png\r\n\r\na", ""),
        (b"Content-Type: text/html\r\n\r\n<meta charset=gb2312>\xc4\xe3", "你"),
        (b"\r\n" + b"word " * 100, ("word " * 40).strip()),
        (b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n--b\r\n\r\nsecond\r\n--b--", "second"),
    ],
)
def test_previews(octets: bytes, shown: str) -> None:
    assert preview(octets, scan(octets)) == shown
