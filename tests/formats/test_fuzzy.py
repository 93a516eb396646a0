"""Nearly the same text is found, and the better match has the higher score."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthouse.formats.collation import casemap
from posthouse.formats.fuzzy import BEST, Fuzzy


def score(wanted: str, text: str) -> int:
    return Fuzzy(wanted).score(casemap(text))


@pytest.mark.parametrize(
    ("wanted", "text"),
    [
        ("muller", "Herr Müller"),
        ("Müller", "MULLER"),
        ("break imap", "IMAP will break"),
        ("hello, world!", "hello\r\nworld"),
        ("かいと", "ガイド"),
        ("ガイド", "かいど"),
        ("snake_case", "snake case"),
        ("予算 会議", "来年の会議と予算"),
    ],
)
def test_what_is_found(wanted: str, text: str) -> None:
    assert score(wanted, text)


@pytest.mark.parametrize(("wanted", "text"), [("break imap", "IMAP works"), ("muller", "miller"), ("予算", "预算")])
def test_what_is_not(wanted: str, text: str) -> None:
    assert not score(wanted, text)


def test_better_matches_score_higher() -> None:
    scores = [
        score("new plan", text)
        for text in ("renewed explanation", "the plan is renewed", "plan, new", "a new plan", "new plan, new plan: new plan")
    ]
    assert scores == sorted(set(scores))
    assert score("new plan", "new plan " * 100) == BEST


def test_nothing_to_look_for() -> None:
    assert not Fuzzy(" ... ")
    assert Fuzzy("x")


@given(st.text(max_size=20), st.text(max_size=40))
def test_scores_are_within_their_bounds(wanted: str, text: str) -> None:
    fuzzy = Fuzzy(wanted)
    if fuzzy:
        assert 0 <= fuzzy.score(casemap(text)) <= BEST


@given(st.text(min_size=1, max_size=20))
def test_a_text_matches_itself(text: str) -> None:
    fuzzy = Fuzzy(text)
    if fuzzy:
        assert fuzzy.score(casemap(text)) > 0
