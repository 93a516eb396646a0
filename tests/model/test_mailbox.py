"""What a mailbox may be called."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthouse.foundation.errors import Invalid
from posthouse.model.mailbox import INBOX, LEVELS, NAME_OCTETS, check_name


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("Sent", "Sent"),
        ("inbox", "INBOX"),
        ("InBox/Sub", "INBOX/Sub"),
        ("INBOXES", "INBOXES"),
        ("a/inbox", "a/inbox"),
        ("Entwu\u0308rfe", "Entw\u00fcrfe"),
        ("草稿/2026", "草稿/2026"),
        ("👩‍💻 work", "👩‍💻 work"),
        ('a.b%c*d\\e"f&-~', 'a.b%c*d\\e"f&-~'),
        (" spaces ", " spaces "),
        ("x" * NAME_OCTETS, "x" * NAME_OCTETS),
        ("/".join("a" * LEVELS), "/".join("a" * LEVELS)),
    ],
)
def test_names_as_they_are_kept(name: str, kept: str) -> None:
    assert check_name(name) == kept


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("", "empty level"),
        ("/", "empty level"),
        ("a//b", "empty level"),
        ("/a", "empty level"),
        ("inbox/", "empty level"),
        ("x" * (NAME_OCTETS + 1), "1000 octets"),
        ("草" * 334, "1000 octets"),
        ("/".join("a" * (LEVELS + 1)), "50 levels"),
        ("a\x00b", r"U\+0000"),
        ("a\r\nb", r"U\+000D"),
        ("a\x7fb", r"U\+007F"),
        ("a\u2028b", r"U\+2028"),
        ("a\udc80b", r"U\+DC80"),
    ],
)
def test_names_nobody_may_have_are_refused_in_words(name: str, rule: str) -> None:
    with pytest.raises(Invalid, match=rule):
        check_name(name)


@given(st.text(st.characters(), max_size=60))
def test_what_is_kept_stays_as_it_is(name: str) -> None:
    try:
        kept = check_name(name)
    except Invalid:
        return
    assert check_name(kept) == kept
    assert unicodedata.is_normalized("NFC", kept)
    assert len(kept.encode()) <= NAME_OCTETS
    head = kept.split("/")[0]
    assert head == INBOX or head.upper() != INBOX
