"""The table of sentences: it is whole, and every sentence of the servers is in it."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import posthouse
from posthouse.services.languages.speaking import DEFAULT, ENGLISH, LANGUAGES, TRANSLATIONS, chosen, table, translated

SOURCE = Path(posthouse.__file__).parent
SPEAKING = {"No", "Bad", "Done", "say", "say_goodbye", "err", "ok"}
POP3_OK = SOURCE / "servers" / "pop3", SOURCE / "protocols" / "pop3"
FOLDERS = [SOURCE / "servers" / "imap", *POP3_OK]


def test_every_sentence_has_every_language() -> None:
    for english, translations in table().exact.items():
        assert len(translations) == len(TRANSLATIONS), english
        assert all(translations), english
        for words in translations:
            assert len(re.findall(r"\{\d?\}", words)) == english.count("{}"), words
    assert {*TRANSLATIONS, ENGLISH} == set(LANGUAGES)


def _sentences(node: ast.expr) -> Iterator[str]:
    """What an argument may say; ``{}`` stands for what is filled in."""
    if isinstance(node, ast.IfExp):
        yield from _sentences(node.body)
        yield from _sentences(node.orelse)
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        yield "".join([str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values])


def _said(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call) and node.args:
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name in SPEAKING:
                yield from _sentences(node.args[0])
        elif isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, ast.Constant):
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            if isinstance(target, ast.Name) and target.id == "GREETING":
                yield "{} " + str(node.value.value)


def test_every_sentence_of_the_servers_is_in_the_table() -> None:
    said = {sentence for folder in FOLDERS for path in sorted(folder.rglob("*.py")) for sentence in _said(path)}
    said = {sentence for sentence in said if re.search("[A-Za-z]{2}", sentence.replace("{}", "")) and sentence != "{} {}"}
    assert len(said) > 120
    missing = {sentence for sentence in said if sentence[:1].upper() + sentence[1:] not in table().exact} - {
        "{} Posthouse POP3 ready"
    }
    assert not missing


@pytest.mark.parametrize(
    ("wanted", "tag"),
    [
        (["de-AT"], "de"),
        (["zh-Hans-CN"], "zh"),
        (["ZH-tw"], "zh"),
        (["fr", "ja"], "ja"),
        (["*"], DEFAULT),
        (["default"], DEFAULT),
        (["fr"], None),
        (["d"], None),
        ([], None),
    ],
)
def test_choosing(wanted: list[str], tag: str | None) -> None:
    assert chosen(wanted) == tag


def test_translating() -> None:
    assert translated("Logged in", "de") == "Angemeldet"
    assert translated("line too long", "ja") == "行が長すぎます"
    assert translated("A message may have 5 octets", "de") == "Eine Nachricht darf 5 Oktette haben"
    assert translated("the mailbox {x} exists already", "zh") == "邮箱 {x} 已存在"
    assert translated("Nothing was deleted: the store is away", "de") == "Nichts wurde gelöscht: the store is away"
    assert translated("Logged in", DEFAULT) == translated("Logged in", ENGLISH) == "Logged in"
    assert translated("Nobody has written this", "de") == "Nobody has written this"


@given(st.text(), st.sampled_from(TRANSLATIONS))
def test_anything_can_be_said(text: str, language: str) -> None:
    assert translated("At most " + text + " groups", language)
