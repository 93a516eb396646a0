"""How much an account may hold, and how much it does."""

from typing import Final

import msgspec

MAILBOXES: Final = 50_000
"""The most mailboxes an account may have."""


class Quota(msgspec.Struct, frozen=True):
    """What an account uses and what it may use; a limit of 0 is none. Expunged messages do not count."""

    octets: int
    octets_limit: int
    messages: int
    messages_limit: int
    mailboxes: int
    mailboxes_limit: int = MAILBOXES


def refusal(used: tuple[int, int], added: tuple[int, int], limits: tuple[int, int]) -> str | None:
    """Say why (octets, messages) cannot be added: ``used`` counts them already; None when there is room.

    What makes nothing larger is never refused, whatever is used.
    """
    for what, total, more, limit in zip(("octets", "messages"), used, added, limits, strict=True):
        if more > 0 and 0 < limit < total:
            return f"the mailbox is full: {total - more} of {limit} {what} are used"
    return None
