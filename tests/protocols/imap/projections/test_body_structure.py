"""BODYSTRUCTURE agrees with the octets of the parts it describes, whatever the message."""

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.imap_data import Data, parse_data

from posthouse.formats.mime.part import Part
from posthouse.formats.mime.scanner import scan
from posthouse.protocols.imap.grammar.section import Section
from posthouse.protocols.imap.projections.body_structure import body, body_structure
from posthouse.protocols.imap.projections.section import section_span

NESTED = b"""\
Content-Type: multipart/mixed; boundary=outer

preamble
--outer
Content-Type: multipart/alternative; boundary=inner

--inner

plain
--inner
Content-Type: text/html; charset=utf-8
Content-Transfer-Encoding: quoted-printable

<b>fat</b>
more
--inner--
--outer
Content-Type: message/rfc822
Content-Description: forwarded

Subject: inside
From: x@y

within
--outer
Content-Type: image/png; name="a \\"b\\".png"
Content-Disposition: attachment; filename=a.png
Content-Id: <1@x>
Content-Language: en, de
Content-Transfer-Encoding: base64

AAAA
--outer--
epilogue
""".replace(b"\n", b"\r\n")


def _structure(message: bytes) -> list[Data]:
    (found,) = parse_data(body_structure(message, scan(message)))
    assert isinstance(found, list)
    return found


def test_a_nested_message() -> None:
    assert _structure(NESTED) == [
        [
            [b"text", b"plain", [b"charset", b"us-ascii"], None, None, b"7bit", 5, 1, None, None, None, None],
            [b"text", b"html", [b"charset", b"utf-8"], None, None, b"quoted-printable", 16, 2, None, None, None, None],
            b"alternative",
            [b"boundary", b"inner"],
            None,
            None,
            None,
        ],
        [
            b"message",
            b"rfc822",
            None,
            None,
            b"forwarded",
            b"7bit",
            36,
            [None, b"inside", *[[[None, None, b"x", b"y"]]] * 3, None, None, None, None, None],
            [b"text", b"plain", [b"charset", b"us-ascii"], None, None, b"7bit", 6, 1, None, None, None, None],
            4,
            None,
            None,
            None,
            None,
        ],
        [
            b"image",
            b"png",
            [b"name", b'a "b".png'],
            b"<1@x>",
            None,
            b"base64",
            4,
            None,
            [b"attachment", [b"filename", b"a.png"]],
            [b"en", b"de"],
            None,
        ],
        b"mixed",
        [b"boundary", b"outer"],
        None,
        None,
        None,
    ]


def test_body_is_the_same_without_extensions() -> None:
    (found,) = parse_data(body(NESTED, scan(NESTED)))
    assert isinstance(found, list)
    assert found[3:] == [b"mixed"]
    assert found[2] == [b"image", b"png", [b"name", b'a "b".png'], b"<1@x>", None, b"base64", 4]


def test_parts_that_cannot_be_shown_as_they_are() -> None:
    lonely = b"Content-Type: multipart/mixed; boundary=x\r\n\r\nno part\r\n"
    assert _structure(lonely)[:2] == [b"text", b"plain"]
    assert _structure(lonely)[6:8] == [9, 1]
    encoded = b"Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\nAAAA\r\n"
    assert _structure(encoded)[:2] == [b"application", b"octet-stream"]


def _check_sizes(message: bytes, tree: Part, shown: list[Data], numbers: tuple[int, ...]) -> None:
    """Each leaf's octets and lines are those of BODY[numbers]."""
    if isinstance(shown[0], list):
        for number, child in enumerate(shown, 1):
            if not isinstance(child, list):
                break
            _check_sizes(message, tree, child, (*numbers, number))
        return
    numbers = numbers or (1,)
    span = section_span(tree, Section(numbers))
    assert span is not None
    assert shown[6] == span.end - span.start
    octets = message[span.start : span.end]
    lines = octets.count(b"\n") + (bool(octets) and not octets.endswith(b"\n"))
    if shown[0] == b"text":
        assert shown[7] == lines
    elif shown[:2] in ([b"message", b"rfc822"], [b"message", b"global"]):
        assert shown[9] == lines
        assert isinstance(shown[8], list)
        inner = shown[8]
        _check_sizes(message, tree, inner, numbers if isinstance(inner[0], list) else (*numbers, 1))


LINES = [
    b"Content-Type: multipart/mixed; boundary=a",
    b"Content-Type: multipart/digest; boundary=b",
    b"Content-Type: message/rfc822",
    b'Content-Type: text/html; charset="\xff"',
    b"Content-Transfer-Encoding: base64",
    b"Content-Disposition: attachment; filename*0*=utf-8''x",
    b"Subject: \xe4\x00",
    b"--a",
    b"--b",
    b"--a--",
    b"--b--",
    b"",
    b"text",
]


@settings(max_examples=300)
@given(st.lists(st.sampled_from(LINES), max_size=25), st.sampled_from([b"\r\n", b"\n"]))
def test_sizes_agree_with_the_sections(lines: list[bytes], line_end: bytes) -> None:
    message = line_end.join(lines)
    _check_sizes(message, scan(message), _structure(message), ())


def test_ten_thousand_parts_and_a_hundred_levels() -> None:
    wide = b"Content-Type: multipart/mixed; boundary=x\r\n\r\n" + b"--x\r\n\r\nhi\r\n" * 15_000 + b"--x--\r\n"
    assert 9_000 < len(_structure(wide)) < 10_100
    deep = b"".join(b"Content-Type: multipart/mixed; boundary=x%d\r\n\r\n--x%d\r\n" % (n, n) for n in range(500))
    assert len(body_structure(deep, scan(deep))) < 100_000
    messages = b"Content-Type: message/rfc822\r\n\r\n" * 500
    assert len(body_structure(messages, scan(messages))) < 100_000
