"""Which language a reader gets."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthouse.web.languages import LANGUAGES, preferred, supported


@pytest.mark.parametrize(
    ("field", "language"),
    [
        ("", "en"),
        ("de", "de"),
        ("de-AT,de;q=0.9,en;q=0.8", "de"),
        ("fr-CH, fr;q=0.9, ja;q=0.5, *;q=0.1", "ja"),
        ("en;q=0.3, zh-CN;q=0.7", "zh-Hans"),
        ("zh-TW", "zh-Hans"),
        ("de;q=0, en", "en"),
        ("DE", "de"),
        ("*", "en"),
        ("de;q=1.5,ja", "ja"),
        (";;;,,,q=1", "en"),
    ],
)
def test_the_best_of_ours(field: str, language: str) -> None:
    assert preferred(field) == language


@given(st.text(max_size=200))
def test_any_field_gives_a_language(field: str) -> None:
    assert preferred(field) in LANGUAGES


@pytest.mark.parametrize(("tag", "language"), [("zh", "zh-Hans"), ("zh_CN", "zh-Hans"), ("JA-jp", "ja"), ("fr", None), ("", None)])
def test_tags(tag: str, language: str | None) -> None:
    assert supported(tag) == language
