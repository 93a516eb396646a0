"""When failures become a block, how long it lasts, and when all is forgotten. Pure: what is remembered and the time are given."""

from typing import Final

import msgspec

FORGIVEN_SECONDS: Final = 86_400.0
"""So long after a block has ended the next one is as short as the first."""


class Rules(msgspec.Struct, frozen=True):
    """Limits in failures, times in seconds."""

    address: int
    """Failures of one address (IPv6: of one /64) within the window."""
    network: int
    """Of one IPv4 /24 or IPv6 /48."""
    account: int
    """For one account, from wherever nobody has signed in to it lately."""
    window_seconds: float
    block_seconds: float
    """How long the first block lasts; each one after it is twice as long."""
    longest_seconds: float
    """No block lasts longer."""


class Tally(msgspec.Struct, frozen=True):
    """What is remembered of somebody who fails; moments in seconds since 1970."""

    failures: int = 0
    since: float = 0.0
    """When the first of them was."""
    blocks: int = 0
    """Blocks so far."""
    until: float = 0.0
    """When the last of them ends."""


def after_failure(tally: Tally, limit: int, rules: Rules, now: float) -> Tally:
    """What is remembered after one failure more; the one that reaches the limit begins a block."""
    blocks = tally.blocks if now - tally.until <= FORGIVEN_SECONDS else 0
    fresh = not 0 <= now - tally.since <= rules.window_seconds
    failures, since = (1, now) if fresh else (tally.failures + 1, tally.since)
    if failures < limit:
        return Tally(failures, since, blocks, tally.until)
    seconds = min(rules.block_seconds * 2 ** min(blocks, 30), rules.longest_seconds)
    return Tally(0, 0.0, blocks + 1, now + seconds)
