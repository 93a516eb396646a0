"""Looking at what an account sends, stopping it by hand, and letting it send again."""

import enum
from collections.abc import Mapping
from typing import Final

import msgspec

from posthouse.model.account import Account
from posthouse.model.principal import Principal
from posthouse.model.role import Act
from posthouse.ports.outgoing import Outgoing, Usage
from posthouse.ports.queue import Queue
from posthouse.services.administer.finding import permitted_account
from posthouse.services.administer.parts import Administration
from posthouse.services.audit.recording import about_account
from posthouse.services.brakes.held import change_queued, senders_of
from posthouse.services.brakes.limits import allowances_of

BY_HAND: Final = "by an administrator"


class Held(enum.StrEnum):
    """What becomes of mail that is held."""

    RELEASE = "release"
    PURGE = "purge"
    KEEP = "keep"


class SendingReport(msgspec.Struct, frozen=True):
    """How an account stands."""

    account: Account
    usage: list[Usage]


class SendingControl:
    """The verbs; all raise Unavailable, and NotPermitted but for whoever is above (for the report: or the owner)."""

    def __init__(self, parts: Administration, outgoing: Outgoing, queues: Mapping[int, Queue]) -> None:
        self._parts = parts
        self._outgoing = outgoing
        self._queues = queues

    async def report(self, principal: Principal, address: str) -> SendingReport:
        """Which limits hold for an account and how much of them is used. Raises: Invalid, NotFound."""
        account = await permitted_account(self._parts, principal, Act.SENDING_LOOK, address)
        allowances = await allowances_of(self._parts.settings, account)
        return SendingReport(account, await self._outgoing.usage(allowances, self._parts.clock.now()))

    async def stop(self, principal: Principal, address: str, why: str = "") -> Account:
        """Let an account send no more, and hold what it has in the queue. Raises: Invalid, NotFound."""
        account = await permitted_account(self._parts, principal, Act.SENDING_STOP, address)
        changed = msgspec.structs.replace(account, sending_stopped=" ".join(why.split())[:200] or BY_HAND)
        async with self._parts.recorded(principal, Act.SENDING_STOP, about_account(account), before=account, after=changed):
            await self._parts.directory.replace_account(changed)
            await change_queued(self._queues.values(), await senders_of(self._parts.directory, account), "hold")
        return changed

    async def restore(self, principal: Principal, address: str, held: Held) -> int:
        """Let an account send again; its signs are forgotten. Tells how many recipients were released or purged.

        Raises: Invalid, NotFound.
        """
        account = await permitted_account(self._parts, principal, Act.SENDING_RESTORE, address)
        before, after = {"sending_stopped": account.sending_stopped}, {"sending_stopped": "", "held": held}
        async with self._parts.recorded(principal, Act.SENDING_RESTORE, about_account(account), before=before, after=after):
            if account.sending_stopped:
                await self._parts.directory.replace_account(msgspec.structs.replace(account, sending_stopped=""))
            await self._outgoing.forget(account.id)
            if held is Held.KEEP:
                return 0
            return await change_queued(self._queues.values(), await senders_of(self._parts.directory, account), str(held))
