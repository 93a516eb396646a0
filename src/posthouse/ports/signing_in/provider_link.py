"""The way to an identity provider: a request and its answer, within a budget of time and octets."""

from collections.abc import Mapping
from typing import Protocol

import msgspec

ANSWER_OCTETS = 524_288
"""A longer answer is none."""


class ProviderAnswer(msgspec.Struct, frozen=True):
    """What a provider has answered."""

    status: int
    octets: bytes


class ProviderLink(Protocol):
    """Both verbs raise Unavailable: no answer in time, a wrong certificate, too much, or no HTTP; redirects are not followed."""

    async def get(self, url: str, token: str = "") -> ProviderAnswer:
        """Read a document; with a token, as whoever has it (RFC 6750 §2.1)."""
        ...

    async def post(self, url: str, form: Mapping[str, str], client: tuple[str, str] | None = None) -> ProviderAnswer:
        """Send a form, as a client with its name and secret, or as nobody."""
        ...
