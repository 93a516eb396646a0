"""What to do after an attempt: done, again later, or give up; and whether the sender should hear of it. Pure."""

from typing import Final

import msgspec

from posthouse.filters.verdict import read_verdict
from posthouse.formats.dsn.value import Action
from posthouse.model.delivery import Attempt, Leased, Notify, Outcome, QueuedMessage
from posthouse.services.relay.answer import Answer, Fate

TOO_LATE: Final = "5.4.7"
"""The sender's own deadline has passed (RFC 2852 §4.2)."""


class Patience(msgspec.Struct, frozen=True):
    """How long and how often, as the settings say at this moment; times in seconds."""

    now: float
    schedule: tuple[int, ...]
    lifetime_seconds: float
    delay_seconds: float
    spread: float = 0.0
    """Between 0 and 1: waits are up to a tenth longer, so that what failed together does not come back together."""
    reports_lost_notices: bool = False
    """Postmaster hears of notifications that cannot be delivered."""


class Decision(msgspec.Struct, frozen=True):
    """What is recorded of one recipient, and what the sender is told (None: nothing)."""

    attempt: Attempt
    report: Action | None


def decide(leased: Leased, number: int, answer: Answer, patience: Patience) -> Decision:
    """Decide for the recipient at ``number`` of the leased ones."""
    notify = Notify(leased.message.recipients[number].notify)
    silent = not leased.message.reverse_path or Notify.NEVER in notify or not is_answerable(leased.message)
    if answer.fate in (Fate.DELIVERED, Fate.RELAYED):
        return _success(leased, number, answer, patience.now, notify, silent=silent)
    message = leased.message
    deadline = message.due_at + patience.lifetime_seconds
    wants_failure = (not silent and (not notify or Notify.FAILURE in notify)) or (
        not message.reverse_path and patience.reports_lost_notices
    )
    returns = message.deliver_mode.startswith("R")
    if returns:
        deadline = min(deadline, message.deliver_by)
    if answer.fate is Fate.NEVER or patience.now >= deadline:
        attempt = _attempt(leased, number, Outcome.FAILED, answer, patience.now)
        if answer.fate is not Fate.NEVER and returns:
            attempt = msgspec.structs.replace(attempt, status=TOO_LATE)
        return Decision(attempt, Action.FAILED if wants_failure else None)
    notified = bool(leased.delay_notified) and leased.delay_notified[number]
    late = patience.now - message.due_at >= patience.delay_seconds
    missed = message.deliver_mode.startswith("N") and patience.now >= message.deliver_by
    warns = (late or missed) and not notified and not silent and (not notify or Notify.DELAY in notify)
    retry_at = min(patience.now + _wait(leased.attempts[number], patience), deadline)
    if message.deliver_by > patience.now:
        retry_at = min(retry_at, message.deliver_by)
    attempt = _attempt(leased, number, Outcome.RETRY, answer, patience.now)
    attempt = msgspec.structs.replace(attempt, retry_at=retry_at, delay_notified=notified or warns)
    return Decision(attempt, Action.DELAYED if warns else None)


def is_answerable(message: QueuedMessage) -> bool:
    """Whether a notification would reach whoever sent a message: one to a forged sender is backscatter, and is not written."""
    return read_verdict(message.record).answerable


def was_submitted(message: QueuedMessage) -> bool:
    """Whether somebody who was signed in has sent it (RFC 3848: the protocol's name ends in A)."""
    return read_verdict(message.record).protocol.endswith("A")


def _success(leased: Leased, number: int, answer: Answer, now: float, notify: Notify, *, silent: bool) -> Decision:
    relayed = answer.fate is Fate.RELAYED
    attempt = _attempt(leased, number, Outcome.RELAYED if relayed else Outcome.DELIVERED, answer, now)
    wanted = Notify.SUCCESS in notify and not silent and not (relayed and answer.notifies)
    message = leased.message
    if relayed and message.deliver_mode and not silent:
        # RFC 2852 §4: with T every relay tells; where the next server keeps no deadlines the sender hears that it ends here.
        wanted = wanted or message.deliver_mode.endswith("T") or not answer.deadline_kept
    return Decision(attempt, (Action.RELAYED if relayed else Action.DELIVERED) if wanted else None)


def _attempt(leased: Leased, number: int, outcome: Outcome, answer: Answer, now: float) -> Attempt:
    return Attempt(
        lease=leased.leases[number],
        outcome=outcome,
        at=now,
        remote=answer.remote,
        reply=answer.text,
        status=answer.status,
    )


def _wait(attempts: int, patience: Patience) -> float:
    """Seconds until the next attempt: the schedule's last wait repeats."""
    schedule = patience.schedule or (3_600,)
    return schedule[min(attempts, len(schedule) - 1)] * (1 + patience.spread / 10)
