"""What has to be done to make a description true: steps, in an order in which they can be done."""

import enum
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec


class Change(enum.StrEnum):
    """What becomes of something."""

    CREATE = "create"
    CHANGE = "change"
    REMOVE = "remove"


class Step(msgspec.Struct, frozen=True):
    """One thing to do."""

    change: Change
    noun: str
    """``setting``, ``domain``, ``account``, ``group`` or ``alias``."""
    name: str
    before: dict[str, Any] = {}
    """Only what will be different."""
    after: dict[str, Any] = {}


class Planned(msgspec.Struct, frozen=True):
    """A step and how it is done."""

    step: Step
    do: Callable[[], Awaitable[Any]]


class Applied(msgspec.Struct, frozen=True):
    """What was planned, and how far it came."""

    steps: list[Step]
    done: int = 0
    """How many of them have been done, from the first."""
    failed: str = ""
    """Why the next one could not be done; empty: none failed."""


def different(before: dict[str, Any], after: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Of what is wanted, what is not so."""
    names = [name for name, value in after.items() if before.get(name) != value]
    return {name: before[name] for name in names if name in before}, {name: after[name] for name in names}
