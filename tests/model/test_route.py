"""Routes as the operator writes them."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthouse.foundation.errors import Invalid
from posthouse.model.route import Target, TlsMode, check_routes, chosen_route, is_route, parse_targets
from posthouse.model.settings.relay import ROUTES


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("mx", Target("mx")),
        ("smtp://mx.example", Target("smtp", "mx.example", 25)),
        ("smtps://mx.example", Target("smtps", "mx.example", 465, TlsMode.REQUIRED)),
        ("lmtp://[2001:db8::1]:24", Target("lmtp", "2001:db8::1", 24)),
        ("lmtp:/run/dovecot/lmtp", Target("lmtp", "/run/dovecot/lmtp", tls=TlsMode.NONE)),
        ("qmtp://qmail.example", Target("qmtp", "qmail.example", 209)),
        ("smtp://u%40x:p%3A@mx:587", Target("smtp", "mx", 587, TlsMode.VERIFIED, "u@x", "p:")),
        ("smtp://u:p@127.0.0.1:587", Target("smtp", "127.0.0.1", 587, TlsMode.OPPORTUNISTIC, "u", "p")),
        (
            "smtp://u:p@192.0.2.1:587?tls=verified&auth=scram-sha-256&name=Mail.example",
            Target("smtp", "192.0.2.1", 587, TlsMode.VERIFIED, "u", "p", "SCRAM-SHA-256", "mail.example"),
        ),
        ("pipe:uux - -r host!rmail ($recipients)", Target("pipe", "uux - -r host!rmail ($recipients)")),
        ("pipe?from,crlf: cat", Target("pipe", "cat", options=("from", "crlf"))),
        ("refuse:closed on Sundays", Target("refuse", "closed on Sundays")),
    ],
)
def test_targets(text: str, target: Target) -> None:
    assert parse_targets(text) == (target,)
    assert text == "mx" or is_route(text)


def test_several_with_a_bar_between() -> None:
    found = parse_targets("smtp://a:25 | smtp://b:25|mx | pipe:sh -c 'x | y'")
    assert [target.words for target in found] == ["smtp://a:25", "smtp://b:25", "mx", "pipe:sh -c 'x | y'"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "mx.example",
        "http://mx",
        "smtp://",
        "smtp://mx:many",
        "smtp://mx:99999",
        "smtp://mx/path",
        "smtp://mx?tls=sometimes",
        "smtp://mx?tsl=verified",
        "smtp://mx?auth=NTLM",
        "smtp://user:secret@mx?tls=none",
        "smtp://user:secret@mx?tls=opportunistic",
        "smtps://mx?tls=none",
        "qmtp://user:secret@mx",
        "qmtp://mx?tls=verified",
        "pipe:",
        "pipe:'unclosed",
        "pipe:$recipients",
        "pipe?root:cat",
        "smtp://a | ftp://b",
        "smtp://a |",
    ],
)
def test_what_is_no_route(text: str) -> None:
    with pytest.raises(Invalid) as caught:
        parse_targets(text)
    assert "secret" not in str(caught.value)


@given(st.text() | st.text("smtp:/lqx[]@|?&=.0159 %$'\"", max_size=40))
def test_any_text_is_a_route_or_none(text: str) -> None:
    with contextlib.suppress(Invalid):
        for target in parse_targets(text):
            assert target.words
    is_route(text)


def test_a_password_is_never_shown() -> None:
    (target,) = parse_targets("smtp://user:secret@mx:587")
    assert "secret" not in repr(target) + str(target) + target.words


def test_the_nearest_route_counts() -> None:
    routes = {"a.example": "1", ".example": "2", "*": "3", ".b.example": "4"}
    found = [chosen_route(routes, name) for name in ("a.example", "c.example", "x.b.example", "b.example", "example", "else.test")]
    assert found == ["1", "2", "4", "2", "3", "3"]
    assert chosen_route({}, "a.example") is None


def test_a_setting_is_looked_at_when_it_is_set_and_not_when_it_is_read() -> None:
    assert ROUTES.parse_text("a.example=smtp://b:25|mx, *=mx") == {"a.example": "smtp://b:25|mx", "*": "mx"}
    with pytest.raises(Invalid, match=r"routes: a\.example"):
        ROUTES.parse_text("a.example=gopher://b")
    with pytest.raises(Invalid, match="no domain"):
        check_routes({"alice@a.example": "mx"})
    assert ROUTES.parse(b'{"a.example": "gopher://b"}') == {"a.example": "gopher://b"}
