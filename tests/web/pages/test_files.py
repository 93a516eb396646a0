"""Style sheet, script, mark: how they are served, and that everything can be read."""

import re

import pytest
from tests.support.asgi import ask

from posthouse.web.app import web_application
from posthouse.web.house import WebHouse
from posthouse.web.pages.files import address, content


@pytest.mark.parametrize("name", ["site.css", "copy.js", "mark.svg"])
async def test_files_may_be_kept_for_ever_under_their_fingerprint(house: WebHouse, name: str) -> None:
    app = web_application(house)
    answer = await ask(app, address(name))
    assert (answer.status, answer.body) == (200, content(name))
    assert "immutable" in answer.headers["cache-control"]
    assert "immutable" not in (await ask(app, f"/static/{name}")).headers["cache-control"]


@pytest.mark.parametrize("path", ["/static/nothing.css", "/static/..%2fsetup.py", "/static/"])
async def test_nothing_else_is_served(house: WebHouse, path: str) -> None:
    assert (await ask(web_application(house), path)).status == 404


def test_nothing_comes_from_elsewhere() -> None:
    for name in ("site.css", "copy.js"):
        assert b"//" not in content(name).replace(b"// Copy buttons", b"")
        assert b"@import" not in content(name)
        assert b"url(" not in content(name)


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(
    ("text", "ground"),
    [("ink", "sheet"), ("ink", "field"), ("soft", "sheet"), ("blue", "sheet"), ("red", "sheet"), ("ink", "paper")],
)
def test_text_stands_out_from_its_ground(scheme: int, text: str, ground: str) -> None:
    blocks = re.findall(r":root {\n(.*?)}", content("site.css").decode(), re.DOTALL)
    colours = dict(re.findall(r"--(\w+): (#[0-9a-f]{6});", blocks[0]))
    if scheme:
        colours |= dict(re.findall(r"--(\w+): (#[0-9a-f]{6});", blocks[1]))
    lighter, darker = sorted((_luminance(colours[text]), _luminance(colours[ground])), reverse=True)
    assert (lighter + 0.05) / (darker + 0.05) >= 4.5


def _luminance(colour: str) -> float:
    """WCAG 2.2, relative luminance."""
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
