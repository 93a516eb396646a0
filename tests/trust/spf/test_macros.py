"""Macros: the examples of RFC 7208 §7.4."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from posthouse.trust.spf.macros import InvalidMacro, as_name, domain_spec, expand, letters, macro_string

VALUES = {
    "s": "strong-bad@email.example.com",
    "l": "strong-bad",
    "o": "email.example.com",
    "d": "email.example.com",
    "i": "192.0.2.3",
    "v": "in-addr",
}


@pytest.mark.parametrize(
    ("text", "expanded"),
    [
        ("%{s}", "strong-bad@email.example.com"),
        ("%{o}", "email.example.com"),
        ("%{d4}", "email.example.com"),
        ("%{d3}", "email.example.com"),
        ("%{d2}", "example.com"),
        ("%{d1}", "com"),
        ("%{dr}", "com.example.email"),
        ("%{d2r}", "example.email"),
        ("%{l}", "strong-bad"),
        ("%{l-}", "strong.bad"),
        ("%{lr}", "strong-bad"),
        ("%{lr-}", "bad.strong"),
        ("%{l1r-}", "strong"),
        ("%{ir}.%{v}._spf.%{d2}", "3.2.0.192.in-addr._spf.example.com"),
        ("%{lr-}.lp._spf.%{d2}", "bad.strong.lp._spf.example.com"),
        ("%{S}", "strong-bad%40email.example.com"),
        ("%%a%_b%-c", "%a b%20c"),
        ("%{d99999999}", "email.example.com"),
    ],
)
def test_expansion(text: str, expanded: str) -> None:
    assert expand(macro_string(text), VALUES) == expanded


def test_spaces_and_letters_of_explanations() -> None:
    values = {"c": "192.0.2.3", "r": "mx.example", "t": "1"}
    assert expand(macro_string("from %{c} at %{t}", explanation=True), values) == "from 192.0.2.3 at 1"
    with pytest.raises(InvalidMacro):
        macro_string("a b")


@pytest.mark.parametrize("text", ["%{d}", "x.%{d}.y.com", "x.com.", "%{d}.com", "x%-", "%{d2}.x-y", "a/b.c", "x.1a"])
def test_domains(text: str) -> None:
    assert domain_spec(text)


def test_long_names_lose_labels_on_the_left() -> None:
    assert as_name("a" * 60 + "." + ".".join(["b" * 49] * 5)) == ".".join(["b" * 49] * 5)
    assert as_name("x.y.") == "x.y"


@given(st.text(st.sampled_from("%{}sdlp0129r.-+_=/ a"), max_size=20))
@settings(max_examples=200)
def test_anything_is_a_macro_string_or_the_one_error(text: str) -> None:
    try:
        parsed = macro_string(text, explanation=True)
    except InvalidMacro:
        return
    values = dict.fromkeys(letters(parsed), "a.b")
    if "%%" not in text:  # which stands for one % of the text itself
        assert "%{" not in expand(parsed, values)
