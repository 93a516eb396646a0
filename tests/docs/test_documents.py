"""Documents say what is: generated pages are fresh, and what they point to exists."""

import re
import tomllib
from pathlib import Path

import pytest

from posthouse.cli.settings_reference import settings_reference

ROOT = Path(__file__).parents[2]
PAGES = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "benchmarks").glob("*.md")]


def test_the_page_of_settings_is_fresh() -> None:
    page = (ROOT / "docs" / "settings.md").read_text()
    assert page == settings_reference(), "run python -m posthouse.cli.settings_reference > docs/settings.md"


def test_every_decision_record_is_listed() -> None:
    listed = (ROOT / "docs" / "adr" / "README.md").read_text()
    records = sorted(path.name for path in (ROOT / "docs" / "adr").glob("0*.md"))
    assert records
    assert all(f"({name})" in listed for name in records)


def test_what_the_standards_index_names_exists() -> None:
    index = tomllib.loads((ROOT / "docs" / "rfc" / "index.toml").read_text())
    for entry in index["rfc"]:
        assert entry["status"] in {"yes", "part", "room"}
        assert entry["status"] == "yes" or entry["note"]
        for place in entry["code"]:
            assert (ROOT / "src" / "posthouse" / place).exists(), (entry["number"], place)


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", page.read_text()):
        if "://" not in target:
            assert (page.parent / target).exists(), target
