"""The page about roles is made from the table."""

from pathlib import Path

from posthouse.cli.roles_reference import reference

PAGE = Path(__file__).parents[2] / "docs" / "roles.md"


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text() == reference(), "run python -m posthouse.cli.roles_reference > docs/roles.md"
