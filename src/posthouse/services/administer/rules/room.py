"""A quota and the disk: together the mailboxes may be promised more than there is, one alone may not."""

from posthouse.foundation.errors import Refused
from posthouse.foundation.units import format_octets
from posthouse.ports.disk import Disk


async def require_room(disk: Disk | None, address: str, quota_octets: int) -> None:
    """Check a quota that somebody has asked for. Raises: Refused, Unavailable."""
    if disk is not None and quota_octets > (octets := (await disk.room()).octets):
        raise Refused(
            f"{address}: a quota of {format_octets(quota_octets)} is more than the whole disk has ({format_octets(octets)});"
            " none is no limit"
        )


async def capped(disk: Disk | None, quota_octets: int) -> int:
    """A quota that nobody has asked for, but no more than the disk has. Raises: Unavailable."""
    return quota_octets if disk is None else min(quota_octets, (await disk.room()).octets)
