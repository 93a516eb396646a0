"""What a PostgreSQL server, or the way to it, says went wrong, in the house's words."""

import logging
from typing import Final

import asyncpg  # type: ignore[import-untyped]  # it has no types of its own

from posthouse.foundation.errors import Corrupt, OutOfSpace, PosthouseError, Unavailable

FAILURES: Final = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError, TimeoutError)
"""Everything the driver raises."""
AGAIN: Final = (asyncpg.TransactionRollbackError, asyncpg.FeatureNotSupportedError)
"""Not done, and worth trying again at once: a deadlock, or a plan older than a column (0A000)."""

_EXPECTED: Final = (
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.TransactionRollbackError,
    asyncpg.LockNotAvailableError,
    asyncpg.InterfaceError,
    OSError,
    TimeoutError,
)
_log = logging.getLogger(__name__)


def translated(error: BaseException) -> PosthouseError:
    """Say a failure in the house's words; one that is nobody's fault but ours is logged too."""
    if isinstance(error, asyncpg.DiskFullError):
        return OutOfSpace("the disk of the database is full")
    if isinstance(error, (asyncpg.DataCorruptedError, asyncpg.IndexCorruptedError)):
        return Corrupt(f"the database is damaged: {error}")
    if not isinstance(error, _EXPECTED):
        _log.error("the database refuses a statement", exc_info=error)
    return Unavailable(f"the database does not answer: {str(error) or type(error).__name__}")
