"""IMAP URLs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.imap_values import sections

from posthouse.protocols.imap.errors import SyntaxViolation
from posthouse.protocols.imap.grammar.section import Section, SectionText
from posthouse.protocols.imap.url.imap_url import URL_OCTETS, ImapUrl, Server, UrlPartial, imap_url, serialise_imap_url

names = st.text(st.characters(codec="utf-8"), min_size=1, max_size=20)
mailboxes = names.filter(lambda name: not name.endswith("/"))
numbers = st.integers(1, 2**32 - 1)
partials = st.none() | st.builds(UrlPartial, st.integers(0, 2**63 - 1), st.none() | st.integers(1, 2**63 - 1))
urls = st.one_of(
    st.builds(
        ImapUrl,
        mailboxes,
        numbers,
        st.none() | numbers,
        sections,
        partials,
        st.none() | st.builds(Server, names, st.none() | names),
    ),
    st.builds(ImapUrl, st.none(), numbers, section=sections, partial=partials),
)


@given(urls)
def test_round_trip(value: ImapUrl) -> None:
    assert imap_url(serialise_imap_url(value)) == value


@pytest.mark.parametrize(
    ("octets", "value"),
    [
        (b";UID=20", ImapUrl(None, 20)),
        (b"/;uid=20/;section=1.2", ImapUrl(None, 20, section=Section((1, 2)))),
        (b"/INBOX;UIDVALIDITY=1/;UID=20/;SECTION=1.2", ImapUrl("INBOX", 20, 1, Section((1, 2)))),
        (b"/a/b%20c/;UID=1/;PARTIAL=0.1024", ImapUrl("a/b c", 1, partial=UrlPartial(0, 1024))),
        (b"/a/;UID=1/;PARTIAL=7", ImapUrl("a", 1, partial=UrlPartial(7))),
        (
            b"/a/;UID=1/;SECTION=HEADER.FIELDS%20(TO)",
            ImapUrl("a", 1, section=Section((), SectionText.HEADER_FIELDS, (b"TO",))),
        ),
        (b"imap://bob;AUTH=*@h:143/%C3%A4/;UID=1", ImapUrl("ä", 1, server=Server("h:143", "bob"))),
    ],
)
def test_forms(octets: bytes, value: ImapUrl) -> None:
    assert imap_url(octets) == value


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"/INBOX",
        b"INBOX/;UID=1",
        b"/INBOX/;UID=0",
        b"/INBOX/;UID=4294967296",
        b"/INBOX;UIDVALIDITY=0/;UID=1",
        b"/INBOX/;UID=1/;SECTION=MIME",
        b"/INBOX/;UID=1/;SECTION=1]",
        b"/INBOX/;UID=1/;SECTION=1%5D",
        b"/INBOX/;UID=1/;PARTIAL=0.0",
        b"/INBOX/;UID=1/;PARTIAL=9223372036854775808",
        b"/IN%4/;UID=1",
        b"/IN%FF/;UID=1",
        b"/IN BOX/;UID=1",
        b"/INBOX/;UID=1;URLAUTH=anonymous",
        b"imap://h/;UID=1",
        b"http://h/INBOX/;UID=1",
        b"/" + b"x" * URL_OCTETS + b"/;UID=1",
    ],
)
def test_what_is_no_url_of_a_message(octets: bytes) -> None:
    with pytest.raises(SyntaxViolation):
        imap_url(octets)


@given(st.binary(max_size=60) | st.text("/;UID=1SECTONPARLVDY%2.x", max_size=60).map(str.encode))
def test_any_octets_are_a_url_or_refused(octets: bytes) -> None:
    try:
        value = imap_url(octets)
    except SyntaxViolation:
        return
    assert imap_url(serialise_imap_url(value)) == value
