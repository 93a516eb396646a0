"""Telling a sender what became of a message: delivery status notifications on their way (RFC 3461 §6, RFC 3464).

A notification has the null reverse-path; nobody is told of what has it (or postmaster is, and of that nobody: the setting
``queue.double_bounces``), so there are no loops. Where the sender's address leads nowhere the notification ends there.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

import msgspec

from posthouse.formats.address.mailbox import InvalidMailbox, parse_mailbox
from posthouse.formats.address.value import Address
from posthouse.formats.dsn.build import Notification, build_notification, needs_smtputf8
from posthouse.formats.dsn.value import Action, DeliveryStatus, RecipientStatus
from posthouse.foundation.ids import ENTROPY_OCTETS, QueueId, TraceId, make_id, to_text
from posthouse.foundation.limits import INLINE_BODY_OCTETS
from posthouse.model.content import Content
from posthouse.model.delivery import Attempt, Leased, QueuedMessage, Recipient
from posthouse.model.settings.relay import QUEUE_LIFETIME_SECONDS
from posthouse.services.letters.destined import destined_to
from posthouse.services.receive.recipients import POSTMASTER, Recipients
from posthouse.services.relay.parts import RelayParts

RETURNED_OCTETS: Final = 1_048_576
"""Largest message returned whole, where the sender asked for it."""


class Report(msgspec.Struct, frozen=True):
    """One recipient the sender is told about."""

    recipient: Recipient
    attempt: Attempt
    action: Action


DOUBLE_BOUNCE: Final = b'{"notice":"double bounce"}'
"""The record of what postmaster is told: should even that not arrive, nobody is told."""


class Notices:
    """Makes notifications ready for the queue."""

    def __init__(self, parts: RelayParts) -> None:
        self._hostname = parts.hostname
        self._recipients = Recipients(parts.directory)
        self._queue = parts.queue
        self._settings = parts.settings
        self._clock = parts.clock
        self._entropy = parts.entropy

    async def notices(self, leased: Leased, reports: Sequence[Report]) -> list[QueuedMessage]:
        """A notification about these recipients of a message, or none where its sender leads nowhere.

        Raises: Unavailable (the directory or the queue cannot be read).
        """
        message = leased.message
        lost = not message.reverse_path
        if lost and message.record == DOUBLE_BOUNCE:
            return []
        try:
            addressee = Address(POSTMASTER, "") if lost else parse_mailbox(message.reverse_path)
        except InvalidMailbox:
            return []
        destined = await destined_to(self._recipients, addressee, self._id)
        if not destined:
            return []
        octets = await self._written(message, reports, Address(POSTMASTER, self._hostname) if lost else addressee)
        return [
            QueuedMessage(
                id=QueueId(self._id()),
                trace_id=TraceId(self._id()),
                reverse_path="",
                content=Content(octets),
                recipients=destined,
                received_at=self._clock.now(),
                smtputf8=needs_smtputf8(octets),
                eight_bit=not octets.isascii(),
                record=DOUBLE_BOUNCE if lost else b"",
                parent_trace_id=message.trace_id,
                require_tls=message.require_tls,
                priority=message.priority,
            )
        ]

    async def _written(self, message: QueuedMessage, reports: Sequence[Report], addressee: Address) -> bytes:
        whole = self._returns_whole(message, reports)
        original = await self._queue.read(message.id, 0, None if whole else INLINE_BODY_OCTETS)
        id_ = to_text(self._id())
        retry_until = message.due_at + self._settings[QUEUE_LIFETIME_SECONDS]
        if message.deliver_mode.startswith("R"):
            retry_until = min(retry_until, message.deliver_by)
        status = DeliveryStatus(
            reporting_mta=self._hostname,
            recipients=tuple(_status(report, message, retry_until) for report in reports),
            original_envelope_id=message.envelope_id or None,
            arrival=_moment(message.received_at),
        )
        notification = Notification(
            status=status,
            recipient=addressee,
            date=_moment(self._clock.now()),
            message_id=f"<{id_}@{self._hostname}>".encode(),
            boundary=id_,
            original=original,
            return_message=whole,
        )
        return build_notification(notification)

    def _returns_whole(self, message: QueuedMessage, reports: Sequence[Report]) -> bool:
        """RFC 3461 §4.3: the whole message only where it failed; unasked only where it is small.

        RFC 8689 §5: of a message that wanted TLS only the header goes back.
        """
        if message.require_tls:
            return False
        failed = any(report.action is Action.FAILED for report in reports)
        limit = {"FULL": RETURNED_OCTETS, "HDRS": -1}.get(message.return_content, INLINE_BODY_OCTETS)
        return failed and message.content.size_octets <= limit

    def _id(self) -> bytes:
        return make_id(int(self._clock.now() * 1000), self._entropy.octets(ENTROPY_OCTETS))


def _status(report: Report, message: QueuedMessage, retry_until: float) -> RecipientStatus:
    recipient, attempt = report.recipient, report.attempt
    kind, _, original = recipient.original_recipient.partition(";")
    delayed = report.action is Action.DELAYED
    return RecipientStatus(
        final_recipient=recipient.final_recipient or recipient.address,
        action=report.action,
        status=attempt.status,
        original_recipient=original or None,
        original_recipient_type=kind or "rfc822",
        remote_mta=attempt.remote or None,
        diagnostic_code=attempt.reply or None,
        last_attempt=_moment(attempt.at),
        will_retry_until=_moment(retry_until) if delayed else None,
        final_log_id=to_text(message.trace_id),
    )


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
