"""Every setting of the service."""

import re
from typing import Any

import msgspec
import pytest

from posthouse.model.setting import Scope, Setting
from posthouse.model.settings.registry import REGISTRY

EVERY = list(REGISTRY.values())


@pytest.mark.parametrize("setting", EVERY, ids=lambda setting: setting.key)
def test_a_declaration_is_whole(setting: Setting[Any]) -> None:
    assert REGISTRY[setting.key] is setting
    assert re.fullmatch(r"[a-z0-9]+(\.[a-z0-9_]+)?", setting.key)
    assert setting.help.endswith(".")
    assert Scope.SYSTEM in setting.scopes
    assert setting.parse(msgspec.json.encode(setting.default)) == setting.default, "the default keeps the rule"


@pytest.mark.parametrize("setting", [setting for setting in EVERY if setting.kind in {int, float}], ids=lambda setting: setting.key)
def test_a_number_has_a_unit_and_bounds(setting: Setting[Any]) -> None:
    assert setting.unit
    assert setting.least is not None
    assert setting.most is None or setting.least < setting.most


def test_standards_and_promises_keep_their_floors() -> None:
    assert REGISTRY["smtp.recipients"].least == 100, "RFC 5321 §4.5.3.1.8"
    assert REGISTRY["imap.idle_seconds"].least == 1_800, "RFC 9051 §5.4"
    assert REGISTRY["pop3.idle_seconds"].least == 600, "RFC 1939 §3"
