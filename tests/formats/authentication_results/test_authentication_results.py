"""Authentication-Results: the examples of RFC 8601 Appendix B, what real servers write, and what must go."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from posthouse.formats.authentication_results.forged import forged
from posthouse.formats.authentication_results.parse import (
    InvalidAuthenticationResults,
    arc_instance,
    authserv_id,
    parse,
    parse_arc,
)
from posthouse.formats.authentication_results.serialise import serialise
from posthouse.formats.authentication_results.value import AuthenticationResults, MethodResult, Property


def test_nothing_done() -> None:
    """RFC 8601 B.2."""
    assert parse(b" example.org 1; none") == AuthenticationResults(authserv_id="example.org")


def test_several_methods() -> None:
    """RFC 8601 B.4."""
    found = parse(
        b" example.com;\r\n          auth=pass (cram-md5) smtp.auth=sender@example.net;\r\n"
        b"          spf=pass smtp.mailfrom=example.net; sender-id=pass header.from=example.net"
    )
    assert [(item.method, item.result, item.comment) for item in found.results] == [
        ("auth", "pass", "cram-md5"),
        ("spf", "pass", ""),
        ("sender-id", "pass", ""),
    ]
    assert found.results[1].value("smtp", "mailfrom") == "example.net"
    assert found.results[1].value("smtp", "helo") is None


def test_comments_everywhere() -> None:
    """RFC 8601 B.7."""
    found = parse(
        b" foo.example.net (foobar) 1 (baz);\r\n    dkim (Because I like it) / 1 (One yay) = (wait for it) fail\r\n"
        b"      policy (A dot can go here) . (like that) expired\r\n"
        b"      (this surprised me) = (as I wasn't expecting it) 1362471462"
    )
    [item] = found.results
    assert item.properties == (Property("policy", "expired", "1362471462"),)


def test_what_real_servers_write() -> None:
    found = parse(
        b" mx.example 1; spf=pass (sender ip is 192.0.2.1 (really)) smtp.mailfrom=; dmarc=pass action=none header.from=a.example;"
        b' compauth=pass reason=100; dkim=pass reason="1024-bit key; unprotected" header.b=ab/c+d header.i="a b"@x.example;'
    )
    assert found.results[0].value("smtp", "mailfrom") == ""
    assert found.results[0].comment == "sender ip is 192.0.2.1 (really)"
    assert found.results[1].value("", "action") == "none"
    assert found.results[2].reason == "100"
    assert found.results[3].reason == "1024-bit key; unprotected"
    assert found.results[3].value("header", "b") == "ab/c+d"
    assert found.results[3].value("header", "i") == "a b@x.example"


def test_arc() -> None:
    """RFC 8617 B.1 has fields like this."""
    body = b" i=1; lists.example.org;\r\n    spf=pass smtp.mailfrom=jqd@d1.example;\r\n    dkim=pass (512-bit key)"
    found = parse_arc(body)
    assert (found.instance, found.authserv_id, len(found.results)) == (1, "lists.example.org", 2)
    assert arc_instance(b" i=12; whatever = =") == 12


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"(a",
        b"a b",
        b"a; b",
        b"a; b=",
        b"a; b=c d",
        b"a; b=c d.",
        b"a; b=c d.e f.g",
        b"a;;",
        b"a;none;b=c",
        b"a; b/x=c",
        b'"a',
        b"a; b=c " * 9000,
    ],
)
def test_what_is_none(body: bytes) -> None:
    with pytest.raises(InvalidAuthenticationResults):
        parse(body)


_KEYWORDS = st.from_regex(r"[a-z]([a-z0-9-]{0,5}[a-z0-9])?", fullmatch=True).filter(lambda text: text not in {"none", "reason"})
_TEXTS = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=30)
_RESULTS = st.builds(
    MethodResult,
    method=_KEYWORDS,
    result=_KEYWORDS,
    version=st.integers(1, 3),
    reason=_TEXTS,
    comment=_TEXTS,
    properties=st.lists(st.builds(Property, ptype=_KEYWORDS | st.just(""), name=_KEYWORDS, value=_TEXTS), max_size=3).map(tuple),
)
_FIELDS = st.builds(
    AuthenticationResults,
    authserv_id=_TEXTS.filter(bool),
    results=st.lists(_RESULTS, max_size=3).map(tuple),
    version=st.integers(1, 2),
)


@given(_FIELDS)
@settings(max_examples=150)
def test_what_is_written_comes_back(value: AuthenticationResults) -> None:
    field = serialise(value)
    name, _, body = field.partition(b":")
    assert name == b"Authentication-Results"
    assert parse(body) == value
    assert authserv_id(body) == value.authserv_id
    assert all(line.startswith(b"\t") for line in field[:-2].split(b"\r\n")[1:])


@given(
    st.lists(
        st.sampled_from([b"a", b"=", b";", b".", b"(", b")", b'"', b"\\", b" ", b"\r\n ", b"1", b"/", b"\x00", b"\xff"]),
        max_size=25,
    )
)
@settings(max_examples=300)
def test_anything_is_a_field_or_the_one_error(pieces: list[bytes]) -> None:
    try:
        found = parse(b"".join(pieces))
    except InvalidAuthenticationResults:
        return
    assert found.authserv_id or b'"' in b"".join(pieces)


def test_nothing_can_be_smuggled_into_a_field() -> None:
    value = AuthenticationResults(
        authserv_id="mx.example",
        results=(
            MethodResult(
                method="spf",
                result="fail",
                reason="a\r\nX: y",
                comment=")(\r\n\r\n",
                properties=(Property("smtp", "helo", "a\n;b"),),
            ),
        ),
    )
    assert serialise(value) == b'Authentication-Results: mx.example;\r\n\tspf=fail (\\)\\( ) reason="a X: y" smtp.helo="a ;b"\r\n'
    with pytest.raises(ValueError, match="keyword"):
        serialise(AuthenticationResults(authserv_id="x", results=(MethodResult(method="a b", result="c"),)))


def test_what_must_go() -> None:
    head = (
        b"Authentication-Results: (c) MX.Example 1; spf=pass\r\n"
        b"Authentication-Results: other.example;\r\n\tspf=pass smtp.mailfrom=mx.example\r\n"
        b'AUTHENTICATION-RESULTS :\r\n "mx.example"; none\r\n'
        b"Authentication-Results: (never closed mx.example; spf=pass\r\n"
        b"X-Authentication-Results: mx.example; none\r\n"
        b"Subject: mx.example\r\n\r\nAuthentication-Results: mx.example; none\r\n"
    )
    found = [head[start:end] for start, end in forged(head, "mx.example")]
    assert [field[:30] for field in found] == [
        b"Authentication-Results: (c) MX",
        b'AUTHENTICATION-RESULTS :\r\n "mx',
        b"Authentication-Results: (never",
    ]
