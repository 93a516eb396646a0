"""What a mailbox shows of the octets that were received."""

from hypothesis import given
from hypothesis import strategies as st

from posthouse.model.content import Content, Piece, Range, Spooled, assemble, slices

BODY = bytes(range(200))
ranges = st.tuples(st.integers(0, 200), st.integers(0, 200)).map(lambda pair: Range(*sorted(pair)))
pieces = st.lists(st.binary(max_size=30) | ranges, max_size=6).map(tuple)


def joined(found: list[Piece]) -> bytes:
    return assemble(BODY, tuple(found)) if found else b""


def test_without_pieces_the_octets_are_shown_as_they_are() -> None:
    assert assemble(BODY, ()) is BODY
    assert Content(BODY).size_octets == Content(BODY).body_octets == 200
    assert Content(Spooled("/spool/x", 1 << 40)).size_octets == 1 << 40


@given(pieces)
def test_the_size_is_that_of_what_is_shown(shown: tuple[Piece, ...]) -> None:
    content = Content(BODY, shown)
    assert content.size_octets == len(assemble(BODY, shown))
    assert content.body_octets == len(BODY)
    spooled = Content(Spooled("/spool/x", len(BODY)), shown)
    assert (spooled.size_octets, spooled.body_octets) == (content.size_octets, content.body_octets)


@given(pieces.filter(bool), st.integers(0, 300), st.integers(0, 300))
def test_slices_are_slices(shown: tuple[Piece, ...], start: int, end: int) -> None:
    assert joined(slices(shown, start, end)) == assemble(BODY, shown)[start:end]


@given(pieces, st.lists(st.binary(max_size=10), max_size=3))
def test_fields_are_put_in_front_and_the_body_is_untouched(shown: tuple[Piece, ...], fields: list[bytes]) -> None:
    content = Content(BODY, shown)
    for field in fields:
        content = content.with_prefix(field)
    assert content.body is BODY
    assert assemble(BODY, content.pieces) == b"".join(reversed(fields)) + assemble(BODY, shown)
