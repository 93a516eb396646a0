"""The page of commands says what the commands say."""

from pathlib import Path

from posthouse.cli.reference import commands, reference

PAGE = Path(__file__).parents[2] / "docs" / "commands.md"


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text() == reference(), "run python -m posthouse.cli.reference > docs/commands.md"


def test_hidden_commands_stay_out() -> None:
    assert ("demo",) not in dict(commands())
    assert "demo" not in reference()
