"""The reference of all settings: ``python -m posthouse.cli.settings_reference > docs/settings.md``."""

from typing import Any

import msgspec

from posthouse.model.setting import Setting
from posthouse.model.settings.registry import REGISTRY

_OPENING = """\
# Settings

Every parameter of the service, with its unit, default and range. They are kept in the directory and take effect in a running
server within half a second: `posthouse setting set KEY VALUE`, `setting get`, `setting reset`, `setting list`. A setting with the
scopes `domain` or `account` may differ there (`--domain D`, `--account A`); the nearest one wins. This page is made from the
declarations: `python -m posthouse.cli.settings_reference > docs/settings.md`.

| key | default | range | scopes | what it does |
| --- | --- | --- | --- | --- |
"""


def settings_reference() -> str:
    """The page as Markdown."""
    return _OPENING + "".join(_row(REGISTRY[key]) for key in sorted(REGISTRY))


def _row(setting: Setting[Any]) -> str:
    default = msgspec.json.encode(setting.default).decode()
    unit = f" {setting.unit}" if setting.unit else ""
    bounds = (
        ""
        if setting.least is None
        else f"{setting.least:g} to {setting.most:g}"
        if setting.most is not None
        else f"from {setting.least:g}"
    )
    return f"| `{setting.key}` | `{default}`{unit} | {bounds} | {', '.join(setting.scopes)} | {setting.help} |\n"


if __name__ == "__main__":
    print(settings_reference(), end="")
