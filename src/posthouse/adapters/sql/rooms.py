"""Where projections are kept: those that are read together share a table, and reading some never touches the pages of others."""

import re
from collections.abc import Sequence
from typing import NamedTuple

_NAME = re.compile(r"[a-z_]+(\.[a-z_]+)?")


class Place(NamedTuple):
    """Where a projection is kept."""

    table: str
    column: str


def place_of(projection: str) -> Place:
    """The place of a projection: ``room.name`` shares the room's row with its other names, a plain name has a table of its own."""
    if not _NAME.fullmatch(projection):
        raise ValueError(f"a projection's name has small letters and underscores only: {projection!r}")
    room, _, name = projection.rpartition(".")
    return Place(f"projection_{room or name}", name)


def rooms_of(projections: Sequence[str]) -> dict[str, list[str]]:
    """Tables and their columns."""
    rooms: dict[str, list[str]] = {}
    for place in map(place_of, projections):
        rooms.setdefault(place.table, []).append(place.column)
    return rooms
