"""What commands print: JSON for programs, aligned tables and plain sentences for people."""

import datetime as dt
import sys
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec


@dataclass(frozen=True)
class Output:
    """Standard output in one of its two forms."""

    json: bool = False

    def value(self, value: Any, sentence: str) -> None:
        """Print a result: the value for programs, the sentence for people."""
        print(as_json(value) if self.json else sentence)

    def table(self, values: Sequence[Any], head: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        """Print a list: the values for programs, the rows under their heads for people; nothing at all where it is empty."""
        if self.json:
            print(as_json(list(values)))
        elif rows:
            print("\n".join(aligned([head, *rows])))

    def facts(self, value: Any, facts: Sequence[tuple[str, object]]) -> None:
        """Print one thing: the value for programs, names and values in two columns for people."""
        print(as_json(value) if self.json else "\n".join(aligned(facts)))


def as_json(value: Any) -> str:
    """Write plain values (dictionaries, lists, text, numbers) as JSON."""
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode()


def aligned(rows: Sequence[Sequence[object]]) -> list[str]:
    """Lines of columns two blanks apart; columns of numbers stand to the right, wide characters take two places."""
    texts = [[str(cell) for cell in row] for row in rows]
    columns = list(zip(*texts, strict=True))
    widths = [max(map(width, column)) for column in columns]
    right = [all(isinstance(row[index], int) for row in rows[1:]) and len(rows) > 1 for index in range(len(widths))]
    lines = []
    for row in texts:
        cells = []
        for cell, wide, numeric in zip(row, widths, right, strict=True):
            padding = " " * (wide - width(cell))
            cells.append(padding + cell if numeric else cell + padding)
        lines.append("  ".join(cells).rstrip())
    return lines


def width(text: str) -> int:
    """Places a text takes on a terminal."""
    return sum(
        0 if unicodedata.combining(character) else 2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text
    )


def moment(seconds: float | None, *, never: str = "") -> str:
    """A time as ``2026-11-22 14:05:09Z``, for people."""
    if not seconds:
        return never
    return dt.datetime.fromtimestamp(seconds, dt.UTC).strftime("%Y-%m-%d %H:%M:%SZ")


def show_progress(text: str) -> None:
    """Say how far something is, to a person who waits; the next time in the same line."""
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)


def end_progress() -> None:
    """Take the line away again."""
    show_progress("")


def complain(text: str) -> None:
    """Say what went wrong, in one line."""
    print(f"posthouse: {' '.join(text.split())}", file=sys.stderr)


def iso(seconds: float | None) -> str | None:
    """A time as ``2026-11-22T14:05:09Z``, for programs."""
    return moment(seconds).replace(" ", "T") if seconds else None
