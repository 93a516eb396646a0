"""What the web works with; made by the composition root."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from posthouse.ports.directory import DirectoryReader
from posthouse.services.guard.blocking import Blocks
from posthouse.services.settings import Settings
from posthouse.web.api.house import ApiHouse


@dataclass(frozen=True)
class WebHouse:
    """One record instead of a service locator."""

    hostname: str
    ports: Mapping[str, int]
    """Bound ports by service (``imaps``, ``submissions``…); what is not served is not in it."""
    directory: DirectoryReader
    settings: Settings
    blocks: Blocks
    ask_workers: Callable[[], Awaitable[Mapping[str, bool]]]
    """Whether each mail worker answers."""
    fingerprint: Callable[[], str]
    """SHA-256 of the certificate where it is self-signed, as people compare it; empty where others vouch for it."""
    api: ApiHouse | None = None
    """What the API works with; None: there is none."""
