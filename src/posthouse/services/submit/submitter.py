"""Submissions: a reception whose sender is one of us."""

import contextlib
from dataclasses import dataclass
from typing import Final

from posthouse.formats.address.key import address_key, domain_key
from posthouse.formats.address.mailbox import format_mailbox
from posthouse.formats.address.value import Address
from posthouse.foundation.errors import Invalid, PosthouseError
from posthouse.model.content import Content
from posthouse.model.principal import Principal
from posthouse.ports.account_store import AccountStore
from posthouse.ports.clock import Clock
from posthouse.ports.directory import DirectoryReader
from posthouse.ports.greylist import Greylist
from posthouse.services.brakes.braking import Brakes, require_sending
from posthouse.services.receive.receiver import Receiver
from posthouse.services.receive.reception import Client, Reception, Sender, Wanted
from posthouse.services.receive.sizes import Sizes
from posthouse.services.settings import Settings
from posthouse.services.submit.completing import Facts, authors, completed
from posthouse.services.submit.identity import Identity
from posthouse.services.trust.signing import Signer

CORRESPONDENTS: Final = 100
"""Recipients of one message that are remembered."""


@dataclass(frozen=True)
class SubmittingParts:
    """What submitting works with, beside the receiver."""

    hostname: str
    directory: DirectoryReader
    accounts: AccountStore
    settings: Settings
    clock: Clock
    greylist: Greylist
    signer: Signer | None = None
    """None: nothing is signed."""
    brakes: Brakes | None = None
    """None: nothing is counted."""


class Submitter:
    """Wraps the receiver with the rules for our own people."""

    def __init__(self, receiver: Receiver, parts: SubmittingParts) -> None:
        self._receiver = receiver
        self._identity = Identity(parts.directory, parts.accounts, parts.settings)
        self._parts = parts
        self._sizes = Sizes(parts.settings)

    async def begin(self, principal: Principal, client: Client, sender: Sender) -> Reception:
        """Begin a submission; the null reverse-path is allowed (disposition notifications).

        Raises: NotPermitted (the reverse-path is not the principal's; the account may not send); TooLarge; Unavailable.
        """
        account = await self._parts.directory.account(principal.account_id)
        if account is not None:
            require_sending(account)
            await self._sizes.require_sendable(account, sender.size_octets)
        if sender.reverse_path is not None:
            await self._identity.require(principal, sender.reverse_path, "envelope sender")
        return self._receiver.begin(client, sender, principal)

    async def add_recipient(self, reception: Reception, wanted: Wanted) -> None:
        """Accept a recipient anywhere. Raises: as ``Receiver.add_recipient``."""
        await self._receiver.add_recipient(reception, wanted)

    async def accept(self, reception: Reception) -> bool:
        """Check the authors, complete the message, keep it; tells whether it is delivered already.

        Raises: NotPermitted, Invalid (From cannot be read), TooLarge, SendingLimited, and as ``Receiver.accept``.
        """
        content = await self._receiver.receive_content(reception)
        head = reception.intake.head
        await self._check_authors(reception, authors(head))
        principal = reception.principal
        await self._spend(reception)
        facts = Facts(
            message_id=f"{reception.trace}@{self._parts.hostname}",
            sent_at=self._parts.clock.now(),
            author="" if principal is None else principal.address,
        )
        content = await self._signed(reception, completed(content.body, head, facts), authors(head))
        delivered = await self._receiver.accept(reception, content)
        await self._remember_correspondents(reception)
        return delivered

    async def _spend(self, reception: Reception) -> None:
        principal, brakes = reception.principal, self._parts.brakes
        account = None if principal is None else await self._parts.directory.account(principal.account_id)
        if account is not None:
            await self._sizes.require_sendable(account, reception.intake.size_octets)
            if brakes is not None:
                await brakes.spend(account, reception)

    async def _signed(self, reception: Reception, content: Content, found: list[Address]) -> Content:
        """What leaves the house is signed by the author's domain (E2); a message without From has got that of who submits it."""
        leaves = any(expected.resolved.foreign or expected.resolved.groups for expected in reception.recipients)
        signer, principal = self._parts.signer, reception.principal
        if signer is None or not leaves or principal is None:
            return content
        domain = found[0].domain if found else principal.address.rpartition("@")[2]
        return content.with_prefix(await signer.signatures(content, domain_key(domain)))

    async def _remember_correspondents(self, reception: Reception) -> None:
        """Whom somebody writes to may answer without being asked to come back (C2)."""
        sender, others = reception.sender.reverse_path, [e for e in reception.recipients if e.resolved.foreign]
        if sender is None or not others:
            return
        keys = [address_key(expected.wanted.address) for expected in others[:CORRESPONDENTS]]
        with contextlib.suppress(PosthouseError):  # a help, not a duty
            await self._parts.greylist.written(address_key(sender), keys, self._parts.clock.now())

    async def _check_authors(self, reception: Reception, found: list[Address]) -> None:
        principal = reception.principal
        if principal is None:
            raise Invalid("a submission needs somebody who submits it")
        for address in found:
            if not address.domain:
                raise Invalid(f"From holds {format_mailbox(address)!r}, which is no address")
            await self._identity.require(principal, address, "From")
