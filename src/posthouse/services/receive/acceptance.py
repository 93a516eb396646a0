"""The moment after which a message is kept: one commit, then 250.

Exactly one local account and nothing else to do: the commit is that account's. Everything else (several recipients, other
houses, a success notice, an account whose owner is away) is one commit of the queue, whose runner delivers local
recipients at once. Never both, never two commits that must agree.
"""

from typing import Final

from posthouse.filters.verdict import read_verdict
from posthouse.foundation.errors import NotFound, OutOfSpace, TemporaryFailure
from posthouse.foundation.ids import AccountId
from posthouse.model.delivery import Delivery, Notify, QueuedMessage, Recipient
from posthouse.model.mailbox import SpecialUse
from posthouse.ports.account_store import AccountStore
from posthouse.ports.queue import Queue
from posthouse.services.receive.trace_fields import return_path_field

LOCAL: Final = "local"
"""The destination of recipients in this house."""
GROUPS: Final = "groups"
"""The destination of what is to be sent on to members of groups."""
REPORTS: Final = "reports"
"""The destination of reports about our domains, which need no mailbox."""


def delivery_of(message: QueuedMessage, recipient: Recipient) -> Delivery:
    """The final delivery of a message to one local recipient: Return-Path goes on top."""
    content, verdict = message.content, read_verdict(message.record)
    return Delivery(
        delivery_id=recipient.delivery_id,
        trace_id=message.trace_id,
        content=content.with_prefix(return_path_field(message.reverse_path)),
        received_at=message.received_at,
        special_use=SpecialUse.JUNK if verdict.junk else SpecialUse.INBOX,
        record=message.record,
    )


class Acceptance:
    """Takes responsibility for messages."""

    def __init__(self, accounts: AccountStore, queue: Queue) -> None:
        self._accounts = accounts
        self._queue = queue

    async def take(self, message: QueuedMessage, only_account: AccountId | None) -> bool:
        """Keep a message; ``only_account`` is its one local account where all else is nothing. Tells whether it is delivered.

        Raises: OverQuota (the one account is full), OutOfSpace, Unavailable; nothing is kept then.
        """
        if only_account is not None and not message.release_at and not message.recipients[0].notify & Notify.SUCCESS:
            try:
                await self._accounts.deliver(only_account, delivery_of(message, message.recipients[0]))
            except OutOfSpace:
                raise
            except (TemporaryFailure, NotFound):
                # NotFound: the directory knows the account, its store does not (yet). Should the owner have delivered and died
                # before it could say so, the delivery id makes the second delivery a no-op.
                await self._queue.enqueue(message)
                return False
            return True
        await self._queue.enqueue(message)
        return False
