"""What a domain allows its mailboxes, and what it looks like."""

from typing import Final, Protocol

import msgspec

LOGO_OCTETS: Final = 65_536
"""Largest logo that is kept with a domain."""
LOGO_KINDS: Final = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg", b"GIF8": "image/gif"}
"""What a logo may be, by its first octets. No SVG: it is a program."""


class DomainLimits(msgspec.Struct, frozen=True, kw_only=True):
    """How much a domain may have; 0 is no limit."""

    mailboxes: int = 0
    total_quota_octets: int = 0
    """What the quotas of its mailboxes may come to together."""
    largest_quota_octets: int = 0
    """Most that one mailbox may be given."""


class DomainTotals(msgspec.Struct, frozen=True, kw_only=True):
    """What a domain has; removed mailboxes count until they are purged."""

    mailboxes: int = 0
    quota_octets: int = 0
    """Of the mailboxes that have a quota."""
    unlimited: int = 0
    """Mailboxes without one."""
    aliases: int = 0


class Branding(msgspec.Struct, frozen=True, kw_only=True):
    """How pages and letters of a domain look; empty is as the house looks."""

    title: str = ""
    footer: str = ""
    color: str = ""
    """``#rrggbb``."""
    logo_url: str = ""
    """``https://…``; empty where ``logo`` is given or there is none."""
    logo: bytes = b""
    """A small picture; its kind is told by its first octets."""


def logo_kind(octets: bytes) -> str:
    """The media type of a picture that may be a logo; empty where it is none."""
    return next((kind for start, kind in LOGO_KINDS.items() if octets.startswith(start)), "")


def objection_to(limits: DomainLimits, totals: DomainTotals, quota_octets: int) -> str | None:
    """Why a domain may not have one more mailbox with this quota: which limit, and how much there is; None where it may.

    ``totals`` are without that mailbox.
    """
    if limits.mailboxes and totals.mailboxes >= limits.mailboxes:
        return f"the domain has {totals.mailboxes} mailboxes of at most {limits.mailboxes}"
    return objection_to_quota(limits, totals, quota_octets)


class Measured(Protocol):
    """A mailbox as far as it counts."""

    @property
    def quota_octets(self) -> int:
        """0: no limit."""
        ...


def objection_to_change(limits: DomainLimits, totals: DomainTotals, before: Measured, after: Measured) -> str | None:
    """Why a mailbox may not have another quota; ``totals`` are with what it had.

    Less than before is always allowed: a domain that has too much shall be able to have less.
    """
    old, new = before.quota_octets, after.quota_octets
    if new == old or 0 < new < (old or new + 1):
        return None
    return objection_to_quota(limits, msgspec.structs.replace(totals, quota_octets=totals.quota_octets - old), new)


def objection_to_quota(limits: DomainLimits, totals: DomainTotals, quota_octets: int) -> str | None:
    """Why a mailbox may not have this quota; ``totals`` are without that mailbox."""
    largest, total = limits.largest_quota_octets, limits.total_quota_octets
    if quota_octets == 0 and (largest or total):
        return "the domain has limits, so that each of its mailboxes needs a quota"
    if largest and quota_octets > largest:
        return f"a quota of {quota_octets} octets is more than the {largest} that one mailbox of the domain may have"
    if total and totals.quota_octets + quota_octets > total:
        return (
            f"the quotas of the domain would come to {totals.quota_octets + quota_octets} octets;"
            f" {totals.quota_octets} of at most {total} are given away"
        )
    return None
