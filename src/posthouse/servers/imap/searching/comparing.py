"""Search keys that compare a number of each message: sizes, dates, ages. Each gives a mask over the rows of its column."""

import datetime as dt
from collections.abc import Sequence
from typing import Any, Final

from posthouse.ports.account_store import RECEIVED_AT, SAVED_AT, SIZE
from posthouse.protocols.imap.commands.search.keys import Age, Clock, Comparison, Date, Size
from posthouse.protocols.imap.projections.registry import SENT
from posthouse.servers.imap.searching.masks import number

_DAY_SECONDS: Final = 86_400
_EPOCH: Final = dt.date(1970, 1, 1)

Compared = Size | Date | Age
_CLOCKS: Final = {Clock.INTERNAL: RECEIVED_AT, Clock.SENT: SENT, Clock.SAVED: SAVED_AT}


def column_of(key: Compared) -> str:
    """The column a key looks at."""
    if isinstance(key, Date):
        return _CLOCKS[key.clock]
    return SIZE if isinstance(key, Size) else RECEIVED_AT


def compared(key: Compared, column: Any, now: float) -> int:
    """Compare all rows of a column (its snapshot in the catalogue); ``now`` in seconds since 1970."""
    if isinstance(key, Size):
        return _above(column, key.octets + 1) if key.larger else _below(column, key.octets)
    if isinstance(key, Age):
        then = now - key.seconds
        return _above(column, then) if key.younger else number(bytes([value <= then for value in column]))
    if key.clock is Clock.SENT:
        day = key.day.toordinal()
        return _of_day(key.comparison, column.days, day, day + 1) & _above(column.days, 1)
    start = (key.day - _EPOCH).days * _DAY_SECONDS
    return _of_day(key.comparison, column, start, start + _DAY_SECONDS)


def _of_day(comparison: Comparison, values: Sequence[float], start: float, end: float) -> int:
    """Compare with the day from ``start`` up to but without ``end``."""
    if comparison is Comparison.SINCE:
        return _above(values, start)
    if comparison is Comparison.ON:
        return number(bytes([start <= value < end for value in values]))
    return _below(values, start)


def _above(values: Sequence[float], least: float) -> int:
    return number(bytes([value >= least for value in values]))


def _below(values: Sequence[float], most: float) -> int:
    return number(bytes([value < most for value in values]))
