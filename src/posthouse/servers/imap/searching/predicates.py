"""Search keys that must look at columns of a message, as functions of a row ``(uid, column, …)``."""

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple

from posthouse.ports.account_store import RECEIVED_AT, SIZE
from posthouse.protocols.imap.commands.search.keys import (
    Age,
    And,
    Clock,
    Comparison,
    Date,
    Header,
    Not,
    Or,
    Scope,
    SearchKey,
    Size,
    Text,
)
from posthouse.protocols.imap.projections.registry import BODY_TEXT, HEADER_TEXT, SENT, TRACE_TEXT
from posthouse.protocols.imap.projections.search_text import folded, header_has
from posthouse.protocols.imap.projections.section import TRACE_FIELDS
from posthouse.servers.imap.searching.masks import Masks

Row = Sequence[Any]
Predicate = Callable[[Row], bool]

WEIGHTS: Final = {SIZE: 1, RECEIVED_AT: 1, SENT: 2, HEADER_TEXT: 3, TRACE_TEXT: 4, BODY_TEXT: 4}
"""What it costs to read a column: keys are tried in this order, each on what the ones before have left."""

_DAY_SECONDS: Final = 86_400
_EPOCH = dt.date(1970, 1, 1)


def columns_of(key: SearchKey) -> frozenset[str]:
    """Columns a key must look at; none for one that ``Masks`` evaluates."""
    if isinstance(key, Not):
        return columns_of(key.key)
    if isinstance(key, Or):
        return columns_of(key.left) | columns_of(key.right)
    if isinstance(key, And):
        return frozenset().union(*map(columns_of, key.keys))
    return _columns_of_leaf(key)


def _columns_of_leaf(key: SearchKey) -> frozenset[str]:
    if isinstance(key, Header):
        return frozenset({_header_column(key)})
    if isinstance(key, Text):
        return frozenset({BODY_TEXT} if key.scope is Scope.BODY else {BODY_TEXT, HEADER_TEXT, TRACE_TEXT})
    if isinstance(key, Date):
        return frozenset({SENT if key.clock is Clock.SENT else RECEIVED_AT})
    if isinstance(key, Age):
        return frozenset({RECEIVED_AT})
    return frozenset({SIZE}) if isinstance(key, Size) else frozenset()


def _header_column(key: Header) -> str:
    return TRACE_TEXT if key.field.encode("ascii") in TRACE_FIELDS else HEADER_TEXT


class Compiler(NamedTuple):
    """Turns keys into predicates over rows with these columns."""

    columns: Sequence[str]
    masks: Masks
    now: float
    """Seconds since 1970."""

    def predicate(self, key: SearchKey) -> Predicate:
        """Compile one key."""
        if not columns_of(key):
            uids = frozenset(self.masks.uids(self.masks.mask(key)))
            return lambda row: row[0] in uids
        if isinstance(key, Not):
            inner = self.predicate(key.key)
            return lambda row: not inner(row)
        if isinstance(key, Or):
            left, right = self.predicate(key.left), self.predicate(key.right)
            return lambda row: left(row) or right(row)
        if isinstance(key, And):
            return self.all_of(key.keys)
        return self._leaf(key)

    def all_of(self, keys: Sequence[SearchKey]) -> Predicate:
        """Compile keys all of which must match."""
        predicates = [self.predicate(key) for key in keys]
        if len(predicates) == 1:
            return predicates[0]
        return lambda row: all(predicate(row) for predicate in predicates)

    def _leaf(self, key: SearchKey) -> Predicate:
        if isinstance(key, Header):
            return self._header(key)
        if isinstance(key, Text):
            return self._text(key)
        if isinstance(key, Size):
            size, octets = self._at(SIZE), key.octets
            return (lambda row: row[size] > octets) if key.larger else (lambda row: row[size] < octets)
        if isinstance(key, Date):
            return self._sent(key) if key.clock is Clock.SENT else self._internal(key)
        if isinstance(key, Age):
            received, then = self._at(RECEIVED_AT), self.now - key.seconds
            return (lambda row: row[received] >= then) if key.younger else (lambda row: row[received] <= then)
        raise TypeError(f"{type(key).__name__} is no leaf")

    def _header(self, key: Header) -> Predicate:
        header, field, text = self._at(_header_column(key)), key.field.encode("ascii"), folded(key.text)
        return lambda row: header_has(row[header], field, text)

    def _text(self, key: Text) -> Predicate:
        body, text = self._at(BODY_TEXT), folded(key.text)
        if key.scope is Scope.BODY:
            return lambda row: text in row[body]
        header, trace = self._at(HEADER_TEXT), self._at(TRACE_TEXT)
        return lambda row: text in row[header] or text in row[body] or text in row[trace]

    def _internal(self, key: Date) -> Predicate:
        """Compare the day of arrival, in UTC as INTERNALDATE shows it."""
        received = self._at(RECEIVED_AT)
        start = (key.day - _EPOCH).days * _DAY_SECONDS
        end = start + _DAY_SECONDS
        if key.comparison is Comparison.BEFORE:
            return lambda row: row[received] < start
        if key.comparison is Comparison.SINCE:
            return lambda row: row[received] >= start
        return lambda row: start <= row[received] < end

    def _sent(self, key: Date) -> Predicate:
        """Compare the day written in the Date field; days in this form are in the order of the alphabet."""
        sent, day = self._at(SENT), key.day.isoformat().encode()
        if key.comparison is Comparison.BEFORE:
            return lambda row: b"" < row[sent][:10] < day
        if key.comparison is Comparison.SINCE:
            return lambda row: row[sent][:10] >= day
        return lambda row: row[sent][:10] == day

    def _at(self, column: str) -> int:
        return self.columns.index(column) + 1
