"""TLS results in memory (port ``TlsResults``)."""

from collections import Counter
from collections.abc import Sequence

from posthouse.ports.tls_results import TlsCount, TlsSession


class MemoryTlsResults:
    """Counts until the process ends."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, TlsSession]] = Counter()

    async def add(self, counts: Sequence[TlsCount]) -> None:
        """Add to what is counted."""
        for one in counts:
            self._counts[one.day, one.session] += one.count

    async def of_day(self, day: str, after_domain: str = "", domains: int = 100) -> list[TlsCount]:
        """Counts of one day."""
        found = [TlsCount(when, session, count) for (when, session), count in self._counts.items() if when == day]
        names = sorted({one.session.policy_domain for one in found if one.session.policy_domain > after_domain})[:domains]
        return sorted((one for one in found if one.session.policy_domain in names), key=_order)


def _order(one: TlsCount) -> tuple[str, ...]:
    session = one.session
    return session.policy_domain, session.policy_type, session.mx_host, session.result, session.receiving_ip, session.policy_text
