"""The web over a house made for the test."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.support.administration import open_office
from tests.support.web import PORTS, web_house

from posthouse.web.house import WebHouse


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[WebHouse]:
    async with open_office(tmp_path) as office:
        yield web_house(office, PORTS)
