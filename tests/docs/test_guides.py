"""The commands a guide names are run, in their order, on an installation of their own."""

import shlex
from pathlib import Path

import pytest
from tests.support.command import Command, command

GUIDES = Path(__file__).parents[2] / "docs"
PROMPT = "    posthouse "


@pytest.fixture
def people(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    said = command(tmp_path / "data", monkeypatch, capsys)
    arguments = ("--hostname", "mail.example.test", "--domain", "example.test", "--admin", "postmaster@example.test")
    assert said("init", *arguments, "--password-stdin", "--profile", "lab", given=b"x\n").status == 0
    for name in ("alice", "bob"):
        assert said("account", "add", f"{name}@example.test", "--no-password").status == 0
    return said


def commands(guide: str) -> list[list[str]]:
    """The commands of a guide as words."""
    lines = (GUIDES / guide).read_text().splitlines()
    return [shlex.split(line.removeprefix(PROMPT)) for line in lines if line.startswith(PROMPT)]


@pytest.mark.parametrize("guide", ["edge.md", "traffic.md"])
def test_every_command_of_the_guide_works(guide: str, people: Command) -> None:
    found = commands(guide)
    assert len(found) > 10
    for words in found:
        done = people(*words)
        assert done.status == 0, (words, done)
