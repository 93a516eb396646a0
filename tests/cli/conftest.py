"""A command line over an installation made for the test."""

from pathlib import Path

import pytest
from tests.support.command import Command, command


@pytest.fixture
def posthouse(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """An installation with the domain example.test and its postmaster."""
    said = command(tmp_path / "data", monkeypatch, capsys)
    arguments = ("--hostname", "mail.example.test", "--domain", "example.test", "--admin", "postmaster@example.test")
    assert said("init", *arguments, "--password-stdin", "--profile", "lab", given=b"x\n").status == 0
    return said
