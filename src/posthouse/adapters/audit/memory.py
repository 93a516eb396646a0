"""An audit log in memory (port ``Audit``), for tests of services."""

from collections.abc import Sequence

from posthouse.adapters.audit.chain import BEGINNING, following, written
from posthouse.ports.audit import Entry, Recorded, Sought, Verdict


class MemoryAudit:
    """A list."""

    def __init__(self) -> None:
        self.recorded: list[Recorded] = []

    @property
    def entries(self) -> list[Entry]:
        """What was written, oldest first."""
        return [each.entry for each in self.recorded]

    async def append(self, entries: Sequence[Entry]) -> None:
        """Write entries at the end."""
        for entry in entries:
            number = len(self.recorded) + 1
            before = bytes.fromhex(self.recorded[-1].digest) if self.recorded else BEGINNING
            self.recorded.append(Recorded(number, entry, following(before, number, written(entry)).hex()))

    async def read(self, sought: Sought, before: int, limit: int) -> list[Recorded]:
        """Entries, the newest first."""
        found = [
            each for each in reversed(self.recorded) if (not before or each.number < before) and _is_sought(each.entry, sought)
        ]
        return found[:limit]

    async def verify(self, number: int, digest: str) -> Verdict:
        """Nobody can alter it."""
        faults: tuple[str, ...] = ()
        if number and (number > len(self.recorded) or self.recorded[number - 1].digest != digest.lower()):
            faults = (f"entry {number} is not the one that had the digest {digest}",)
        return Verdict(len(self.recorded), self.recorded[-1].digest if self.recorded else "", faults)


def _is_sought(entry: Entry, sought: Sought) -> bool:
    return (
        entry.at >= sought.since
        and (not sought.until or entry.at < sought.until)
        and (not sought.act or entry.act == sought.act or entry.act.startswith(f"{sought.act}."))
        and sought.subject in ("", entry.subject)
        and sought.by in ("", entry.by)
        and sought.account in ("", entry.account)
        and (sought.domains is None or entry.domain in sought.domains)
    )
