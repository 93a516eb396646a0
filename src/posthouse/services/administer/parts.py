"""What administering works with."""

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

from posthouse.foundation.ids import ENTROPY_OCTETS, make_id
from posthouse.model.people.doors import Doors
from posthouse.model.principal import Principal
from posthouse.model.role import Act
from posthouse.ports.account_store import AccountStore
from posthouse.ports.audit import Audit
from posthouse.ports.clock import Clock
from posthouse.ports.directory import Directory
from posthouse.ports.disk import Disk
from posthouse.ports.entropy import Entropy
from posthouse.ports.trace import TraceEvent
from posthouse.ports.vault import Vault
from posthouse.services.audit.recording import About, Recorder
from posthouse.services.settings import Settings


class TraceReader(Protocol):
    """The half of the trace that is asked."""

    async def find(self, subject: str, limit: int = 1_000) -> list[TraceEvent]:
        """Events of all traces that know the subject, oldest first."""
        ...


@dataclass(frozen=True)
class Administration:
    """The ports behind every verb of this package."""

    directory: Directory
    accounts: AccountStore
    vault: Vault
    settings: Settings
    clock: Clock
    entropy: Entropy
    audit: Audit
    disk: Disk | None = None
    """Of the accounts; None where it is somewhere else, as a database's."""
    doors: Doors | None = None
    """What new mailboxes are told about; None: they are told nothing."""

    def new_id(self) -> bytes:
        """Make an id."""
        return make_id(int(self.clock.now() * 1000), self.entropy.octets(ENTROPY_OCTETS))

    @property
    def recorder(self) -> Recorder:
        """What writes acts down."""
        return Recorder(self.audit, self.clock)

    def recorded(
        self, principal: Principal, act: Act, about: About, *, before: object = None, after: object = None
    ) -> AbstractAsyncContextManager[None]:
        """Write an act down and let it be done inside the block (``Recorder.act``)."""
        return self.recorder.act(principal, act, about, before=before, after=after)
