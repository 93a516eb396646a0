"""Structure found in one pass: offsets, nesting, bounds, whatever the octets."""

import email
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.corpus.hostile import CORPUS
from tests.support.corpus.trees import ENTITIES, SOUP, Entity

from posthouse.formats.mime.part import Part
from posthouse.formats.mime.scanner import scan
from posthouse.foundation.limits import MIME_DEPTH, MIME_PARTS


def walk(part: Part) -> Iterator[Part]:
    yield part
    for child in part.children:
        yield from walk(child)


def body(octets: bytes, part: Part) -> bytes:
    return octets[part.body_start : part.body_end]


def lines_of(octets: bytes) -> int:
    return octets.count(b"\n") + (1 if octets and not octets.endswith(b"\n") else 0)


def check_invariants(octets: bytes, part: Part, *, deep: bool = True) -> None:
    """Spans inside the parent's, in order, not overlapping; line counts as a naive count has them."""
    assert part.header_start <= part.body_start <= part.body_end <= len(octets)
    if deep:
        assert part.line_count == lines_of(body(octets, part))
    position = part.body_start
    for child in part.children:
        assert position <= child.header_start
        assert child.body_end <= part.body_end
        position = child.body_end
        check_invariants(octets, child, deep=deep)
    if part.media_type == b"message":
        assert len(part.children) <= 1
    elif part.media_type != b"multipart":
        assert part.children == []


@pytest.mark.parametrize("name", CORPUS)
def test_hostile_mail_has_a_sound_structure(name: str) -> None:
    octets = CORPUS[name]()
    part = scan(octets)
    assert (part.header_start, part.body_end) == (0, len(octets))
    check_invariants(octets, part, deep=len(octets) < 300_000)


@given(SOUP)
@settings(max_examples=200)
def test_soup_has_a_sound_structure(octets: bytes) -> None:
    check_invariants(octets, scan(octets))


@given(st.binary(max_size=30), SOUP, st.binary(max_size=30))
def test_a_message_may_lie_inside_other_octets(before: bytes, octets: bytes, after: bytes) -> None:
    alone = scan(octets)
    inside = scan(before + octets + after, start=len(before), end=len(before) + len(octets))
    for here, there in zip(walk(alone), walk(inside), strict=True):
        here.header_start += len(before)
        here.body_start += len(before)
        here.body_end += len(before)
        assert (here.header_start, here.body_start, here.body_end) == (there.header_start, there.body_start, there.body_end)
        assert (here.media_type, here.line_count) == (there.media_type, there.line_count)


def shape(part: Part) -> tuple[str, list[object]]:
    return f"{part.media_type.decode()}/{part.media_subtype.decode()}", [shape(child) for child in part.children]


def entity_shape(entity: Entity) -> tuple[str, list[object]]:
    return entity.media_type, [entity_shape(child) for child in entity.children]


@given(ENTITIES, st.sampled_from([b"\r\n", b"\n"]))
@settings(max_examples=60)
def test_well_formed_trees_come_back(entity: Entity, line_end: bytes) -> None:
    octets = b"Subject: a" + line_end + entity.written(line_end)
    part = scan(octets)
    assert shape(part) == entity_shape(entity)
    check_invariants(octets, part)


@given(ENTITIES)
@settings(max_examples=60)
def test_agrees_with_the_standard_library_on_well_formed_mail(entity: Entity) -> None:
    octets = b"Subject: a\n" + entity.written(b"\n")
    standard = list(email.message_from_bytes(octets).walk())
    own = list(walk(scan(octets)))
    assert len(own) == len(standard)
    for here, there in zip(own, standard, strict=True):
        assert f"{here.media_type.decode()}/{here.media_subtype.decode()}" == there.get_content_type()
        if not there.is_multipart():
            assert body(octets, here) == there.get_payload(decode=True)


def test_text_without_any_mime_field() -> None:
    octets = b"From: a\r\nSubject: b\r\n\r\none\r\ntwo"
    part = scan(octets)
    assert body(octets, part) == b"one\r\ntwo"
    assert part == Part(0, 23, 31, 2)


def test_empty_and_headerless_messages() -> None:
    assert scan(b"") == Part(0, 0, 0, 0)
    assert scan(b"\r\nbody") == Part(0, 2, 6, 1)
    assert scan(b"no field here\r\n\r\nbody\r\n") == Part(0, 0, 23, 3)
    assert scan(b"Subject: only") == Part(0, 13, 13, 0)


def multipart(body_octets: bytes, boundary: bytes = b"b") -> bytes:
    return b"Content-Type: multipart/mixed; boundary=" + boundary + b"\r\n\r\n" + body_octets


@pytest.mark.parametrize(
    ("octets", "bodies"),
    [
        (multipart(b"--b\r\n\r\none\r\n--b--\r\n"), [b"one"]),
        (multipart(b"--b  \t\r\n\r\none\r\n--b-- \t\r\n"), [b"one"]),
        (multipart(b"--b\r\n\r\none\r\n--b\r\n\r\ntwo\r\n"), [b"one", b"two\r\n"]),
        (multipart(b"--b\n\none\n--b\n\ntwo\n--b--"), [b"one", b"two"]),
        (multipart(b"--b\r\n\r\n--bc\r\n--ab\r\n --b\r\n--b--\r\n"), [b"--bc\r\n--ab\r\n --b"]),
        (multipart(b"--b\r\n\r\none\r\n--b--\r\n--b\r\n\r\nepilogue\r\n"), [b"one"]),
        (multipart(b"--b\r\n\r\n--b\r\n\r\n\r\n--b--"), [b"", b""]),
        (multipart(b"--b\r\nX: no blank line\r\n--b\r\n\r\ntwo\r\n--b--"), [b"", b"two"]),
        (multipart(b"--b\r\nHello without a header\r\n--b--"), [b"Hello without a header"]),
        (multipart(b"--b"), [b""]),
        (multipart(b"--a b:?\r\n\r\none\r\n--a b:?--", b'"a b:?"'), [b"one"]),
    ],
)
def test_delimiters(octets: bytes, bodies: list[bytes]) -> None:
    assert [body(octets, child) for child in scan(octets).children] == bodies


def test_an_outer_delimiter_ends_what_is_inside() -> None:
    inner = multipart(b"--i\r\n\r\ninner\r\n", b"i")
    octets = multipart(b"--b\r\n" + inner + b"--b\r\n\r\nouter\r\n--i\r\n--b--\r\n")
    first, second = scan(octets).children
    assert [body(octets, child) for child in first.children] == [b"inner"]
    assert body(octets, second) == b"outer\r\n--i"


def test_a_boundary_that_begins_like_another() -> None:
    octets = multipart(b"--b\r\n" + multipart(b"--b--x\r\n\r\none\r\n--b--x--\r\n", b"b--x") + b"--b--\r\n")
    (inner,) = scan(octets).children
    assert [body(octets, child) for child in inner.children] == [b"one"]


def test_one_boundary_for_two_multiparts_belongs_to_the_inner_first() -> None:
    octets = CORPUS["one_boundary_for_all"]()
    outer = scan(octets)
    assert [body(octets, leaf) for leaf in outer.children[0].children] == [b"x"]
    assert body(octets, outer.children[0]).endswith(b"epilogue of one")


def test_a_boundary_in_continuations() -> None:
    octets = b"Content-Type: multipart/mixed; boundary*0=ab; boundary*1=cd\r\n\r\n--abcd\r\n\r\none\r\n--abcd--"
    assert [body(octets, child) for child in scan(octets).children] == [b"one"]


def test_a_multipart_without_boundary_is_a_leaf() -> None:
    for name in ("no_boundary", "empty_boundary", "boundary_never_found"):
        part = scan(CORPUS[name]())
        assert (part.media_type, part.children, part.is_multipart) == (b"multipart", [], False)


def test_digest_parts_are_messages_unless_they_say_otherwise() -> None:
    octets = CORPUS["digest"]()
    bare, typed, encoded, empty = scan(octets).children
    assert bare.is_message
    assert body(octets, bare.children[0]) == b"body"
    assert (typed.media_type, typed.children) == (b"text", [])
    assert (encoded.media_type, encoded.children) == (b"message", [])
    assert empty.is_message


@pytest.mark.parametrize(
    ("mechanism", "nested"), [(b"7bit", True), (b"BINARY", True), (b"base64", False), (b"Quoted-Printable", False)]
)
def test_encoded_messages_are_not_entered(mechanism: bytes, nested: bool) -> None:
    part = scan(b"Content-Type: message/rfc822\r\nContent-Transfer-Encoding: " + mechanism + b"\r\n\r\nSubject: a\r\n\r\nb")
    assert part.is_message is nested


def test_nesting_is_bounded() -> None:
    for name in ("nested_multiparts", "nested_messages"):
        path = [scan(CORPUS[name]())]
        while path[-1].children:
            path.append(path[-1].children[0])
        assert len(path) == MIME_DEPTH


def test_parts_are_bounded_and_the_last_takes_the_rest() -> None:
    octets = CORPUS["ten_thousand_parts"]()
    part = scan(octets)
    assert len(part.children) == MIME_PARTS - 1
    assert part.children[-2].line_count == 1
    assert part.children[-1].body_end == len(octets)


def test_content_fields() -> None:
    octets = (
        b'content-TYPE: Text/HTML; Charset="UTF-8"\r\nContent-Type: image/png\r\nContent-Transfer-Encoding: BASE64\r\n'
        b"Content-Disposition: INLINE; filename=a\r\nContent-ID: <a@b>\r\nContent-Description: =?utf-8?Q?a?=\r\n b\r\n"
        b"Content-MD5: abc==\r\nContent-Language: de, en\r\nContent-Location: a/b\r\nContent-Unknown: x\r\n\r\n"
    )
    part = scan(octets)
    assert (part.media_type, part.media_subtype, part.parameters) == (b"text", b"html", [(b"charset", b"UTF-8")])
    assert (part.transfer_encoding, part.disposition) == (b"base64", b"inline")
    assert part.disposition_parameters == [(b"filename", b"a")]
    assert (part.content_id, part.description, part.md5) == (b"<a@b>", b"=?utf-8?Q?a?= b", b"abc==")
    assert (part.language, part.location) == ([b"de", b"en"], b"a/b")


def test_content_fields_beyond_the_bound_are_not_looked_at() -> None:
    assert scan(CORPUS["header_of_one_megabyte"]()).media_subtype == b"plain"


def test_parts_do_not_share_their_parameters() -> None:
    octets = multipart(b"--b\r\nContent-Type: text/a; c=d\r\n\r\n--b\r\nContent-Type: text/a; c=d\r\n\r\n--b--")
    one, other = scan(octets).children
    one.parameters.clear()
    assert other.parameters == [(b"c", b"d")]
