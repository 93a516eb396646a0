"""Fields as lines that are searched."""

from hypothesis import given
from hypothesis import strategies as st

from posthouse.formats.header.searchable import Line, has_field, lines, needles, rendered, texts

HEADER = b"Subject: Gr=?utf-8?q?=C3=BC?=n\r\n Wald\r\nX-Empty:\r\nTo: a@x\r\nTo: b@y\r\n\r\n"


def test_lines_are_decoded_and_in_capitals() -> None:
    found = lines(b"junk" + HEADER, 4, 4 + len(HEADER))
    assert [(line.name, line.body) for line in found[1:]] == [(b"X-EMPTY", b""), (b"TO", b"a@x"), (b"TO", b"b@y")]
    assert found[0].text == "GRU\u0308N WALD".encode()


def test_a_text_is_found_in_fields_of_its_name_only() -> None:
    header = rendered(list(lines(HEADER, 0, len(HEADER))))
    assert has_field(header, b"TO", b"A@X")
    assert has_field(header, b"TO", b"B@Y")
    assert has_field(header, b"X-EMPTY", b"")
    assert not has_field(header, b"SUBJECT", b"A@X")
    assert not has_field(header, b"EMPTY", b"")
    assert not has_field(header, b"X-MISSING", b"")


_words = st.text("AB :\u00e4", max_size=6).map(lambda text: text.encode())


@given(st.sampled_from([b"TO", b"A", b"AB"]), st.lists(_words, max_size=3), st.text("AB :TO", max_size=5).map(str.encode))
def test_needles_find_what_is_in_the_lines_with_their_name(name: bytes, bodies: list[bytes], text: bytes) -> None:
    chosen = [Line(name, body, body) for body in bodies]
    plain = any(text in name + b": " + body for body in bodies)
    found = any(needle in texts(chosen) for needle in needles(name, text)) and bool(chosen)
    assert found is plain
