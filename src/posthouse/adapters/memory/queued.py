"""A queued message in memory and where each of its recipients stands."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from msgspec.structs import replace

from posthouse.model.delivery import Attempt, Outcome, QueuedMessage, QueueRow, Recipient, RecipientState, Wanted

LEASED_TOGETHER: Final = 100
FINISHED: Final = frozenset({RecipientState.DELIVERED, RecipientState.FAILED, RecipientState.PURGED})


@dataclass(eq=False)
class MemoryRecipient:
    """One recipient; found by identity, because a message may name an address twice."""

    value: Recipient
    destination: str
    next_attempt_at: float
    state: RecipientState = RecipientState.WAITING
    attempts: int = 0
    token: int = 0
    lease_until: float = 0.0
    begun: bool = False
    delay_notified: bool = False
    last_reply: str = ""

    def is_due(self, now: float, destination: str | None = None) -> bool:
        """Whether it waits for nobody any more."""
        if destination not in {None, self.destination}:
            return False
        return self.state is RecipientState.WAITING and self.next_attempt_at <= now

    def record(self, attempt: Attempt) -> None:
        """Write down what became of an attempt."""
        if attempt.outcome is Outcome.FAILED:
            self.state = RecipientState.FAILED
        elif attempt.outcome is not Outcome.RETRY:
            self.state = RecipientState.DELIVERED
        self.attempts += 1
        self.next_attempt_at = attempt.retry_at
        self.token, self.lease_until, self.begun = 0, 0.0, False
        self.delay_notified |= attempt.delay_notified
        self.last_reply = attempt.reply

    def change(self, verb: str, argument: str, now: float) -> bool:
        """Change it by hand; not while a runner holds it."""
        open_states = {RecipientState.HELD} if verb == "release" else {RecipientState.WAITING}
        if verb in {"purge", "reroute"}:
            open_states = {RecipientState.WAITING, RecipientState.HELD}
        if self.state not in open_states or self.lease_until > now:
            return False
        if verb == "hold":
            self.state = RecipientState.HELD
        elif verb == "purge":
            self.state = RecipientState.PURGED
        else:
            self.next_attempt_at = now
            if verb == "release":
                self.state = RecipientState.WAITING
            elif verb == "reroute":
                self.destination = argument
        return True

    def row(self, message: QueuedMessage, number: int) -> QueueRow:
        """It, for people."""
        return QueueRow(
            message.id,
            message.trace_id,
            message.reverse_path,
            self.value.address,
            self.destination,
            self.state,
            self.attempts,
            message.received_at,
            self.next_attempt_at,
            message.content.size_octets,
            self.last_reply,
            number,
        )


@dataclass
class MemoryMessage:
    """A message with all its recipients."""

    value: QueuedMessage
    recipients: list[MemoryRecipient]

    @property
    def finished(self) -> bool:
        """Whether nobody waits for it any more."""
        return all(held.state in FINISHED for held in self.recipients)

    def with_recipients(self, chosen: Sequence[MemoryRecipient]) -> QueuedMessage:
        """The message with some of its recipients, as they stand."""
        return replace(self.value, recipients=tuple(replace(held.value, destination=held.destination) for held in chosen))

    def has(self, held: MemoryRecipient, wanted: Wanted) -> bool:
        """Whether one of its recipients is meant."""
        sender, address = self.value.reverse_path.lower(), held.value.address.lower()
        domain = wanted.domain.lower()
        return (
            wanted.state in {None, held.state}
            and (wanted.text.lower() in sender or wanted.text.lower() in address)
            and (not sender if wanted.sender == "<>" else wanted.sender.lower() in sender)
            and wanted.recipient.lower() in address
            and (not domain or held.destination == domain or address.endswith(f"@{domain}"))
        )
