"""What SEARCH looks at."""

from hypothesis import given
from hypothesis import strategies as st

from posthouse.formats.mime.scanner import scan
from posthouse.protocols.imap.projections.search_text import (
    HEADER_TEXT_OCTETS,
    body_text,
    cc_text,
    from_text,
    header_text,
    subject_text,
    to_text,
    trace_text,
)

MESSAGE = (
    b"From: =?gb18030?B?1cXI/Q==?= <zhang@example.test>\r\n"
    b"Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n aus Wien\r\n"
    b"X-Empty:\r\nTo: a@x\r\nTo: b@y\r\n\r\nSubject: not me\r\n"
)


def test_each_field_is_in_one_text_decoded_and_in_capitals() -> None:
    part = scan(MESSAGE)
    assert from_text(MESSAGE, part) == "\n张三 <ZHANG@EXAMPLE.TEST>".encode()
    assert subject_text(MESSAGE, part) == "\nGRU\u0308SSE AUS WIEN".encode()
    assert to_text(MESSAGE, part) == b"\nA@X\nB@Y"
    assert cc_text(MESSAGE, part) == b""
    assert header_text(MESSAGE, part) == b"\nX-EMPTY: "


@given(st.binary(max_size=100))
def test_any_header_can_be_searched(octets: bytes) -> None:
    message = b"Subject: " + octets + b"\r\nX: y\r\n\r\n"
    part = scan(message)
    for project in (subject_text, from_text, to_text, cc_text, header_text, trace_text):
        text = project(message, part)
        assert not text or text.startswith(b"\n")


def test_it_is_bounded() -> None:
    message = b"X: yyyyyyyy\r\n" * 50_000 + b"\r\n"
    assert len(header_text(message, scan(message))) < 2 * HEADER_TEXT_OCTETS
    message = b"Subject: " + b"y" * 500_000 + b"\r\n\r\n"
    assert len(subject_text(message, scan(message))) == HEADER_TEXT_OCTETS + 1


def test_what_servers_wrote_is_kept_apart() -> None:
    message = b"Received: from mx.example\r\n by y\r\nSubject: s\r\nX-A: b\r\nDKIM-Signature: v=1\r\n\r\n"
    part = scan(message)
    assert header_text(message, part) == b"\nX-A: B"
    assert trace_text(message, part) == b"\nRECEIVED: FROM MX.EXAMPLE BY Y\nDKIM-SIGNATURE: V=1"


def test_the_body_is_decoded() -> None:
    message = b"Content-Type: text/plain; charset=iso-2022-jp\r\n\r\n\x1b$B%F%9%H\x1b(B Test\r\n"
    assert body_text(message, scan(message)) == "テスト TEST\r\n".encode()
