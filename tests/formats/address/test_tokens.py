"""Lexical tokens of address fields."""

from hypothesis import given
from hypothesis import strategies as st

from posthouse.formats.address.tokens import Kind, Token, tokens


def test_kinds() -> None:
    assert list(tokens(b'a "b c" (d (e)) <f@g>,:;')) == [
        Token(Kind.WORD, b"a", False),
        Token(Kind.WORD, b"b c", True),
        Token(Kind.COMMENT, b"d (e)", True),
        Token(Kind.ANGLE_OPEN, b"<", True),
        Token(Kind.WORD, b"f", False),
        Token(Kind.AT, b"@", False),
        Token(Kind.WORD, b"g", False),
        Token(Kind.ANGLE_CLOSE, b">", False),
        Token(Kind.COMMA, b",", False),
        Token(Kind.COLON, b":", False),
        Token(Kind.SEMICOLON, b";", False),
    ]


def test_what_is_never_closed_is_passed_over() -> None:
    assert [token.octets for token in tokens(b'"a (b \\ c')] == [b"a", b"b", b"c"]
    assert [token.octets for token in tokens(b"(a) (b (c")] == [b"a", b"b", b"c"]


@given(st.binary(max_size=40))
def test_tokens_are_taken_from_the_octets(body: bytes) -> None:
    for token in tokens(body):
        assert len(token.octets) <= len(body)
        assert token.octets or token.kind in (Kind.WORD, Kind.COMMENT)
