"""SPF records: terms, and every break of the grammar."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from posthouse.trust.spf.record import InvalidRecord, is_record, record
from posthouse.trust.spf.verdict import Result


def test_terms() -> None:
    found = record(
        "v=spf1 +mx a:%{d2}.Example.com/24//64 ip4:192.0.2.0/24 ~ip6:2001:db8::/32 ?include:x.example exists:%{i}.y.z -ALL"
    )
    assert [mechanism.name for mechanism in found.mechanisms] == ["mx", "a", "ip4", "ip6", "include", "exists", "all"]
    assert [str(mechanism.result) for mechanism in found.mechanisms] == [
        "pass",
        "pass",
        "pass",
        "softfail",
        "neutral",
        "pass",
        "fail",
    ]
    assert (found.mechanisms[1].prefix4, found.mechanisms[1].prefix6) == (24, 64)
    assert found.mechanisms[6].text == "-ALL"


def test_modifiers_in_any_place() -> None:
    found = record("v=spf1 redirect=_spf.example.com  a.b-c_d=%{h}/x exp=why.%{d} a ")
    assert found.redirect == ("_spf.example.com",)
    assert found.explanation is not None
    assert found.mechanisms[0].result is Result.PASS


@pytest.mark.parametrize("text", ["v=spf1", "V=SPF1 a", "v=spf1 "])
def test_what_is_a_record(text: str) -> None:
    assert is_record(text)


@pytest.mark.parametrize("text", ["v=spf10 a", "v=spf", " v=spf1", "v=spf1\ta", ""])
def test_what_is_none(text: str) -> None:
    assert not is_record(text)


BROKEN = [
    "al",
    "all:x.y",
    "all/8",
    "all.",
    "ip4",
    "ip4:",
    "ip4:1.2.3",
    "ip4:1.2.3.4/33",
    "ip4:1.2.3.4/08",
    "ip4:1.2.3.4//32",
    "ip4:1.2.3.04",
    "ip6:1.2.3.4",
    "ip6:::1/129",
    "ip6:fe80::1%eth0",
    "a:",
    "a/",
    "a/33",
    "a//129",
    "a/024",
    "a:museum",
    "a:museum.",
    "a:x.1",
    "a:x.y:80",
    "a:x.y/z",
    "a:%{x}.y",
    "a:%{d0}.y",
    "a:%{d",
    "a:%%%.y",
    "a:x.-y",
    "a:x.y-",
    "include",
    "include:",
    "include:x.y/24",
    "exists",
    "exists/8",
    "ptr/8",
    "mx:/8",
    "-redirect=x.y",
    "redirect=x",
    "redirect=",
    "exp=",
    "=x",
    "1=x",
    "x=%{c}",
    "x=%",
    "+x=y",
    "redirect=%{r}.x",
    "a:%(d).y",
]


@pytest.mark.parametrize("term", [*BROKEN, "redirect=a.b redirect=a.b", "exp=a.b exp=a.b", "a\ta", "ä", "a\x00"])
def test_what_breaks_the_grammar(term: str) -> None:
    with pytest.raises(InvalidRecord):
        record("v=spf1 " + term)


@given(st.text(st.sampled_from("aipmx4:/=.%{}d2r-+~? 01e\t"), max_size=25))
@settings(max_examples=300)
def test_anything_is_a_record_or_the_one_error(text: str) -> None:
    try:
        found = record("v=spf1 " + text)
    except InvalidRecord:
        return
    assert len(found.mechanisms) <= len(text.split(" "))


def test_very_long_records_are_not_read() -> None:
    assert record("v=spf1 " + "a " * 4_000).mechanisms
    with pytest.raises(InvalidRecord, match="too long"):
        record("v=spf1 " + "a " * 5_000)


@pytest.mark.parametrize(
    "term", ["a:" + "/" * 8_000, "a:" + "1-" * 4_000, "exists:" + "%{d" * 2_000, "a:x." + "a" * 8_000 + "!", "x=" + "%{s" * 2_000]
)
def test_patterns_do_not_backtrack(term: str) -> None:
    """The time of each is linear; a pattern that backtracks would not end."""
    with pytest.raises(InvalidRecord):
        record("v=spf1 " + term)
