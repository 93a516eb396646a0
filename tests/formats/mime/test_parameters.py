"""RFC 2231 and its substitutes."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.corpus.hostile import CORPUS

from posthouse.formats.mime.content import content_disposition
from posthouse.formats.mime.parameters import decoded, encode, filename, parameter
from posthouse.formats.mime.part import Parameters, Part
from posthouse.formats.mime.scanner import scan


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=150))
def test_what_is_encoded_comes_back(value: str) -> None:
    pieces = encode("filename", value)
    _, parsed = content_disposition(b"attachment;\r\n " + b";\r\n ".join(pieces))
    assert decoded(parsed, b"filename") == value.removeprefix("\ufeff")
    assert all(len(piece) <= 76 or value.isascii() for piece in pieces)


@given(st.lists(st.tuples(st.from_regex(rb"n(\*[0-9]{0,5})?\*?", fullmatch=True), st.binary(max_size=10)), max_size=5))
@settings(max_examples=50)
def test_anything_is_a_value_or_none(parameters: Parameters) -> None:
    value = decoded(parameters, b"n")
    assert value is None or isinstance(value, str)
    assert decoded(parameters, b"m") is None


@pytest.mark.parametrize(
    ("parameters", "value"),
    [
        ([(b"n", b"a.txt")], "a.txt"),
        ([(b"n*", b"utf-8'en'%e2%82%ac%20rates")], "€ rates"),
        ([(b"n*", b"gb2312''%C4%E3")], "你"),
        ([(b"n*", b"%C3%A4")], "ä"),
        ([(b"n*0", b"a"), (b"n*1", b"b")], "ab"),
        ([(b"n*1", b"b"), (b"n*0", b"a")], "ab"),
        ([(b"n*0*", b"utf-8''%C3"), (b"n*1*", b"%A4"), (b"n*2", b"%41")], "ä%41"),
        ([(b"n*1*", b"utf-8''%C3%A4"), (b"n*2*", b"b")], "äb"),
        ([(b"n", b"fallback"), (b"n*", b"utf-8''%C3%A4")], "ä"),
        ([(b"n", b"=?utf-8?B?w6Q=?=.txt")], "ä.txt"),
        ([(b"n", b"=?utf-8?B?w6Q=?= =?utf-8?Q?b?=")], "äb"),
        ([(b"n", b"\xc3\xa4")], "ä"),
        ([(b"n", "测试文件说明.txt".encode("gb18030"))], "测试文件说明.txt"),
        ([(b"n*", b"utf-8'%zz")], "utf-8'%zz"),
        ([(b"other", b"x")], None),
    ],
)
def test_values(parameters: Parameters, value: str | None) -> None:
    assert decoded(parameters, b"n") == value


def test_octets() -> None:
    assert parameter([(b"b", b"x")], b"b") == b"x"
    assert parameter([(b"b*0", b"x"), (b"b*1", b"y")], b"b") == b"xy"
    assert parameter([], b"b") == b""


@pytest.mark.parametrize(
    ("name", "saved_as"),
    [
        (b"a.txt", "a.txt"),
        (b"..\\..\\windows\\a.exe", "a.exe"),
        (b"/etc/passwd", "passwd"),
        (b"a\x00b\r\n.txt", "ab.txt"),
        (b"/", None),
        (b"  ", None),
    ],
)
def test_file_names_have_no_path(name: bytes, saved_as: str | None) -> None:
    assert filename(Part(0, 0, 0, 0, disposition_parameters=[(b"filename", name)])) == saved_as


def test_the_disposition_names_first() -> None:
    part = scan(CORPUS["rfc_2231"]())
    assert filename(part) == "你.pdf"
    assert decoded(part.parameters, b"name") == "Grüße%20plain你"
    assert filename(Part(0, 0, 0, 0, parameters=[(b"name", b"n")])) == "n"
    assert filename(Part(0, 0, 0, 0)) is None
