"""What a query asks of the texts of one message: which of them to look at, what rules most messages out, and the judgement."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from posthouse.formats.collation import casemap
from posthouse.formats.fuzzy import BEST, Fuzzy
from posthouse.formats.header.searchable import has_field, needles
from posthouse.ports.search import TEXT_OCTETS, Place, TextColumns, TextQuery


class Test(NamedTuple):
    """Whether the text ``column`` has ``needle`` in it."""

    column: str
    needle: bytes


class Matcher:
    """One query, ready to be asked of many messages."""

    __slots__ = ("_field", "_fuzzy", "_names", "_needle", "clauses", "columns", "is_decided")

    def __init__(self, query: TextQuery, columns: TextColumns) -> None:
        self._needle = casemap(query.text)
        self._field = query.field.encode("ascii", "replace").upper()
        self._fuzzy = (Fuzzy(query.text) or None) if query.is_fuzzy else None
        self._names = tuple(columns.fields) if query.place is Place.MESSAGE else ()
        """Fields whose texts come first among the columns, without their names."""
        self.columns = _columns(query, columns, self._field)
        """Texts to look at."""
        self.clauses = self._clauses(query.place, columns)
        """A message matches only where all tests of one of these hold."""
        self.is_decided = self._fuzzy is None and all(len(clause) == 1 for clause in self.clauses)
        """Whether they say everything, so that no judgement is needed."""

    @property
    def is_selective(self) -> bool:
        """Whether the clauses rule messages out; a fuzzy query's do not."""
        return self._fuzzy is None

    @property
    def is_hopeless(self) -> bool:
        """Whether nothing can match: too long, or a line end within a field."""
        return len(self._needle) > TEXT_OCTETS or (self._is_of_field and b"\n" in self._needle)

    def score(self, texts: Sequence[bytes]) -> int:
        """How well a message matches whose ``columns`` these are: 0 for not at all, 100 for perfectly."""
        if self._fuzzy is not None:
            return self._fuzzy.score(_lines_of(self._field, texts[0]) if self._is_shared_field else self._joined(texts))
        if self._is_shared_field:
            return BEST if has_field(texts[0], self._field, self._needle) else 0
        found = dict(zip(self.columns, texts, strict=True))
        return BEST if any(all(needle in found[column] for column, needle in clause) for clause in self.clauses) else 0

    def _joined(self, texts: Sequence[bytes]) -> bytes:
        """All texts in one, names of fields included where a message is looked at as a whole."""
        named = [text.replace(b"\n", b"\n" + name + b": ") for name, text in zip(self._names, texts, strict=False)]
        return b"\n".join([*named, *texts[len(named) :]])

    @property
    def _is_of_field(self) -> bool:
        return bool(self._field)

    @property
    def _is_shared_field(self) -> bool:
        """Whether the field shares its text with others."""
        return self._is_of_field and len(self.clauses) == 1 and len(self.clauses[0]) > 1

    def _clauses(self, place: Place, columns: TextColumns) -> list[list[Test]]:
        needle = self._needle
        if place is Place.BODY or (place is Place.MESSAGE and b"\n" in needle):  # a field is one line
            return [[Test(columns.body, needle)]]
        if place is Place.MESSAGE:
            own = [[Test(column, each)] for name, column in columns.fields.items() for each in needles(name, needle)]
            return [*own, *[[Test(column, needle)] for column in (columns.header, columns.body, columns.trace)]]
        column = columns.column(self._field)
        if self._field in columns.fields:
            return [[Test(column, needle or _PRESENT)]]
        return [[Test(column, b"\n" + self._field + b":"), Test(column, needle)]]


_PRESENT: Final = b"\n"


def _columns(query: TextQuery, columns: TextColumns, field: bytes) -> list[str]:
    if query.place is Place.BODY:
        return [columns.body]
    return columns.all() if query.place is Place.MESSAGE else [columns.column(field)]


def _lines_of(field: bytes, header: bytes) -> bytes:
    label = field + b":"
    return b"\n".join([line[len(label) :] for line in header.split(b"\n") if line.startswith(label)])
