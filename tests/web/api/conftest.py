"""The API over an office of its own."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.support.administration import Office, open_office
from tests.support.api import Api, open_api


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with open_office(tmp_path) as opened:
        yield opened


@pytest.fixture
async def api(office: Office, tmp_path: Path) -> AsyncIterator[Api]:
    async with open_api(office, tmp_path) as opened:
        yield opened
