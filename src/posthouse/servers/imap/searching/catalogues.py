"""All catalogues of a process. They take what they hold from the worker's budget, never more than a share of it together.

The one that was used longest ago goes first, and all go when somebody else is short of memory: what they hold can be had again.
"""

from collections import OrderedDict
from typing import Final

from posthouse.foundation.budget import Budget
from posthouse.foundation.errors import LimitReached
from posthouse.foundation.ids import AccountId, MailboxId
from posthouse.servers.imap.searching.catalogue import Catalogue

SHARE: Final = 4
"""They hold one part in so many of the budget at most."""
KEPT: Final = 2_048
"""Mailboxes remembered."""


class Catalogues:
    """Catalogues by mailbox."""

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self._held = 0
        self._catalogues: OrderedDict[tuple[AccountId, MailboxId], Catalogue] = OrderedDict()
        budget.on_shortage = self._shrink

    @property
    def held_octets(self) -> int:
        """What all of them hold."""
        return self._held

    def of(self, account_id: AccountId, mailbox_id: MailboxId) -> Catalogue:
        """The catalogue of a mailbox; it is empty where nothing has been looked for in it lately."""
        key = (account_id, mailbox_id)
        found = self._catalogues.pop(key, None)
        self._catalogues[key] = found = found or Catalogue(self)
        while len(self._catalogues) > KEPT:
            self._drop_oldest()
        return found

    def take(self, octets: int) -> bool:
        """Take octets to keep something; others make room for it."""
        while self._held + octets > self._budget.total // SHARE and self._has_others:
            self._drop_oldest()
        if self._held + octets > self._budget.total // SHARE or not self._budget.take(octets):
            return False
        self._held += octets
        return True

    def require(self, octets: int) -> None:
        """Take octets for the work in hand.

        Raises: LimitReached.
        """
        if not self._budget.take(octets):
            raise LimitReached("the server is short of memory, try again")
        self._held += octets

    def give(self, octets: int) -> None:
        """Give octets back."""
        self._held -= octets
        self._budget.give(octets)

    @property
    def _has_others(self) -> bool:
        return len(self._catalogues) > 1

    def _drop_oldest(self) -> None:
        _, catalogue = self._catalogues.popitem(last=False)
        catalogue.forget()

    def _shrink(self, octets: int) -> None:
        """Make room for somebody else."""
        goal = self._budget.free + octets
        while self._catalogues and self._budget.free < goal:
            self._drop_oldest()
