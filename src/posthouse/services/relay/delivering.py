"""Delivering queued messages to recipients of this house."""

import asyncio
from collections.abc import Sequence

from posthouse.formats.address.key import address_key
from posthouse.formats.address.mailbox import parse_mailbox
from posthouse.foundation.errors import NotFound, OverQuota, PosthouseError, Refused
from posthouse.foundation.ids import AccountId
from posthouse.model.account import Status
from posthouse.model.delivery import QueuedMessage, Recipient
from posthouse.ports.account_store import AccountStore
from posthouse.ports.directory import DirectoryReader
from posthouse.services.receive.acceptance import delivery_of
from posthouse.services.relay.answer import Answer, Fate


class LocalDelivery:
    """Each recipient is one commit of its account; delivering again after a crash changes nothing (``delivery_id``)."""

    def __init__(self, directory: DirectoryReader, accounts: AccountStore) -> None:
        self._directory = directory
        self._accounts = accounts

    async def deliver(self, message: QueuedMessage) -> Sequence[Answer]:
        """Deliver to every recipient; one answer each, in their order."""
        return await asyncio.gather(*(self._deliver_one(message, recipient) for recipient in message.recipients))

    async def _deliver_one(self, message: QueuedMessage, recipient: Recipient) -> Answer:
        try:
            account_id = await self._account(recipient.address)
            await self._accounts.deliver(account_id, delivery_of(message, recipient))
        except OverQuota as error:
            return Answer(Fate.LATER, "4.2.2", str(error))
        except NotFound as error:
            return Answer(Fate.NEVER, "5.1.1", str(error))
        except Refused as error:
            return Answer(Fate.NEVER, "5.0.0", str(error))
        except PosthouseError as error:
            return Answer(Fate.LATER, "4.3.0", str(error))
        return Answer(Fate.DELIVERED, "2.0.0", "delivered")

    async def _account(self, address: str) -> AccountId:
        account = await self._directory.account_at(address_key(parse_mailbox(address)))
        if account is None or account.status is Status.REMOVED:
            raise NotFound(f"the mailbox {address} does not exist any more")
        return account.id
