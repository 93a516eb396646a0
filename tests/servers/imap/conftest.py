"""A server for each test."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.support.imap_server import ImapServer, imap_server


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[ImapServer]:
    async with imap_server(tmp_path) as running:
        yield running
