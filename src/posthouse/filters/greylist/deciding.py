"""Whether a sender is known, from when it was seen before. Pure: what is remembered, the rules and the time are given."""

import enum

import msgspec


class Rules(msgspec.Struct, frozen=True):
    """Times in seconds."""

    delay_seconds: float
    """A second attempt earlier than this does not count."""
    retry_seconds: float
    """A second attempt later than this is a first one."""
    keep_seconds: float
    """How long somebody who came back is known without being seen."""


class Meeting(msgspec.Struct, frozen=True):
    """What is remembered of one sender, network and recipient; times in seconds since 1970."""

    first_at: float
    last_at: float
    passed: bool = False


class Standing(enum.Enum):
    """What a sender is."""

    KNOWN = "known"
    RETURNED = "returned"
    """It has come back for the first time."""
    EARLY = "early"
    UNKNOWN = "unknown"


def meet(known: Meeting | None, now: float, rules: Rules) -> tuple[Meeting, Standing]:
    """What is to be remembered from now on, and what the sender is."""
    if known is not None and known.passed and now - known.last_at <= rules.keep_seconds:
        return Meeting(known.first_at, now, passed=True), Standing.KNOWN
    if known is None or known.passed or not 0 <= now - known.first_at <= rules.retry_seconds:
        return Meeting(now, now), Standing.UNKNOWN
    if now - known.first_at < rules.delay_seconds:
        return Meeting(known.first_at, now), Standing.EARLY
    return Meeting(known.first_at, now, passed=True), Standing.RETURNED
