"""What the checks work with."""

from dataclasses import dataclass
from typing import Final, Protocol

from posthouse.filters.access import AccessList
from posthouse.model.content import Content
from posthouse.model.settings.judging import RECEIVE_ALLOW, RECEIVE_BLOCK
from posthouse.ports.clock import Clock
from posthouse.ports.entropy import Entropy
from posthouse.ports.greylist import Greylist
from posthouse.ports.resolver import Resolver
from posthouse.ports.spool import Spool
from posthouse.services.receive.checks.verdicts import Verdicts
from posthouse.services.receive.reception import Expected, Reception
from posthouse.services.settings import Settings

LISTS_KEPT: Final = 1_000


@dataclass(frozen=True)
class CheckParts:
    """Ports and settings of all checks."""

    hostname: str
    resolver: Resolver
    greylist: Greylist
    settings: Settings
    clock: Clock


class Counting(Protocol):
    """Counts how messages fared, for reports."""

    def count(self, reception: Reception, verdicts: Verdicts, disposition: str, override: str) -> None:
        """Count one message; never waits, never raises."""
        ...


@dataclass(frozen=True)
class ContentParts:
    """Ports and settings of the checks of the message itself."""

    hostname: str
    resolver: Resolver
    settings: Settings
    spool: Spool
    clock: Clock
    entropy: Entropy
    counting: Counting | None = None
    """Told how each message fared with DMARC."""


class SenderCheck(Protocol):
    """A check of client and sender: made once for a message, before its first recipient is answered."""

    async def examine(self, reception: Reception) -> None:
        """Add what is found to the reception. Raises: Refused, TemporaryFailure."""
        ...


class RecipientCheck(Protocol):
    """A check of one recipient."""

    async def examine(self, reception: Reception, expected: Expected) -> None:
        """Add what is found to the reception. Raises: Refused, TemporaryFailure."""
        ...


class ContentCheck(Protocol):
    """A check of the message itself."""

    async def examine(self, reception: Reception, content: Content) -> Content:
        """Add what is found to the reception; gives the message back as it is to be kept. Raises: Refused, TemporaryFailure."""
        ...


class Lists:
    """The lists by hand, made ready for looking once for each change of a setting."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._ready: dict[int, tuple[list[str], AccessList]] = {}

    def allowed(self) -> AccessList:
        """Whom the service does not check."""
        return self._list(self._settings[RECEIVE_ALLOW])

    def blocked(self) -> AccessList:
        """Whom the service refuses."""
        return self._list(self._settings[RECEIVE_BLOCK])

    async def allowed_by(self, domain: str) -> AccessList:
        """Whom a domain does not check."""
        return self._list(await self._settings.get(RECEIVE_ALLOW, domain=domain))

    async def blocked_by(self, domain: str) -> AccessList:
        """Whom a domain refuses."""
        return self._list(await self._settings.get(RECEIVE_BLOCK, domain=domain))

    def _list(self, patterns: list[str]) -> AccessList:
        # By identity: settings hand out the same list until somebody changes it.
        known = self._ready.get(id(patterns))
        if known is None or known[0] is not patterns:
            if len(self._ready) > LISTS_KEPT:
                self._ready.clear()
            known = (patterns, AccessList(patterns))
            self._ready[id(patterns)] = known
        return known[1]
