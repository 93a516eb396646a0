"""The catalogues: every text of the pages in every language, one file per language."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

from posthouse.web.languages import LANGUAGES


@cache
def words(language: str) -> Mapping[str, Any]:
    """The texts of one of ``LANGUAGES``, by page and name."""
    file = resources.files(__package__) / "catalogue" / f"{language}.toml"
    return tomllib.loads(file.read_text("utf-8"))


def catalogues() -> dict[str, Mapping[str, Any]]:
    """All of them."""
    return {language: words(language) for language in LANGUAGES}
