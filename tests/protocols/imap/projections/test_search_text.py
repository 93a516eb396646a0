"""What SEARCH looks at."""

from hypothesis import given
from hypothesis import strategies as st

from posthouse.formats.mime.scanner import scan
from posthouse.protocols.imap.projections.search_text import (
    HEADER_TEXT_OCTETS,
    body_text,
    folded,
    header_has,
    header_text,
    sent,
    trace_text,
)

MESSAGE = (
    b"From: =?gb18030?B?1cXI/Q==?= <zhang@example.test>\r\n"
    b"Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n aus Wien\r\n"
    b"X-Empty:\r\nTo: a@x\r\nTo: b@y\r\n\r\nSubject: not me\r\n"
)


def _has(field: bytes, text: str) -> bool:
    return header_has(header_text(MESSAGE, scan(MESSAGE)), field, folded(text))


def test_texts_are_found_decoded_and_in_any_case() -> None:
    assert _has(b"from", "张三")
    assert _has(b"from", "ZHANG@")
    assert _has(b"subject", "GRÜSSE aus")
    assert _has(b"to", "b@Y")
    assert _has(b"x-empty", "")
    assert not _has(b"subject", "not me")
    assert not _has(b"subject", "b@y")
    assert not _has(b"x-missing", "")
    assert not _has(b"mpty", "")


@given(st.binary(max_size=100), st.text(max_size=5))
def test_any_header_can_be_searched(octets: bytes, text: str) -> None:
    message = b"Subject: " + octets + b"\r\n\r\n"
    rendered = header_text(message, scan(message))
    assert isinstance(header_has(rendered, b"subject", folded(text)), bool)
    assert rendered.endswith(b"\n") or not rendered


def test_it_is_bounded() -> None:
    message = b"X: yyyyyyyy\r\n" * 50_000 + b"\r\n"
    assert len(header_text(message, scan(message))) < 2 * HEADER_TEXT_OCTETS


def test_what_servers_wrote_is_kept_apart() -> None:
    message = b"Received: from mx.example\r\n by y\r\nSubject: s\r\nDKIM-Signature: v=1\r\n\r\n"
    part = scan(message)
    assert header_text(message, part) == b"\nsubject: s\n"
    assert trace_text(message, part) == b"\nreceived: from mx.example by y\ndkim-signature: v=1\n"


def test_the_body_is_decoded() -> None:
    message = b"Content-Type: text/plain; charset=iso-2022-jp\r\n\r\n\x1b$B%F%9%H\x1b(B Test\r\n"
    assert body_text(message, scan(message)) == "テスト test\r\n".encode()


def test_the_date_has_a_day_and_a_moment() -> None:
    message = b"Date: Mon, 7 Feb 1994 21:52:25 -0800\r\n\r\n"
    assert sent(message, scan(message)) == b"1994-02-07 760686745"
    for without in (b"\r\n", b"Date: soon\r\n\r\n"):
        assert sent(without, scan(without)) == b""
