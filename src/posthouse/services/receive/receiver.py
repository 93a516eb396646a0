"""Taking mail in from outside: envelope, content, acceptance, in the order in which they come."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

from posthouse.formats.address.key import domain_key
from posthouse.formats.address.mailbox import format_mailbox
from posthouse.formats.address.value import Address
from posthouse.formats.header.fields import first
from posthouse.foundation.budget import Budget
from posthouse.foundation.errors import Invalid, LimitReached, PosthouseError, Refused
from posthouse.foundation.ids import ENTROPY_OCTETS, AccountId, DeliveryId, QueueId, TraceId, make_id
from posthouse.model.content import Body, Content
from posthouse.model.delivery import QueuedMessage, Recipient
from posthouse.model.principal import Principal
from posthouse.model.settings import QUEUE_HIGHEST_PRIORITY, SMTP_HOPS, SMTP_RECIPIENTS
from posthouse.ports.account_store import AccountStore
from posthouse.ports.clock import Clock
from posthouse.ports.directory import DirectoryReader
from posthouse.ports.entropy import Entropy
from posthouse.ports.queue import Queue
from posthouse.ports.spool import Spool
from posthouse.ports.trace import Trace, TraceEvent
from posthouse.services.receive.acceptance import LOCAL, Acceptance
from posthouse.services.receive.intake import Intake
from posthouse.services.receive.reception import Client, Expected, Reception, Sender, Wanted
from posthouse.services.receive.recipients import Recipients
from posthouse.services.receive.trace_fields import hops, received_field, with_header
from posthouse.services.settings import Settings

TOO_MANY_HOPS: Final = "too many hops: this message goes round in circles"
_JSON: Final = msgspec.json.Encoder()


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


class _Record(msgspec.Struct, omit_defaults=True):
    """The verdict kept with a message: how it came here."""

    address: str
    name: str
    protocol: str
    sender: str
    tls: str = ""
    recipients: list[str] = []


class LoopingMessage(Refused):
    """The message has come through too many servers."""


class Receiver:
    """Receptions from MAIL to the answer after the content."""

    def __init__(self, parts: ReceivingParts) -> None:
        self._parts = parts
        self._recipients = Recipients(parts.directory)
        self._acceptance = Acceptance(parts.accounts, parts.queue)

    def begin(self, client: Client, sender: Sender, principal: Principal | None = None) -> Reception:
        """Begin a reception and mint its trace id."""
        intake = Intake(self._parts.spool, self._parts.budget)
        return Reception(TraceId(self._id()), self._parts.clock.now(), client, sender, intake, principal)

    async def add_recipient(self, reception: Reception, wanted: Wanted) -> None:
        """Accept a recipient; whoever is signed in may name foreign ones.

        Raises: LimitReached (too many for one message), and what ``Recipients.resolve`` raises.
        """
        if len(reception.recipients) >= self._parts.settings[SMTP_RECIPIENTS]:
            raise LimitReached("too many recipients for one message: send the rest in another")
        resolved = await self._recipients.resolve(wanted.address, relay=reception.principal is not None)
        reception.recipients.append(Expected(wanted, resolved))

    async def accept(self, reception: Reception, content: Content | None = None) -> bool:
        """Keep the message for all its recipients; tells whether it is delivered already (else it waits in the queue).

        ``content`` stands for the octets that came in where a submission had to be completed.
        Raises: LoopingMessage, OverQuota, OutOfSpace, Unavailable.
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
        """Finish the intake and look at the header. Raises: LoopingMessage, OutOfSpace, Unavailable."""
        body: Body = await reception.intake.finish()
        if hops(reception.intake.head) > self._parts.settings[SMTP_HOPS]:
            raise LoopingMessage(TOO_MANY_HOPS)
        return with_header(body, reception.intake.head)

    def refused(self, reception: Reception, words: str) -> None:
        """Remember in the trace that a message was refused."""
        self._note(reception, "refused", words, [format_mailbox(e.wanted.address) for e in reception.recipients])

    async def _keep(self, reception: Reception, content: Content, recipients: Sequence[Expected]) -> bool:
        only, queued = self._destined(recipients)
        sole = format_mailbox(recipients[0].wanted.address) if len(recipients) == 1 else ""
        field = received_field(reception.client, self._parts.hostname, reception.trace, sole, reception.received_at)
        message = self._message(reception, content.with_prefix(field), queued)
        delivered = await self._acceptance.take(message, only)
        self._note(
            reception, "delivered" if delivered else "accepted", _story(reception), [recipient.address for recipient in queued]
        )
        return delivered

    def _destined(self, recipients: Sequence[Expected]) -> tuple[AccountId | None, list[Recipient]]:
        """Every final address once; and the account where it is the only one."""
        found: dict[str, Recipient] = {}
        accounts: list[AccountId] = []
        for expected in recipients:
            written = format_mailbox(expected.wanted.address)
            for account in expected.resolved.accounts:
                if account.key not in found:
                    found[account.key] = self._recipient(expected, account.address, written, LOCAL)
                    accounts.append(account.id)
            for address in expected.resolved.foreign:
                text = format_mailbox(address)
                found.setdefault(text, self._recipient(expected, text, written, destination_of(address)))
        only = accounts[0] if len(accounts) == len(found) == 1 else None
        return only, list(found.values())

    def _recipient(self, expected: Expected, address: str, written: str, destination: str) -> Recipient:
        return Recipient(
            address=address,
            original_recipient=expected.wanted.original_recipient,
            notify=expected.wanted.notify,
            delivery_id=DeliveryId(self._id()),
            destination=destination,
            final_recipient=written if written != address else "",
        )

    def _message(self, reception: Reception, content: Content, recipients: Iterable[Recipient]) -> QueuedMessage:
        sender, client = reception.sender, reception.client
        record = _Record(
            client.address,
            client.name,
            client.protocol,
            sender.text,
            client.tls,
            [format_mailbox(expected.wanted.address) for expected in reception.recipients[:100]],
        )
        return QueuedMessage(
            id=QueueId(self._id()),
            trace_id=reception.trace_id,
            reverse_path=sender.text,
            content=content,
            recipients=tuple(recipients),
            received_at=reception.received_at,
            return_content=sender.return_content,
            envelope_id=sender.envelope_id,
            smtputf8=sender.smtputf8,
            eight_bit=sender.eight_bit,
            binary=sender.binary,
            record=_JSON.encode(record),
            require_tls=sender.require_tls,
            tls_optional=(first(reception.intake.head, b"tls-required") or b"").lower() == b"no",
            release_at=_release(reception),
            deliver_by=reception.received_at + sender.deliver_within if sender.deliver_mode else 0.0,
            deliver_mode=sender.deliver_mode,
            priority=min(sender.priority, self._parts.settings[QUEUE_HIGHEST_PRIORITY]),
        )

    def _note(self, reception: Reception, step: str, text: str, recipients: Iterable[str]) -> None:
        subjects = (reception.sender.text, reception.client.address, *recipients)
        now = self._parts.clock.now()
        for subject in filter(None, subjects):
            self._parts.trace.append(TraceEvent(reception.trace_id, now, step, text, subject))

    def _id(self) -> bytes:
        return make_id(int(self._parts.clock.now() * 1000), self._parts.entropy.octets(ENTROPY_OCTETS))


def _release(reception: Reception) -> float:
    """When a message that is to be held may go; 0 where it may at once."""
    sender = reception.sender
    moment = reception.received_at + sender.hold_for if sender.hold_for else float(sender.hold_until)
    return moment if moment > reception.received_at else 0.0


def destination_of(address: Address) -> str:
    """The queue's name for where a foreign address waits: its normalised domain. Raises: Invalid."""
    try:
        return domain_key(address.domain)
    except ValueError as error:
        raise Invalid(f"bad domain: {error}") from error


def _story(reception: Reception) -> str:
    client = reception.client
    origin = f"{client.name} [{client.address}]" if client.address else client.name
    return f"from {origin} with {client.protocol}, {reception.intake.size_octets} octets"
