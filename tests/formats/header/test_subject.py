"""Base subjects (RFC 5256 §2.1)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthouse.formats.header.subject import base_subject


@pytest.mark.parametrize(
    ("subject", "text", "changed"),
    [
        ("hello", "hello", False),
        ("Re: hello", "hello", True),
        ("RE[2]: hello", "hello", True),
        ("re : hello", "hello", True),
        ("Fwd: FW: fw: hello", "hello", True),
        ("[list] hello", "hello", False),
        ("[list] Re: [list] hello", "hello", True),
        ("Re: [list][other] re: hello (fwd) (FWD)", "hello", True),
        ("[Fwd: Re: hello]", "hello", True),
        ("[fwd: hello] there", "there", False),
        ("[only a tag]", "[only a tag]", False),
        ("  a \t b  ", "a b", False),
        ("Re:", "", True),
        ("", "", False),
        ("Research: x", "Research: x", False),
        ("Re: 你好", "你好", True),
    ],
)
def test_rules(subject: str, text: str, changed: bool) -> None:
    assert base_subject(subject) == (text, changed)


@given(st.lists(st.sampled_from(["re:", "Fwd:", "[a]", "[", "]", " ", "(fwd)", "x", "[fwd:", "[b] "]), max_size=12).map("".join))
def test_the_base_of_a_base_is_itself(subject: str) -> None:
    base = base_subject(subject)
    assert base_subject(base.text).text == base.text


@given(st.text(max_size=30).filter(lambda text: text.strip()))
def test_a_reply_has_the_subject_of_what_it_answers(subject: str) -> None:
    assert base_subject("Re: " + subject).text == base_subject(subject).text


def test_bounded() -> None:
    assert len(base_subject("x" * 100_000).text) == 1_000
    assert len(base_subject("[a]" * 100_000).text) < 4
