"""MTA-STS policies of other domains: fetched, and remembered for as long as they say (RFC 8461)."""

from typing import Protocol

import msgspec


class KeptPolicy(msgspec.Struct, frozen=True):
    """A policy as it was fetched."""

    domain: str
    id: str
    """Of the TXT record that announced it."""
    text: str
    fetched_at: float
    """Seconds since 1970."""
    expires_at: float


class StsPolicies(Protocol):
    """What is remembered. All verbs raise Unavailable and OutOfSpace."""

    async def get(self, domain: str) -> KeptPolicy | None:
        """The policy of a domain, expired or not."""
        ...

    async def put(self, policy: KeptPolicy) -> None:
        """Remember a policy instead of the one before; what has long expired is forgotten by and by."""
        ...


class PolicySource(Protocol):
    """Where policies come from."""

    async def fetch(self, domain: str) -> str:
        """The policy file of a domain over HTTPS, with a certificate that is valid for its host; bounded in size and time.

        Raises: Unavailable, in words that begin with the result type of RFC 8460 §4.3 (``sts-policy-fetch-error``,
        ``sts-webpki-invalid``).
        """
        ...
