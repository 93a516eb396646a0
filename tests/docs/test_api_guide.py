"""The requests of docs/api.md, sent as they stand; its tables against what there is."""

import re
from pathlib import Path

from tests.support.administration import OPERATOR, open_office
from tests.support.api import open_api

from posthouse.services.administer.applying.applying import Applying
from posthouse.services.administer.applying.description import read_description
from posthouse.web.api.problems import KINDS

GUIDE = (Path(__file__).parents[2] / "docs" / "api.md").read_text()


async def test_the_requests_of_the_guide_are_answered(tmp_path: Path) -> None:
    blocks = re.findall(r"```http\n(.*?)```", GUIDE, re.DOTALL)
    requests = [block for block in blocks if not block.startswith("HTTP/")]
    assert len(requests) >= 4
    async with open_office(tmp_path) as office, open_api(office, tmp_path) as api:
        for request in requests:
            head, _, body = request.partition("\n\n")
            line, *fields = head.strip().splitlines()
            method, path = line.split()
            headers = dict(field.lower().replace("-", "_").split(": ", 1) for field in fields)
            del headers["authorization"]
            answer = await api.ask(method, path.removeprefix("/api/v1"), body.encode() or None, **headers)
            assert answer.status in (200, 201, 204), (request, answer.text)


def test_every_problem_stands_in_the_guide() -> None:
    table = re.findall(r"^\| (\d+) \| ([a-z, -]+) \|", GUIDE, re.MULTILINE)
    told = {(int(status), name) for status, names in table for name in names.split(", ")}
    assert told == {(kind.status, name) for name, kind in KINDS.items()}


async def test_the_description_of_the_guide_can_be_made_true(tmp_path: Path) -> None:
    [text] = re.findall(r"```toml\n(.*?)```", GUIDE, re.DOTALL)
    async with open_office(tmp_path) as office:
        applying, wanted = Applying(office.parts), read_description(text.encode())
        applied = await applying.apply(OPERATOR, wanted)
        assert (applied.done, applied.failed) == (len(applied.steps), "")
        assert (await applying.plan(OPERATOR, wanted)).steps == []
