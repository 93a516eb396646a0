"""Failures of the server in the house's words."""

import asyncpg  # type: ignore[import-untyped]  # it has no types of its own
import pytest

from posthouse.adapters.sql.postgres.failures import translated
from posthouse.foundation.errors import Corrupt, OutOfSpace, Unavailable


@pytest.mark.parametrize(
    ("error", "kind", "is_logged"),
    [
        (asyncpg.DiskFullError("no space left"), OutOfSpace, False),
        (asyncpg.DataCorruptedError("invalid page"), Corrupt, False),
        (asyncpg.AdminShutdownError("terminating"), Unavailable, False),
        (asyncpg.TooManyConnectionsError("sorry"), Unavailable, False),
        (asyncpg.ConnectionDoesNotExistError("closed in the middle"), Unavailable, False),
        (ConnectionRefusedError("refused"), Unavailable, False),
        (TimeoutError(), Unavailable, False),
        (asyncpg.UndefinedColumnError("column x"), Unavailable, True),
    ],
)
def test_each_has_its_words(error: Exception, kind: type[Exception], is_logged: bool, caplog: pytest.LogCaptureFixture) -> None:
    said = translated(error)
    assert type(said) is kind
    assert str(said).rstrip(": ") == str(said)
    assert bool(caplog.records) is is_logged
