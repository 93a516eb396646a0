"""Words out of HTML."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthouse.formats.mime.html import meta_charset, strip_html


@pytest.mark.parametrize(
    ("markup", "words"),
    [
        ("<p>Hello <b>wo</b>rld</p><p>again", "Hello world again"),
        ("a<br>b<BR/>c", "a b c"),
        ("<td>a</td><td>b</td>", "a b"),
        ("Gr&uuml;&#223;e &amp; &lt;b&gt; &#x4f60;", "Grüße & <b> 你"),
        ("<style type='x'>p {a: b}</style>x<script>if (a<b) c</script>y<!-- <p>no</p> -->z", "xyz"),
        ("<title>no</title>yes", "yes"),
        ("<!---->a<!-->b<!--->c", "abc"),
        ("a < b and c > d", "a < b and c > d"),
        ("<!DOCTYPE html><?xml x?>a", "a"),
        ("a<style>never closed", "a"),
        ("a<!-- never closed", "a"),
        ("&#99999999999999;a", "\ufffda"),
        ("no markup", "no markup"),
    ],
)
def test_words(markup: str, words: str) -> None:
    assert " ".join(strip_html(markup).split()) == words


@given(
    st.lists(st.sampled_from(["<", ">", "!--", "-->", "style", "/script", "p", "&", "#", "9" * 30, ";", " ", "x", "\x00"])).map(
        "".join
    )
)
def test_anything_is_text(markup: str) -> None:
    assert isinstance(strip_html(markup), str)


def test_digits_beyond_what_int_takes() -> None:
    assert strip_html("&#" + "9" * 10_000 + ";") == "\ufffd"


def test_meta_charset() -> None:
    assert meta_charset(b"<html><head><META charset='GB2312'>") == b"GB2312"
    assert meta_charset(b'<meta http-equiv="Content-Type" content="text/html; charset=utf-8">') == b"utf-8"
    assert meta_charset(b"<p>charset=utf-8") is None
    assert meta_charset(b" " * 2_000 + b"<meta charset=utf-8>") is None
