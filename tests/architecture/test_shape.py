"""The house rules that no linter knows: sizes, names, floors, and where the clock may be read.

The limits are hard stops; the exceptions below may only shrink.
"""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "posthouse"
MODULES = sorted(SOURCE.rglob("*.py"))
PACKAGES = sorted(path.parent for path in SOURCE.rglob("__init__.py"))

MODULE_LINES = 500
FUNCTION_LINES = 50
FOLDER_MODULES = 12
BANNED_NAMES = re.compile(r"(^|_)(utils?|helpers?|common|manager|misc)(_|$)")

CROWDED: dict[str, int] = {
    "ports": 26,
}
"""Folders with more modules than the rule allows, and how many: a port is a file, and there are as many as there are."""


def _name(path: Path) -> str:
    return str(path.relative_to(SOURCE))


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_a_module_says_what_it_owns_and_stays_small(path: Path) -> None:
    text = path.read_text()
    assert text.count("\n") <= MODULE_LINES
    assert ast.get_docstring(ast.parse(text))
    assert not BANNED_NAMES.search(path.stem)


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_functions_can_be_seen_at_once(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert node.end_lineno is not None
            assert node.end_lineno - node.lineno < FUNCTION_LINES, f"{node.name} has {node.end_lineno - node.lineno + 1} lines"


@pytest.mark.parametrize("folder", PACKAGES, ids=_name)
def test_a_folder_is_an_overview(folder: Path) -> None:
    modules = [path for path in folder.glob("*.py") if path.name != "__init__.py"]
    assert len(modules) <= CROWDED.get(_name(folder), FOLDER_MODULES)
    assert not BANNED_NAMES.search(folder.name)


@pytest.mark.parametrize("folder", PACKAGES, ids=_name)
def test_a_package_face_has_no_logic(folder: Path) -> None:
    tree = ast.parse((folder / "__init__.py").read_text())
    assert ast.get_docstring(tree)
    for node in tree.body[1:]:
        assert isinstance(node, ast.ImportFrom | ast.Assign), "only names are handed on"


CLOCKS = re.compile(
    r"\b(time\.(time|time_ns|monotonic)\(|datetime\.now\(|dt\.datetime\.now\(|utcnow\(|uuid4\(|os\.urandom\(|secrets\.|random\.(random|choice|randint))"
)
MAY_READ_CLOCKS = ("adapters/", "bootstrap/")


@pytest.mark.parametrize("path", [path for path in MODULES if not _name(path).startswith(MAY_READ_CLOCKS)], ids=_name)
def test_time_and_randomness_come_through_ports(path: Path) -> None:
    assert not CLOCKS.search(path.read_text())


def test_tests_mirror_the_source() -> None:
    """A folder of tests for a floor names a floor."""
    floors = {path.name for path in SOURCE.iterdir() if path.is_dir()}
    own = {"architecture", "sessions", "ports", "fuzz", "real", "soak", "support", "processes", "docs"}
    folders = {path.name for path in (ROOT / "tests").iterdir() if path.is_dir() and not path.name.startswith(("_", "."))}
    assert folders - own <= floors
