"""All settings by key. The reference page is made from this."""

from typing import Any, Final

from posthouse.model.setting import Setting
from posthouse.model.settings import (
    browser,
    guard,
    judging,
    letters,
    listeners,
    outside,
    people,
    programs,
    receiving,
    relay,
    signing_in,
)
from posthouse.model.traffic import sending

REGISTRY: Final[dict[str, Setting[Any]]] = {
    setting.key: setting
    for module in (listeners, receiving, judging, programs, signing_in, outside, browser, guard, relay, people, letters, sending)
    for setting in vars(module).values()
    if isinstance(setting, Setting)
}
"""In the order of their subjects."""
