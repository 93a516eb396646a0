"""What to do after an attempt."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthouse.formats.dsn.value import Action
from posthouse.foundation.ids import QueueId, TraceId
from posthouse.model.content import Content
from posthouse.model.delivery import Lease, Leased, Notify, Outcome, QueuedMessage, Recipient
from posthouse.services.relay.answer import Answer, Fate
from posthouse.services.relay.deciding import Patience, decide

START = 1_000_000.0
LIFETIME, DELAY = 5_000.0, 1_000.0
SCHEDULE = (10, 100)


def leased(*, notify: int = 0, sender: str = "a@b", attempts: int = 0, notified: bool = False) -> Leased:
    message = QueuedMessage(QueueId(bytes(16)), TraceId(bytes(16)), sender, Content(b""), (Recipient("x@y", notify=notify),), START)
    return Leased(message, (Lease(message.id, 0, 1, START),), (attempts,), (False,), (notified,))


def patience(after: float = 0.0, spread: float = 0.0) -> Patience:
    return Patience(START + after, SCHEDULE, LIFETIME, DELAY, spread)


def answer(fate: Fate, *, notifies: bool = False) -> Answer:
    return Answer(fate, "4.0.0", "words", "mx", notifies=notifies)


@pytest.mark.parametrize(
    ("fate", "notify", "notifies", "outcome", "report"),
    [
        (Fate.DELIVERED, 0, False, Outcome.DELIVERED, None),
        (Fate.DELIVERED, Notify.SUCCESS, False, Outcome.DELIVERED, Action.DELIVERED),
        (Fate.RELAYED, 0, False, Outcome.RELAYED, None),
        (Fate.RELAYED, Notify.SUCCESS, False, Outcome.RELAYED, Action.RELAYED),
        (Fate.RELAYED, Notify.SUCCESS, True, Outcome.RELAYED, None),
        (Fate.NEVER, 0, False, Outcome.FAILED, Action.FAILED),
        (Fate.NEVER, Notify.FAILURE, False, Outcome.FAILED, Action.FAILED),
        (Fate.NEVER, Notify.SUCCESS | Notify.DELAY, False, Outcome.FAILED, None),
        (Fate.NEVER, Notify.NEVER, False, Outcome.FAILED, None),
        (Fate.LATER, 0, False, Outcome.RETRY, None),
    ],
)
def test_outcomes(fate: Fate, notify: int, notifies: bool, outcome: Outcome, report: Action | None) -> None:
    decision = decide(leased(notify=notify), 0, answer(fate, notifies=notifies), patience())
    assert (decision.attempt.outcome, decision.report) == (outcome, report)
    assert (decision.attempt.remote, decision.attempt.reply, decision.attempt.status) == ("mx", "words", "4.0.0")
    assert decide(leased(notify=notify, sender=""), 0, answer(fate), patience()).report is None


@pytest.mark.parametrize(("attempts", "wait"), [(0, 10), (1, 100), (2, 100), (50, 100)])
def test_schedule(attempts: int, wait: int) -> None:
    assert decide(leased(attempts=attempts), 0, answer(Fate.LATER), patience()).attempt.retry_at == START + wait
    spread = decide(leased(attempts=attempts), 0, answer(Fate.LATER), patience(spread=1.0)).attempt.retry_at
    assert spread == pytest.approx(START + wait * 1.1)


def test_the_last_attempt_is_at_the_end_of_the_lifetime() -> None:
    decision = decide(leased(attempts=9), 0, answer(Fate.LATER), patience(LIFETIME - 50))
    assert (decision.attempt.outcome, decision.attempt.retry_at) == (Outcome.RETRY, START + LIFETIME)
    last = decide(leased(attempts=10), 0, answer(Fate.LATER), patience(LIFETIME))
    assert (last.attempt.outcome, last.report) == (Outcome.FAILED, Action.FAILED)


@pytest.mark.parametrize(
    ("after", "notify", "notified", "report"),
    [
        (DELAY - 1, 0, False, None),
        (DELAY, 0, False, Action.DELAYED),
        (DELAY, 0, True, None),
        (DELAY, Notify.DELAY, False, Action.DELAYED),
        (DELAY, Notify.FAILURE, False, None),
        (DELAY, Notify.NEVER, False, None),
    ],
)
def test_delay_warning(after: float, notify: int, notified: bool, report: Action | None) -> None:
    decision = decide(leased(notify=notify, notified=notified), 0, answer(Fate.LATER), patience(after))
    assert decision.report is report
    assert decision.attempt.delay_notified is (notified or report is Action.DELAYED)


@given(
    st.sampled_from(Fate),
    st.sampled_from([0, Notify.NEVER]) | st.integers(2, 14).map(lambda bits: bits & ~1),
    st.floats(0, 2 * LIFETIME),
    st.integers(0, 9),
    st.sampled_from(["", "a@b"]),
)
def test_every_attempt_ends_or_is_due_again(fate: Fate, notify: int, after: float, attempts: int, sender: str) -> None:
    decision = decide(leased(notify=notify, sender=sender, attempts=attempts), 0, answer(fate), patience(after, 0.5))
    again = decision.attempt.outcome is Outcome.RETRY
    assert again == (fate is Fate.LATER and after < LIFETIME)
    assert not again or START + after < decision.attempt.retry_at <= START + LIFETIME
    assert decision.report is None or sender
