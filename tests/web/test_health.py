"""Alive and ready."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from tests.support.administration import open_office
from tests.support.asgi import ask
from tests.support.web import PORTS, web_house

from posthouse.foundation.errors import Unavailable
from posthouse.web import health
from posthouse.web.app import web_application
from posthouse.web.house import WebHouse


async def test_alive(house: WebHouse) -> None:
    answer = await ask(web_application(house), "/healthz")
    assert (answer.status, answer.text, answer.headers["cache-control"]) == (200, "ok\n", "no-store")


async def test_ready_means_all_parts_answer(house: WebHouse) -> None:
    answer = await ask(web_application(house), "/readyz")
    assert (answer.status, answer.json) == (200, {"ready": True, "parts": {"directory": True, "worker-0": True}})


async def test_a_worker_that_is_away_is_named(tmp_path: Path) -> None:
    async with open_office(tmp_path) as office:
        house = web_house(office, PORTS, workers={"worker-0": True, "worker-1": False})
        answer = await ask(web_application(house), "/readyz")
    assert answer.status == 503
    assert answer.json == {"ready": False, "parts": {"directory": True, "worker-0": True, "worker-1": False}}


async def test_workers_that_are_silent_do_not_hold_the_answer_up(house: WebHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    async def never() -> Mapping[str, bool]:
        await asyncio.Event().wait()
        return {}

    monkeypatch.setattr(health, "PATIENCE_SECONDS", 0.01)
    answer = await ask(web_application(replace(house, ask_workers=never)), "/readyz")
    assert (answer.status, answer.json["parts"]["workers"]) == (503, False)


async def test_a_directory_that_cannot_be_read_is_named(house: WebHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    async def away() -> int:
        raise Unavailable("away")

    monkeypatch.setattr(house.directory, "epoch", away)
    answer = await ask(web_application(house), "/readyz")
    assert (answer.status, answer.json["parts"]["directory"]) == (503, False)
