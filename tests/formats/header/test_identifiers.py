"""Message identifiers."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from posthouse.formats.header.fields import unfold
from posthouse.formats.header.identifiers import IDENTIFIERS, format_identifiers, identifier, identifiers

_IDENTIFIERS = st.from_regex(rb"<[a-zA-Z0-9.!#$-]{1,30}@[a-z0-9.]{1,30}>", fullmatch=True)


@given(st.lists(_IDENTIFIERS, max_size=8, unique=True), st.integers(0, 20))
@settings(max_examples=50)
def test_what_is_formatted_comes_back(values: list[bytes], used: int) -> None:
    octets = format_identifiers(values, used=used)
    assert identifiers(unfold(octets)) == values
    assert all(len(line) <= 76 for line in octets.split(b"\r\n")[1:])


@given(st.binary(max_size=60))
def test_anything_gives_bracketed_words(body: bytes) -> None:
    for found in identifiers(body):
        assert found.startswith(b"<")
        assert found.endswith(b">")
        assert found[1:-1].strip(b" \t\r\n") != b""
    single = identifier(body)
    assert single is None or single.startswith(b"<")


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (b"<a@b> <c@d>\t<a@b>", [b"<a@b>", b"<c@d>"]),
        (b"<a@b><c@d>,<e@f>", [b"<a@b>", b"<c@d>", b"<e@f>"]),
        (b'Your message of "Fri, 1 Jan" <a@b>', [b"<a@b>"]),
        (b"<a.very.long\t one@b>", [b"<a.verylongone@b>".replace(b"verylong", b"very.long")]),
        (b"a@b, c@d", [b"<a@b>", b"<c@d>"]),
        (b"no identifier", []),
        (b"<>", []),
        (b"", []),
    ],
)
def test_lists(body: bytes, found: list[bytes]) -> None:
    assert identifiers(body) == found


def test_single() -> None:
    assert identifier(b" <a@b> (comment)") == b"<a@b>"
    assert identifier(b"word") == b"<word>"
    assert identifier(b"two words") is None
    assert identifier(b"") is None


def test_bounded() -> None:
    assert len(identifiers(b"".join(b"<%d@a>" % n for n in range(IDENTIFIERS + 5)))) == IDENTIFIERS
