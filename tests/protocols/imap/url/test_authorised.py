"""URLs that carry the right to read."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.imap_values import moments, sections

from posthouse.protocols.imap.errors import SyntaxViolation
from posthouse.protocols.imap.grammar.section import Section
from posthouse.protocols.imap.url.authorised import Access, AuthorisedUrl, Token, authorised_url, rump_of, with_token
from posthouse.protocols.imap.url.imap_url import URL_OCTETS, ImapUrl, Server, UrlPartial

names = st.text(st.characters(codec="utf-8"), min_size=1, max_size=20)
numbers = st.integers(1, 2**32 - 1)
urls = st.builds(
    ImapUrl,
    names.filter(lambda name: not name.endswith("/")),
    numbers,
    st.none() | numbers,
    sections,
    st.none() | st.builds(UrlPartial, st.integers(0, 2**63 - 1)),
    st.builds(Server, names, names),
)
accesses = st.tuples(st.sampled_from([Access.SUBMIT, Access.USER]), names) | st.tuples(
    st.sampled_from([Access.AUTHUSER, Access.ANONYMOUS]), st.just("")
)
tokens = st.builds(
    Token,
    st.text("ABCXYZ019.-", min_size=1, max_size=12),
    st.text("0123456789abcdef", min_size=32, max_size=66).map(str.encode),
)


@given(urls, accesses, st.none() | moments, tokens)
def test_round_trip(url: ImapUrl, access: tuple[Access, str], expires_at: dt.datetime | None, token: Token) -> None:
    rump = rump_of(url, *access, expires_at)
    assert authorised_url(rump) == AuthorisedUrl(url, access[0], rump, access[1], expires_at)
    assert authorised_url(with_token(rump, token)) == AuthorisedUrl(url, access[0], rump, access[1], expires_at, token)


START = b"imap://joe@example.com/INBOX/;uid=20/;section=1.2"
JOE = ImapUrl("INBOX", 20, section=Section((1, 2)), server=Server("example.com", "joe"))
DIGITS = b"91354a473744909de610943775f92038"


@pytest.mark.parametrize(
    ("end", "access", "person", "expires_at"),
    [
        (b";urlauth=submit+fred", Access.SUBMIT, "fred", None),
        (b";URLAUTH=USER+fred%40example.com", Access.USER, "fred@example.com", None),
        (b";urlauth=user+fred@example.com", Access.USER, "fred@example.com", None),
        (b";urlauth=authuser", Access.AUTHUSER, "", None),
        (
            b";expire=2006-05-31T23:59:60Z;urlauth=Anonymous",
            Access.ANONYMOUS,
            "",
            dt.datetime(2006, 5, 31, 23, 59, 59, tzinfo=dt.UTC),
        ),
        (
            b";EXPIRE=2006-05-31T23:59:58.25-08:30;urlauth=anonymous",
            Access.ANONYMOUS,
            "",
            dt.datetime(2006, 5, 31, 23, 59, 58, 250_000, dt.timezone(-dt.timedelta(hours=8, minutes=30))),
        ),
    ],
)
def test_forms(end: bytes, access: Access, person: str, expires_at: dt.datetime | None) -> None:
    rump = START + end
    assert authorised_url(rump) == AuthorisedUrl(JOE, access, rump, person, expires_at)
    whole = rump + b":internal:" + DIGITS.upper()
    assert authorised_url(whole) == AuthorisedUrl(JOE, access, rump, person, expires_at, Token("INTERNAL", DIGITS))


@pytest.mark.parametrize(
    "octets",
    [
        START,
        START + b";urlauth=",
        START + b";urlauth=submit+",
        START + b";urlauth=submit+%FF",
        START + b";urlauth=submit+%4",
        START + b";urlauth=fred",
        START + b";urlauth=anonymous:",
        START + b";urlauth=anonymous:internal",
        START + b";urlauth=anonymous:internal:" + DIGITS[1:],
        START + b";urlauth=anonymous:internal:" + DIGITS + b":",
        START + b";urlauth=anonymous:a b:" + DIGITS,
        START + b";expire=yesterday;urlauth=anonymous",
        START + b";expire=2006-13-01T00:00:00Z;urlauth=anonymous",
        START + b";urlauth=anonymous;expire=2006-12-01T00:00:00Z",
        START + b";expire=2006-12-01T00:00:00Z;x=y;urlauth=anonymous",
        b"imap://example.com/INBOX/;uid=20;urlauth=anonymous",
        b"imap://@example.com/INBOX/;uid=20;urlauth=anonymous",
        b"imap://joe@example.com/INBOX;urlauth=anonymous",
        b"imap://joe@example.com/;urlauth=anonymous",
        b"imap://joe@example.com/INBOX?subject;urlauth=anonymous",
        b"/INBOX/;uid=20;urlauth=anonymous",
        b"imap://joe@example.com/" + b"x" * URL_OCTETS + b"/;uid=20;urlauth=anonymous",
    ],
)
def test_what_is_no_authorised_url(octets: bytes) -> None:
    with pytest.raises(SyntaxViolation):
        authorised_url(octets)


@given(st.binary(max_size=60) | st.text(";expir=ulathsbm+2006-TZ:0", max_size=60).map(str.encode))
def test_any_octets_are_a_url_or_refused(octets: bytes) -> None:
    for start in (b"", START, START + b";urlauth=anonymous"):
        try:
            value = authorised_url(start + octets)
        except SyntaxViolation:
            continue
        assert (start + octets).startswith(value.rump)
