"""What several nouns share."""

from typing import Annotated

import msgspec


class Listing(msgspec.Struct, frozen=True):
    """Which part of a list."""

    after: str = ""
    """Where the page before said the next begins."""
    limit: Annotated[int, msgspec.Meta(ge=1, le=1_000)] = 100


class Answered(msgspec.Struct, frozen=True):
    """How many things were changed."""

    changed: int
