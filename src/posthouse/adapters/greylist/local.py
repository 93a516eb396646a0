"""Greylisting in this process (port ``Greylist``): for tests, and where no keeper is."""

from posthouse.filters.greylist.deciding import Meeting, Rules, Standing, meet
from posthouse.ports.greylist import Encounter, Welcome


class LocalGreylist:
    """Remembers as long as it lives."""

    def __init__(self) -> None:
        self._meetings: dict[tuple[str, ...], Meeting] = {}
        self._passed: dict[tuple[str, ...], float] = {}

    async def meet(self, encounter: Encounter, rules: Rules, now: float) -> Welcome:
        """Remember the encounter and say whether the sender is known."""
        domain = ("domain", encounter.network, encounter.sender_domain)
        for key in (("pair", encounter.recipient, encounter.sender), domain):
            at = self._passed.get(key)
            if encounter.sender and at is not None and now - at <= rules.keep_seconds:
                self._passed[key] = now
                return Welcome(known=True, why="known")
        triplet = (encounter.network, encounter.sender, encounter.recipient)
        meeting, standing = meet(self._meetings.get(triplet), now, rules)
        self._meetings[triplet] = meeting
        if standing is Standing.RETURNED and encounter.sender:
            self._passed[domain] = now
        if standing in {Standing.KNOWN, Standing.RETURNED}:
            return Welcome(known=True, why=standing.value)
        return Welcome(known=False, why=standing.value, retry_after=max(meeting.first_at + rules.delay_seconds - now, 1.0))

    async def written(self, author: str, correspondents: list[str], now: float) -> None:
        """Remember that an address of ours has written to others."""
        for other in correspondents:
            self._passed["pair", author, other] = now
