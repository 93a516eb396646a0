"""Taking mail in from outside: envelope, content, acceptance, in the order in which they come."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from posthouse.formats.address.mailbox import format_mailbox
from posthouse.formats.address.value import Address
from posthouse.foundation.budget import Budget
from posthouse.foundation.errors import LimitReached, NotFound, PosthouseError, Refused
from posthouse.foundation.ids import ENTROPY_OCTETS, TraceId, make_id
from posthouse.model.account import Account
from posthouse.model.content import Body, Content
from posthouse.model.principal import Principal
from posthouse.model.settings.receiving import SMTP_HOPS, SMTP_RECIPIENTS
from posthouse.model.settings.relay import QUEUE_HIGHEST_PRIORITY
from posthouse.model.traffic.group import Posting
from posthouse.ports.account_store import AccountStore
from posthouse.ports.clock import Clock
from posthouse.ports.directory import DirectoryReader
from posthouse.ports.entropy import Entropy
from posthouse.ports.queue import Queue
from posthouse.ports.spool import Spool
from posthouse.ports.trace import Trace
from posthouse.services.groups.posting import require_posting
from posthouse.services.receive.acceptance import Acceptance
from posthouse.services.receive.addresses.inquiries import Inquiries
from posthouse.services.receive.addresses.unknown import UnknownAddresses, forlorn
from posthouse.services.receive.forwarding import Forwarding, comes_back, delivered_to
from posthouse.services.receive.intake import Intake
from posthouse.services.receive.neighbours import Neighbours
from posthouse.services.receive.noting import Noting
from posthouse.services.receive.pipeline import Pipeline
from posthouse.services.receive.queueing import Bounds, destined, queued_message
from posthouse.services.receive.reception import Client, Expected, Reception, Sender, Wanted
from posthouse.services.receive.recipients import NO_SUCH_MAILBOX, Recipients, Resolved
from posthouse.services.receive.sizes import Sizes, require
from posthouse.services.receive.trace_fields import hops, received_field, with_header
from posthouse.services.settings import Settings

NOTED: Final = 10
"""Recipients of one message whose refusal is told in the trace: whoever guesses names shall not fill it."""
COMES_BACK: Final = "this message was forwarded from here before: whom it goes to sends it back"
TOO_MANY_HOPS: Final = "too many hops: this message goes round in circles"


@dataclass(frozen=True)
class ReceivingParts:
    """What receiving works with."""

    hostname: str
    directory: DirectoryReader
    accounts: AccountStore
    queue: Queue
    spool: Spool
    budget: Budget
    settings: Settings
    clock: Clock
    entropy: Entropy
    trace: Trace
    forwarding: Forwarding
    pipeline: Pipeline | None = None
    """Checks of what comes from outside; None where nothing does (commands at the machine)."""


class LoopingMessage(Refused):
    """The message has come through too many servers."""


class Receiver:
    """Receptions from MAIL to the answer after the content."""

    def __init__(self, parts: ReceivingParts) -> None:
        self._parts = parts
        self._recipients = Recipients(parts.directory)
        self._unknown = UnknownAddresses(self._recipients, parts.settings, parts.clock)
        self._acceptance = Acceptance(parts.accounts, parts.queue)
        self._noting = Noting(parts.trace, parts.clock)
        self._neighbours = Neighbours(parts.settings)
        self._sizes = Sizes(parts.settings)
        self.inquiries = Inquiries(parts.directory, parts.queue)

    def begin(self, client: Client, sender: Sender, principal: Principal | None = None, *, judged: bool = False) -> Reception:
        """Begin a reception and mint its trace id; ``judged``: it comes from a stranger and is checked."""
        intake = Intake(self._parts.spool, self._parts.budget)
        relays = judged and self._neighbours.allow(client.address)
        now = self._parts.clock.now()
        return Reception(TraceId(self._id()), now, client, sender, intake, principal, judged and not relays, relays)

    async def add_recipient(self, reception: Reception, wanted: Wanted) -> None:
        """Accept a recipient; whoever is signed in may name foreign ones.

        Raises: LimitReached (too many for one message), and what ``Recipients.resolve`` raises.
        """
        if len(reception.recipients) >= self._parts.settings[SMTP_RECIPIENTS]:
            raise LimitReached("too many recipients for one message: send the rest in another")
        try:
            resolved = await self._resolve(reception, wanted.address)
            limit = await self._require_size(reception, wanted, resolved)
            expected = Expected(wanted, resolved, await self._require_posting(reception, resolved.groups), limit)
            if reception.judged and self._parts.pipeline is not None:
                await self._parts.pipeline.examine_recipient(reception, expected)
        except PosthouseError as error:
            reception.turned_away += 1
            if reception.turned_away <= NOTED:
                step = "refused" if isinstance(error, Refused) else "deferred"
                self._noting.refused(reception, step, str(error), [format_mailbox(wanted.address)])
            raise
        reception.recipients.append(expected)

    async def _require_size(self, reception: Reception, wanted: Wanted, resolved: Resolved) -> int:
        """The octets a recipient takes.

        One answer must hold for all, and a later bounce would go to whom a forger names: where nobody has said how long the
        message is, those who take less get their own copy.
        Raises: TooLargeForMailbox, LimitReached.
        """
        limit, declared = await self._sizes.of_address(resolved), reception.sender.size_octets
        require(declared, limit, format_mailbox(wanted.address))
        if reception.judged and not declared and any(other.size_limit != limit for other in reception.recipients):
            raise LimitReached("not every recipient takes messages of this size: send this one its own")
        return limit

    async def _require_posting(self, reception: Reception, groups: Sequence[Account]) -> bool:
        """Tells whether the sender may write to the groups only if it is who it says. Raises: NotPermitted."""
        claimed = False
        for account in groups:
            group = await self._parts.directory.group(account.id)
            if group is not None and group.posting is not Posting.ALL:
                sender, signed_in = reception.sender.reverse_path, not reception.judged
                await require_posting(self._parts.directory, group, account, sender, signed_in=signed_in)
                claimed = claimed or not signed_in
        return claimed

    async def _resolve(self, reception: Reception, address: Address) -> Resolved:
        way_back = self._parts.forwarding.way_back(address, reception.sender.reverse_path)
        if way_back is not None and await self._recipients.is_ours(address):
            return Resolved(foreign=(way_back,))
        try:
            return await self._recipients.resolve(address, relay=reception.principal is not None or reception.relays)
        except NotFound:
            return await self._unknown.resolve(address, utf8=reception.sender.smtputf8, judged=reception.judged)

    async def accept(self, reception: Reception, content: Content | None = None) -> bool:
        """Keep the message for all its recipients; tells whether it is delivered already (else it waits in the queue).

        ``content`` stands for the octets that came in where a submission had to be completed.
        Raises: LoopingMessage, NotFound (nobody has any of the addresses), OverQuota, OutOfSpace, Unavailable.
        """
        if content is None:
            content = await self.receive_content(reception)
        return await self._keep(reception, content, reception.recipients)

    async def accept_each(self, reception: Reception) -> list[PosthouseError | None]:
        """Keep the message for each recipient on its own, as LMTP answers: what went wrong with each, None where nothing did."""
        try:
            content = await self.receive_content(reception)
        except PosthouseError as error:
            return [error] * len(reception.recipients)
        outcomes: list[PosthouseError | None] = []
        for expected in reception.recipients:
            try:
                await self._keep(reception, content, [expected])
            except PosthouseError as error:
                outcomes.append(error)
            else:
                outcomes.append(None)
        return outcomes

    async def receive_content(self, reception: Reception) -> Content:
        """Finish the intake and look at the header. Raises: LoopingMessage, NotFound, OutOfSpace, Unavailable."""
        body: Body = await reception.intake.finish()
        if hops(reception.intake.head) > self._parts.settings[SMTP_HOPS]:
            raise LoopingMessage(TOO_MANY_HOPS)
        if reception.principal is None and comes_back(reception.intake.head, reception.recipients):
            raise LoopingMessage(COMES_BACK)
        content = with_header(body, reception.intake.head)
        if reception.judged and self._parts.pipeline is not None:
            content = await self._parts.pipeline.examine_content(reception, content)
            self._leave_out(reception, forlorn(reception))
        return content

    def _leave_out(self, reception: Reception, unwanted: Sequence[Expected]) -> None:
        """Raises: NotFound when nobody is left."""
        if not unwanted:
            return
        if len(unwanted) == len(reception.recipients):
            raise NotFound(NO_SUCH_MAILBOX)
        reception.recipients = [expected for expected in reception.recipients if expected not in unwanted]
        names = [format_mailbox(expected.wanted.address) for expected in unwanted]
        self._noting.refused(
            reception,
            "left out",
            "the sender may be forged",
            names,
        )

    def refused(self, reception: Reception, words: str) -> None:
        """Remember in the trace that a message was refused."""
        self._noting.refused(reception, "refused", words)

    async def _keep(self, reception: Reception, content: Content, recipients: Sequence[Expected]) -> bool:
        _require_takers(recipients, content.body_octets)
        only, queued = destined(recipients, reception.received_at, self._id)
        sole = format_mailbox(recipients[0].wanted.address) if len(recipients) == 1 else ""
        field = received_field(reception.client, self._parts.hostname, reception.trace, sole, reception.received_at)
        forwards = delivered_to(recipients) if reception.principal is None else b""
        content = content.with_prefix(forwards + reception.result_fields + field)
        bounds = Bounds(await self._forward_path(reception, recipients), self._parts.settings[QUEUE_HIGHEST_PRIORITY])
        message = queued_message(reception, content, queued, bounds, self._id)
        delivered = await self._acceptance.take(message, only)
        self._noting.kept(reception, "delivered" if delivered else "accepted", [recipient.address for recipient in queued])
        return delivered

    async def _forward_path(self, reception: Reception, recipients: Sequence[Expected]) -> str:
        """Mail of others that leaves this house again carries an address of ours, or the next server's SPF check refuses it."""
        forwards = [expected for expected in recipients if expected.resolved.foreign]
        sender = reception.sender.reverse_path
        if sender is None or reception.principal is not None or reception.relays or not forwards:
            return ""
        if await self._recipients.is_ours(sender):
            return ""
        domain = forwards[0].wanted.address.domain or self._parts.hostname
        return self._parts.forwarding.forward_path(sender, domain)

    def _id(self) -> bytes:
        return make_id(int(self._parts.clock.now() * 1000), self._parts.entropy.octets(ENTROPY_OCTETS))


def _require_takers(recipients: Sequence[Expected], octets: int) -> None:
    """A message that nobody takes is refused; of others the runner tells whom it is too large for. Raises: TooLargeForMailbox."""
    if all(0 < expected.size_limit < octets for expected in recipients):
        largest = max(recipients, key=lambda expected: expected.size_limit)
        require(octets, largest.size_limit, format_mailbox(largest.wanted.address))
