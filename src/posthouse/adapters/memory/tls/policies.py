"""MTA-STS policies in memory (port ``StsPolicies``)."""

from posthouse.ports.sts_policies import KeptPolicy


class MemoryStsPolicies:
    """Remembers until the process ends."""

    def __init__(self) -> None:
        self._kept: dict[str, KeptPolicy] = {}

    async def get(self, domain: str) -> KeptPolicy | None:
        """The policy of a domain."""
        return self._kept.get(domain)

    async def put(self, policy: KeptPolicy) -> None:
        """Remember a policy."""
        self._kept[policy.domain] = policy
