"""Content-* field bodies as senders write them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from posthouse.formats.mime.content import (
    content_disposition,
    content_language,
    content_transfer_encoding,
    content_type,
    parameters,
)
from posthouse.formats.mime.part import Parameters
from posthouse.foundation.limits import MIME_PARAMETERS

_TOKENS = st.from_regex(rb"[a-z][a-z0-9.+-]{0,8}", fullmatch=True)
_QUOTED = st.from_regex(rb"[ !#-\[\]-~]{0,10}", fullmatch=True)


@given(_TOKENS, _TOKENS, st.dictionaries(_TOKENS, _TOKENS | _QUOTED, max_size=4))
@settings(max_examples=50)
def test_what_is_well_written_comes_back(media_type: bytes, subtype: bytes, named: dict[bytes, bytes]) -> None:
    written = b"".join(b'; %s="%s"' % item for item in named.items())
    assert content_type(media_type + b"/" + subtype + written) == (media_type, subtype, list(named.items()))


@given(
    st.lists(st.sampled_from([b"text/plain", b";", b"a", b"=", b'"', b"\\", b"(", b")", b" ", b"\r\n ", b"/", b"\x00"])).map(
        b"".join
    )
    | st.binary(max_size=40)
)
@settings(max_examples=150)
def test_anything_has_a_type(body: bytes) -> None:
    parsed = content_type(body)
    assert parsed.media_type == parsed.media_type.lower() != b""
    assert parsed.media_subtype == parsed.media_subtype.lower() != b""
    names = [name for name, _ in parsed.parameters]
    assert len(names) == len(set(names))
    assert content_disposition(body)[0] != b""
    assert content_transfer_encoding(body) != b""


@pytest.mark.parametrize(
    ("body", "media_type", "named"),
    [
        (b" Text/PLAIN", b"text/plain", []),
        (b"text/plain; Charset=UTF-8", b"text/plain", [(b"charset", b"UTF-8")]),
        (b"text/plain;\r\n\tcharset=utf-8;\r\n format=flowed", b"text/plain", [(b"charset", b"utf-8"), (b"format", b"flowed")]),
        (b"text/plain;; charset=utf-8;", b"text/plain", [(b"charset", b"utf-8")]),
        (b"text/plain charset=utf-8", b"text/plain", [(b"charset", b"utf-8")]),
        (b"text/plain; charset=utf-8 format=flowed", b"text/plain", [(b"charset", b"utf-8"), (b"format", b"flowed")]),
        (b'text/plain; charset="utf-8" format=flowed', b"text/plain", [(b"charset", b"utf-8"), (b"format", b"flowed")]),
        (b'text/plain; charset="utf-8; format=flowed', b"text/plain", [(b"charset", b"utf-8"), (b"format", b"flowed")]),
        (b"text/plain; charset=us-ascii (Plain text)", b"text/plain", [(b"charset", b"us-ascii")]),
        (b"text/plain (a (b; c=d) e); f=g", b"text/plain", [(b"f", b"g")]),
        (b"text / plain ; a = b", b"text/plain", [(b"a", b"b")]),
        (b'text/plain; a="b\\"c\\\\"; d=""', b"text/plain", [(b"a", b'b"c\\'), (b"d", b"")]),
        (b'text/plain; a="b;c(d)"', b"text/plain", [(b"a", b"b;c(d)")]),
        (b"text/plain; a=b; A=c", b"text/plain", [(b"a", b"b")]),
        (b"text/plain; a; b=c; =d; e", b"text/plain", [(b"b", b"c")]),
        (b"application/pdf; name=Plan (2).pdf", b"application/pdf", [(b"name", b"Plan (2).pdf")]),
        (b"application/pdf; name=my file.pdf ; x=y", b"application/pdf", [(b"name", b"my file.pdf"), (b"x", b"y")]),
        (b"multipart; boundary=b", b"multipart/mixed", [(b"boundary", b"b")]),
        (b"text", b"text/plain", []),
        (b"html; charset=utf-8", b"text/plain", []),
        (b"", b"text/plain", []),
        (b"a/b; x=\xe4", b"a/b", [(b"x", b"\xe4")]),
    ],
)
def test_types(body: bytes, media_type: bytes, named: Parameters) -> None:
    parsed = content_type(body)
    assert parsed.media_type + b"/" + parsed.media_subtype == media_type
    assert parsed.parameters == named


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (b" Attachment; filename=a.txt", (b"attachment", [(b"filename", b"a.txt")])),
        (b"inline", (b"inline", [])),
        (b"filename=a.txt", (b"attachment", [(b"filename", b"a.txt")])),
        (b'"attachment"; filename="a b"', (b"attachment", [(b"filename", b"a b")])),
        (b"", (b"attachment", [])),
    ],
)
def test_dispositions(body: bytes, found: tuple[bytes, Parameters]) -> None:
    assert content_disposition(body) == found


@pytest.mark.parametrize(
    ("body", "mechanism"),
    [(b" BASE64", b"base64"), (b"base64 (comment)", b"base64"), (b"base64;", b"base64"), (b'"8bit"', b"8bit"), (b" ", b"7bit")],
)
def test_transfer_encodings(body: bytes, mechanism: bytes) -> None:
    assert content_transfer_encoding(body) == mechanism


def test_languages() -> None:
    assert content_language(b" de, en-GB ,, zh (Chinese)") == [b"de", b"en-GB", b"zh"]


def test_bounded() -> None:
    assert len(parameters(b"".join(b";a%d=b" % n for n in range(2_000)), 0)) == MIME_PARAMETERS
