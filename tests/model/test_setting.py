"""One declaration of a setting: what it reads, and what it refuses in words."""

import contextlib
from typing import Any, Literal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthouse.foundation.errors import Invalid
from posthouse.model.setting import Scope, Setting

WORD = Setting("test.word", str, "x", "A word.")
CHOICE = Setting("test.choice", Literal["reject", "accept"], "reject", "One of two words.")
NUMBER = Setting("test.number", int, 5, "A number.", "things", 1, 10)
SHARE = Setting("test.share", float, 0.5, "A share.", "", 0.0, 1.0)
SWITCH = Setting("test.switch", bool, True, "A switch.")
NAMES: Setting[list[str]] = Setting("test.names", list[str], [], "Names.")
STEPS: Setting[list[int]] = Setting("test.steps", list[int], [], "Steps.")
PAIRS: Setting[dict[str, str]] = Setting("test.pairs", dict[str, str], {}, "Pairs.")


@pytest.mark.parametrize(
    ("setting", "text", "value"),
    [
        (WORD, "reject", "reject"),
        (WORD, "two words", "two words"),
        (WORD, '"quoted"', "quoted"),
        (WORD, "123", "123"),
        (WORD, "true", "true"),
        (WORD, "", ""),
        (CHOICE, "accept", "accept"),
        (CHOICE, '"reject"', "reject"),
        (NUMBER, "7", 7),
        (SHARE, "1", 1.0),
        (SHARE, "0.25", 0.25),
        (SWITCH, "true", True),
        (SWITCH, "on", True),
        (SWITCH, "Yes", True),
        (SWITCH, "OFF", False),
        (SWITCH, "no", False),
        (NAMES, "a, b,c", ["a", "b", "c"]),
        (NAMES, "a", ["a"]),
        (NAMES, "", []),
        (NAMES, '["a,b"]', ["a,b"]),
        (STEPS, "60, 300,900", [60, 300, 900]),
        (STEPS, "60", [60]),
        (STEPS, "", []),
        (STEPS, "[60]", [60]),
        (PAIRS, "a=b, c=d=e", {"a": "b", "c": "d=e"}),
        (PAIRS, '{"a": "b"}', {"a": "b"}),
        (PAIRS, "", {}),
    ],
)
def test_values_as_people_type_them(setting: Setting[Any], text: str, value: object) -> None:
    assert setting.parse_text(text) == value


@pytest.mark.parametrize(
    ("setting", "text"),
    [
        (CHOICE, "Accept"),
        (CHOICE, "rejekt"),
        (CHOICE, ""),
        (NUMBER, "many"),
        (NUMBER, "1.5"),
        (NUMBER, "true"),
        (NUMBER, ""),
        (SHARE, "NaN"),
        (SWITCH, "maybe"),
        (SWITCH, "1"),
        (STEPS, "60, soon"),
        (STEPS, "1.5"),
        (PAIRS, "a"),
        (PAIRS, "a=b, c"),
    ],
)
def test_values_of_another_kind_are_refused_by_name(setting: Setting[Any], text: str) -> None:
    with pytest.raises(Invalid, match=setting.key):
        setting.parse_text(text)


@pytest.mark.parametrize(("text", "rule"), [("0", "less than 1 things"), ("-7", "less than"), ("11", "more than 10 things")])
def test_the_range_is_said(text: str, rule: str) -> None:
    with pytest.raises(Invalid, match=rule):
        NUMBER.parse_text(text)


@given(st.binary(max_size=30))
def test_arbitrary_octets_give_a_value_or_the_one_error(octets: bytes) -> None:
    for setting in (WORD, CHOICE, NUMBER, SHARE, SWITCH, NAMES, STEPS, PAIRS):
        try:
            value: object = setting.parse(octets)
        except Invalid:
            continue
        assert setting.parse(msgspec.json.encode(value)) == value


@given(st.text(max_size=30))
def test_arbitrary_text_gives_a_value_or_the_one_error(text: str) -> None:
    for setting in (WORD, CHOICE, NUMBER, SHARE, SWITCH, NAMES, STEPS, PAIRS):
        with contextlib.suppress(Invalid):
            setting.parse_text(text)
    assert isinstance(WORD.parse_text(text), str)


def test_a_setting_is_the_systems_unless_it_says_otherwise() -> None:
    assert NUMBER.scopes == (Scope.SYSTEM,)
