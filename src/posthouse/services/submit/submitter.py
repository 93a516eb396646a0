"""Submissions: a reception whose sender is one of us."""

from posthouse.formats.address.mailbox import format_mailbox
from posthouse.formats.address.value import Address
from posthouse.foundation.errors import Invalid
from posthouse.model.principal import Principal
from posthouse.ports.clock import Clock
from posthouse.ports.directory import DirectoryReader
from posthouse.services.receive.receiver import Receiver
from posthouse.services.receive.reception import Client, Reception, Sender, Wanted
from posthouse.services.submit.completing import Facts, authors, completed
from posthouse.services.submit.identity import Identity


class Submitter:
    """Wraps the receiver with the rules for our own people."""

    def __init__(self, receiver: Receiver, directory: DirectoryReader, clock: Clock, hostname: str) -> None:
        self._receiver = receiver
        self._identity = Identity(directory)
        self._clock = clock
        self._hostname = hostname

    async def begin(self, principal: Principal, client: Client, sender: Sender) -> Reception:
        """Begin a submission; the null reverse-path is allowed (disposition notifications).

        Raises: NotPermitted (the reverse-path is not the principal's); Unavailable.
        """
        if sender.reverse_path is not None:
            await self._identity.require(principal, sender.reverse_path, "envelope sender")
        return self._receiver.begin(client, sender, principal)

    async def add_recipient(self, reception: Reception, wanted: Wanted) -> None:
        """Accept a recipient anywhere. Raises: as ``Receiver.add_recipient``."""
        await self._receiver.add_recipient(reception, wanted)

    async def accept(self, reception: Reception) -> bool:
        """Check the authors, complete the message, keep it; tells whether it is delivered already.

        Raises: NotPermitted, Invalid (From cannot be read), and as ``Receiver.accept``.
        """
        content = await self._receiver.receive_content(reception)
        head = reception.intake.head
        await self._check_authors(reception, authors(head))
        principal = reception.principal
        facts = Facts(
            message_id=f"{reception.trace}@{self._hostname}",
            sent_at=self._clock.now(),
            author="" if principal is None else principal.address,
        )
        return await self._receiver.accept(reception, completed(content.body, head, facts))

    async def _check_authors(self, reception: Reception, found: list[Address]) -> None:
        principal = reception.principal
        if principal is None:
            raise Invalid("a submission needs somebody who submits it")
        for address in found:
            if not address.domain:
                raise Invalid(f"From holds {format_mailbox(address)!r}, which is no address")
            await self._identity.require(principal, address, "From")
