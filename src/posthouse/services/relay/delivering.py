"""Delivering queued messages to recipients of this house."""

import asyncio
from collections.abc import Sequence

from posthouse.formats.address.key import address_key, domain_key
from posthouse.formats.address.mailbox import parse_mailbox
from posthouse.foundation.errors import NotFound, OverQuota, PosthouseError, Refused, TooLarge
from posthouse.model.account import Account, Status
from posthouse.model.delivery import QueuedMessage, Recipient
from posthouse.services.receive.acceptance import delivery_of
from posthouse.services.receive.addresses.unknown import UnknownAddresses
from posthouse.services.receive.recipients import Recipients
from posthouse.services.receive.sizes import Sizes
from posthouse.services.relay.answer import Answer, Fate
from posthouse.services.relay.parts import RelayParts


class LocalDelivery:
    """Each recipient is one commit of its account; delivering again after a crash changes nothing (``delivery_id``)."""

    def __init__(self, parts: RelayParts) -> None:
        self._directory = parts.directory
        self._accounts = parts.accounts
        self._replies = parts.replies
        self._sizes = Sizes(parts.settings)
        self._unknown = UnknownAddresses(Recipients(parts.directory), parts.settings, parts.clock)

    async def deliver(self, message: QueuedMessage) -> Sequence[Answer]:
        """Deliver to every recipient; one answer each, in their order."""
        return await asyncio.gather(*(self._deliver_one(message, recipient) for recipient in message.recipients))

    async def _deliver_one(self, message: QueuedMessage, recipient: Recipient) -> Answer:
        try:
            account = await self._account(recipient.address)
            await self._sizes.require_receivable(account, message.content.body_octets)
            if account.keeps_mail:
                await self._accounts.deliver(account.id, delivery_of(message, recipient))
            caused = () if self._replies is None else await self._replies.reply(message, recipient, account)
        except OverQuota as error:
            return Answer(Fate.LATER, "4.2.2", str(error))
        except TooLarge as error:
            return Answer(Fate.NEVER, "5.2.3", str(error))
        except NotFound as error:
            return Answer(Fate.NEVER, "5.1.1", str(error))
        except Refused as error:
            return Answer(Fate.NEVER, "5.0.0", str(error))
        except PosthouseError as error:
            return Answer(Fate.LATER, "4.3.0", str(error))
        words = "delivered" if account.keeps_mail else "not kept: this address has no mailbox"
        return Answer(Fate.DELIVERED, "2.0.0", words, caused=tuple(caused))

    async def _account(self, address: str) -> Account:
        parsed = parse_mailbox(address)
        account = await self._directory.account_at(address_key(parsed))
        if account is None:
            told = await self._unknown.text(domain_key(parsed.domain))
            raise NotFound(told or f"the mailbox {address} does not exist any more")
        if account.status is Status.REMOVED:
            raise NotFound(f"the mailbox {address} does not exist any more")
        return account
