"""Which language a reader gets (RFC 9110 §12.5.4, RFC 4647 lookup)."""

import re
from typing import Final

LANGUAGES: Final = {"en": "English", "zh-Hans": "简体中文", "ja": "日本語", "de": "Deutsch"}
"""Tags and what their readers call them."""
DEFAULT: Final = "en"
_BY_PRIMARY: Final = {tag.partition("-")[0]: tag for tag in LANGUAGES}
_RANGE: Final = re.compile(r"\s*([A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*|\*)\s*(?:;\s*q\s*=\s*(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)\s*)?\Z")
_LOOKED_AT: Final = 20


def supported(tag: str) -> str | None:
    """The language of ours for a tag: ``zh-CN`` is ``zh-Hans``, ``de-AT`` is ``de``."""
    return _BY_PRIMARY.get(tag.strip().lower().replace("_", "-").partition("-")[0])


def preferred(accept_language: str) -> str:
    """The best of ours for an Accept-Language field; English where nothing fits. Never raises."""
    best, quality = DEFAULT, 0.0
    for item in accept_language.split(",")[:_LOOKED_AT]:
        match = _RANGE.match(item)
        tag = supported(match[1]) if match else None
        weight = float(match[2] or 1) if match else 0.0
        if tag is not None and weight > quality:
            best, quality = tag, weight
    return best
