"""Looking after things: are an account's files whole, computing anew what can be computed, what happened to a message."""

from collections.abc import Callable

import msgspec

from posthouse.model.principal import Principal
from posthouse.ports.account_store import Fault
from posthouse.ports.trace import TraceEvent
from posthouse.services.administer.finding import all_accounts, find_account
from posthouse.services.administer.parts import Administration, TraceReader


class Verified(msgspec.Struct, frozen=True):
    """What was found in one account."""

    address: str
    faults: tuple[Fault, ...]


class Upkeep:
    """The verbs; all raise Invalid and NotFound (the address), Unavailable, and NotPermitted for anybody but an operator."""

    def __init__(self, parts: Administration) -> None:
        self._parts = parts

    async def verify(self, principal: Principal, address: str) -> Verified:
        """Check every invariant of one account."""
        principal.require_operator()
        account = await find_account(self._parts, address)
        return Verified(account.address, tuple(await self._parts.accounts.verify(account.id)))

    async def verify_all(self, principal: Principal) -> list[Verified]:
        """Check every invariant of every account, one after the other."""
        principal.require_operator()
        accounts = await all_accounts(self._parts.directory, None)
        return [await self.verify(principal, account.address) for account in accounts]

    async def reindex(self, principal: Principal, address: str, progress: Callable[[int], None] = lambda _done: None) -> int:
        """Compute every projection of an account anew, a page at a time; returns the number of messages.

        ``progress`` is told after each page how many are done.
        """
        principal.require_operator()
        account = await find_account(self._parts, address)
        page = await self._parts.accounts.reindex(account.id)
        done = page.messages
        while page.after is not None:
            progress(done)
            page = await self._parts.accounts.reindex(account.id, page.after)
            done += page.messages
        return done


async def find_trace(principal: Principal, trace: TraceReader, subject: str) -> list[TraceEvent]:
    """Events of all messages that know an address, a Message-ID, an IP address, or have a trace id; oldest first.

    Raises: NotPermitted, Unavailable.
    """
    principal.require_operator()
    return await trace.find(subject.strip().strip("<>"))
