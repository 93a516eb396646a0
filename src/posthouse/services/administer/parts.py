"""What administering works with."""

from dataclasses import dataclass

from posthouse.foundation.ids import ENTROPY_OCTETS, make_id
from posthouse.ports.account_store import AccountStore
from posthouse.ports.clock import Clock
from posthouse.ports.directory import Directory
from posthouse.ports.entropy import Entropy
from posthouse.ports.vault import Vault
from posthouse.services.settings import Settings


@dataclass(frozen=True)
class Administration:
    """The ports behind every verb of this package."""

    directory: Directory
    accounts: AccountStore
    vault: Vault
    settings: Settings
    clock: Clock
    entropy: Entropy

    def new_id(self) -> bytes:
        """Make an id."""
        return make_id(int(self.clock.now() * 1000), self.entropy.octets(ENTROPY_OCTETS))
