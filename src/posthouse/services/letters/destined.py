"""Where a message that the house writes goes."""

from collections.abc import Callable

from posthouse.formats.address.mailbox import format_mailbox
from posthouse.formats.address.value import Address
from posthouse.foundation.errors import Refused
from posthouse.foundation.ids import DeliveryId
from posthouse.model.delivery import Notify, Recipient
from posthouse.services.receive.acceptance import GROUPS, LOCAL
from posthouse.services.receive.queueing import destination_of
from posthouse.services.receive.recipients import Recipients


async def destined_to(recipients: Recipients, address: Address, make_id: Callable[[], bytes]) -> tuple[Recipient, ...]:
    """The queue's recipients for an address, here or elsewhere; none where it leads nowhere. Nobody is told what fails.

    Raises: Unavailable.
    """
    try:
        resolved = await recipients.resolve(address, relay=True)
        foreign = [(format_mailbox(other), destination_of(other)) for other in resolved.foreign]
    except Refused:
        return ()
    local = [(account.address, LOCAL) for account in resolved.accounts]
    local += [(group.address, GROUPS) for group in resolved.groups]
    return tuple(
        Recipient(text, notify=Notify.NEVER, delivery_id=DeliveryId(make_id()), destination=destination)
        for text, destination in (*local, *foreign)
    )
