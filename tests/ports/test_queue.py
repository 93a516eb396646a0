"""What every queue must do, whatever stands behind it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from msgspec.structs import replace
from tests.support.fakes import CountingEntropy, FakeClock
from tests.support.queueing import OCTETS, QUEUES, queue_id, queued

from posthouse.adapters.blobs.spool import FileSpool
from posthouse.adapters.bus.hub import Hub
from posthouse.foundation.errors import Fenced, Invalid, NotFound
from posthouse.foundation.ids import QueueId, TraceId
from posthouse.model.content import Content
from posthouse.model.delivery import START, Attempt, Lease, Leased, Notify, Outcome, Position, RecipientState, Wanted
from posthouse.ports.bus import QUEUE, QUEUE_BY_HAND
from posthouse.ports.queue import Queue

MINUTE = 60.0


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def hub() -> Hub:
    return Hub()


@pytest.fixture(params=QUEUES)
async def queue(request: pytest.FixtureRequest, tmp_path: Path, clock: FakeClock, hub: Hub) -> AsyncIterator[Queue]:
    async with QUEUES[request.param](tmp_path, clock, hub) as made:
        yield made


async def take(queue: Queue, clock: FakeClock, *destinations: str, limit: int = 10) -> list[Leased]:
    """Lease what is due now, for a minute."""
    return await queue.lease(destinations or None, limit, clock.now(), clock.now() + MINUTE)


def result(lease: Lease, outcome: Outcome, **more: object) -> Attempt:
    return replace(Attempt(lease, outcome, 1_700_000_000.0), **more)


def addresses(leased: list[Leased]) -> list[list[str]]:
    return [[recipient.address for recipient in item.message.recipients] for item in leased]


# in


async def test_a_message_is_taken_whole(queue: Queue) -> None:
    message = queued(
        1,
        "a@x.test",
        return_content="HDRS",
        envelope_id="QQ314159",
        smtputf8=True,
        eight_bit=True,
        binary=True,
        record=b'{"verdict":"clean"}',
        parent_trace_id=TraceId(b"parent-parent-pa"),
    )
    odd = replace(
        message.recipients[0], original_recipient="rfc822;a@x.test", notify=int(Notify.DELAY), final_recipient="all@example.test"
    )
    message = replace(message, recipients=(odd,))
    await queue.enqueue(message)
    assert await queue.message(message.id) == message


async def test_a_message_comes_once(queue: Queue, clock: FakeClock) -> None:
    await queue.enqueue(queued(1, "a@x.test"))
    await queue.enqueue(queued(1, "other@y.test", "more@y.test"))
    assert addresses(await take(queue, clock)) == [["a@x.test"]]
    assert len(await queue.rows()) == 1


async def test_whoever_waits_for_the_queue_is_told(queue: Queue, hub: Hub, clock: FakeClock) -> None:
    told: list[bytes] = []
    hub.subscribe(QUEUE, told.append)
    hub.subscribe(QUEUE_BY_HAND, told.append)
    await queue.enqueue(queued(1, "a@x.test"))
    assert told == [QUEUE]
    (leased,) = await take(queue, clock)
    await queue.record([result(leased.leases[0], Outcome.FAILED)], [queued(2, "sender1@example.test", reverse_path="")])
    assert told == [QUEUE] * 2
    await queue.change([(queue_id(2), "")], "retry")
    assert told == [QUEUE, QUEUE, QUEUE_BY_HAND]


async def test_pieces_are_what_is_read(queue: Queue) -> None:
    await queue.enqueue(queued(1, "a@x.test", content=Content(OCTETS).with_prefix(b"Received: by us\r\n")))
    shown = b"Received: by us\r\n" + OCTETS
    assert await queue.read(queue_id(1)) == shown
    assert await queue.read(queue_id(1), 10, 20) == shown[10:30]
    assert await queue.read(queue_id(1), len(shown)) == b""
    assert (await queue.message(queue_id(1))).content.size_octets == len(shown)


async def test_a_spooled_body_is_kept_when_the_spool_forgets_it(queue: Queue, tmp_path: Path, clock: FakeClock) -> None:
    spool = FileSpool(tmp_path / "spool", clock, CountingEntropy())
    octets = bytes(range(256)) * 1_200
    file = await spool.create()
    await file.write(octets)
    content = Content(await file.finish()).with_prefix(b"X: y\r\n")
    await queue.enqueue(queued(1, "a@x.test", content=content))
    await queue.enqueue(queued(1, "a@x.test", content=content))
    await file.discard()
    spool.stop()
    shown = b"X: y\r\n" + octets
    assert await queue.read(queue_id(1)) == shown
    assert await queue.read(queue_id(1), 130_000, 5_000) == shown[130_000:135_000]
    assert await queue.read(queue_id(1), 3, 10) == shown[3:13]
    (leased,) = await take(queue, clock)
    assert leased.message.content.size_octets == len(shown)
    await queue.record([result(leased.leases[0], Outcome.DELIVERED)])
    assert list((tmp_path / "queue").glob("0/*")) == []


async def test_what_is_not_there_is_not_found(queue: Queue) -> None:
    with pytest.raises(NotFound):
        await queue.read(queue_id(1))
    with pytest.raises(NotFound):
        await queue.message(queue_id(1))
    assert await queue.next_due() is None
    assert await queue.change([(queue_id(1), "")], "retry") == 0


# leasing


async def test_recipients_at_one_destination_are_leased_together(queue: Queue, clock: FakeClock) -> None:
    await queue.enqueue(queued(1, "a@x.test", "b@y.test", "c@x.test", "c@x.test"))
    leased = await take(queue, clock)
    assert sorted(addresses(leased)) == [["a@x.test", "c@x.test", "c@x.test"], ["b@y.test"]]
    together = next(item for item in leased if len(item.leases) == 3)
    assert [lease.recipient_number for lease in together.leases] == [0, 2, 3]
    assert {(lease.queue_id, lease.until) for lease in together.leases} == {(queue_id(1), clock.now() + MINUTE)}
    assert (together.attempts, together.possible_duplicates, together.delay_notified) == ((0,) * 3, (False,) * 3, (False,) * 3)


async def test_no_more_than_a_hundred_recipients_come_together(queue: Queue, clock: FakeClock) -> None:
    await queue.enqueue(queued(1, *(f"a{number}@x.test" for number in range(230))))
    counts = [[len(item.leases) for item in await take(queue, clock)] for _ in range(4)]
    assert counts == [[100], [100], [30], []]


async def test_the_oldest_come_first_and_no_more_than_asked_for(queue: Queue, clock: FakeClock) -> None:
    for number, age in ((1, 5.0), (2, 30.0), (3, 10.0)):
        await queue.enqueue(queued(number, "a@x.test", at=clock.now() - age))
    assert [item.message.id for item in await take(queue, clock, limit=2)] == [queue_id(2), queue_id(3)]
    assert [item.message.id for item in await take(queue, clock, limit=2)] == [queue_id(1)]


async def test_only_the_destinations_asked_for(queue: Queue, clock: FakeClock) -> None:
    for number, address in enumerate(("a@x.test", "a@y.test", "a@z.test")):
        await queue.enqueue(queued(number, address))
    assert addresses(await take(queue, clock, "z.test", "w.test", "x.test")) == [["a@z.test"], ["a@x.test"]]
    assert addresses(await take(queue, clock)) == [["a@y.test"]]


async def test_what_is_leased_is_nobody_elses_until_the_lease_ends(queue: Queue, clock: FakeClock) -> None:
    await queue.enqueue(queued(1, "a@x.test"))
    (first,) = await take(queue, clock)
    assert await take(queue, clock) == []
    assert await queue.due_destinations(clock.now()) == []
    assert await queue.next_due() == clock.now() + MINUTE
    clock.advance(MINUTE)
    assert await queue.due_destinations(clock.now()) == ["x.test"]
    (second,) = await take(queue, clock)
    assert second.leases[0].token != first.leases[0].token
    assert second.possible_duplicates == (False,)


async def test_due_destinations_are_counted_once_and_bounded(queue: Queue, clock: FakeClock) -> None:
    await queue.enqueue(queued(1, "a@x.test", "b@x.test", "a@y.test", at=clock.now() - 1))
    await queue.enqueue(queued(2, "a@x.test", "a@w.test", at=clock.now() - 1))
    await queue.enqueue(queued(3, "a@later.test", at=clock.now() + 1))
    assert sorted(await queue.due_destinations(clock.now())) == ["w.test", "x.test", "y.test"]
    assert len(await queue.due_destinations(clock.now(), 2)) == 2
    assert await queue.next_due() == clock.now() - 1


async def test_a_lease_can_be_made_longer(queue: Queue, clock: FakeClock) -> None:
    await queue.enqueue(queued(1, "a@x.test"))
    (leased,) = await take(queue, clock)
    (longer,) = await queue.renew(leased.leases, clock.now() + 10 * MINUTE)
    assert longer == replace(leased.leases[0], until=clock.now() + 10 * MINUTE)
    clock.advance(5 * MINUTE)
    assert await take(queue, clock) == []
    await queue.record([result(longer, Outcome.DELIVERED)])


async def test_a_lease_that_went_to_somebody_else_is_good_for_nothing(queue: Queue, clock: FakeClock) -> None:
    await queue.enqueue(queued(1, "a@x.test", "b@x.test"))
    (stale,) = await take(queue, clock)
    clock.advance(MINUTE)
    (fresh,) = await take(queue, clock)
    with pytest.raises(Fenced):
        await queue.renew(stale.leases, clock.now() + MINUTE)
    with pytest.raises(Fenced):
        await queue.begin(stale.leases, clock.now() + MINUTE)
    report = queued(2, "sender1@example.test")
    with pytest.raises(Fenced):
        await queue.record([result(stale.leases[0], Outcome.DELIVERED)], [report])
    with pytest.raises(Fenced):
        await queue.record([result(fresh.leases[0], Outcome.DELIVERED), result(stale.leases[1], Outcome.DELIVERED)], [report])
    assert [row.state for row in await queue.rows()] == [RecipientState.WAITING] * 2
    await queue.record([result(lease, Outcome.DELIVERED) for lease in fresh.leases])
    assert await queue.rows() == []
    with pytest.raises(Fenced):
        await queue.record([result(fresh.leases[0], Outcome.DELIVERED)])


async def test_a_result_counts_once(queue: Queue, clock: FakeClock) -> None:
    await queue.enqueue(queued(1, "a@x.test"))
    (leased,) = await take(queue, clock)
    attempt = result(leased.leases[0], Outcome.RETRY, retry_at=clock.now() + MINUTE)
    with pytest.raises(Fenced):
        await queue.record([attempt, attempt])
    await queue.record([attempt])
    with pytest.raises(Fenced):
        await queue.record([attempt])
    assert [row.attempts for row in await queue.rows()] == [1]


async def test_a_runner_that_died_while_transmitting_leaves_a_possible_duplicate(queue: Queue, clock: FakeClock) -> None:
    await queue.enqueue(queued(1, "a@x.test", "b@x.test"))
    (leased,) = await take(queue, clock)
    await queue.begin(leased.leases[:1], clock.now() + MINUTE)
    clock.advance(MINUTE)
    (again,) = await take(queue, clock)
    assert again.possible_duplicates == (True, False)
    await queue.record([result(lease, Outcome.RETRY, retry_at=clock.now()) for lease in again.leases])
    (third,) = await take(queue, clock)
    assert third.possible_duplicates == (False, False)


# results


async def test_every_outcome_ends_or_repeats(queue: Queue, clock: FakeClock) -> None:
    await queue.enqueue(queued(1, *(f"{outcome}@x.test" for outcome in Outcome)))
    (leased,) = await take(queue, clock)
    await queue.record(
        [
            result(lease, outcome, reply=f"answer to {outcome}", retry_at=clock.now() + MINUTE)
            for lease, outcome in zip(leased.leases, Outcome, strict=True)
        ]
    )
    rows = {row.address: row for row in await queue.rows()}
    assert {address.partition("@")[0]: str(row.state) for address, row in rows.items()} == {
        "delivered": "delivered",
        "relayed": "delivered",
        "expanded": "delivered",
        "retry": "waiting",
        "failed": "failed",
    }
    assert rows["retry@x.test"].last_reply == "answer to retry"
    assert [recipient.address for recipient in (await queue.message(queue_id(1))).recipients] == ["retry@x.test"]
    assert await take(queue, clock) == []
    assert await queue.next_due() == clock.now() + MINUTE
    clock.advance(MINUTE)
    (again,) = await take(queue, clock)
    assert (addresses([again]), again.attempts) == ([["retry@x.test"]], (1,))


async def test_that_the_sender_knows_of_a_delay_is_not_forgotten(queue: Queue, clock: FakeClock) -> None:
    await queue.enqueue(queued(1, "a@x.test"))
    for delay_notified in (True, False):
        (leased,) = await take(queue, clock)
        await queue.record([result(leased.leases[0], Outcome.RETRY, retry_at=clock.now(), delay_notified=delay_notified)])
    (leased,) = await take(queue, clock)
    assert leased.delay_notified == (True,)
    assert leased.attempts == (2,)


async def test_a_message_goes_with_its_last_recipient(queue: Queue, clock: FakeClock) -> None:
    await queue.enqueue(queued(1, "a@x.test", "b@y.test"))
    for item in await take(queue, clock):
        assert [row.id for row in await queue.rows()] == [queue_id(1)] * 2
        await queue.record([result(item.leases[0], Outcome.DELIVERED)])
    assert await queue.rows() == []
    with pytest.raises(NotFound):
        await queue.message(queue_id(1))


async def test_a_notification_comes_with_the_result_that_causes_it(queue: Queue, clock: FakeClock) -> None:
    await queue.enqueue(queued(1, "a@x.test"))
    (leased,) = await take(queue, clock)
    report = queued(2, "sender1@example.test", reverse_path="")
    await queue.record([result(leased.leases[0], Outcome.FAILED)], [report])
    assert await queue.message(queue_id(2)) == report
    assert [(row.id, row.reverse_path) for row in await queue.rows()] == [(queue_id(2), "")]


# looking


async def test_rows_tell_where_each_recipient_stands(queue: Queue, clock: FakeClock) -> None:
    await queue.enqueue(queued(1, "a@x.test", content=Content(OCTETS).with_prefix(b"X: y\r\n")))
    (row,) = await queue.rows()
    assert (row.id, row.trace_id, row.reverse_path) == (queue_id(1), queued(1).trace_id, "sender1@example.test")
    assert (row.address, row.destination, row.state, row.attempts) == ("a@x.test", "x.test", RecipientState.WAITING, 0)
    assert (row.received_at, row.next_attempt_at) == (clock.now(), clock.now())
    assert (row.size_octets, row.last_reply) == (len(OCTETS) + 6, "")


async def test_rows_come_in_pages_by_message(queue: Queue) -> None:
    for number in (3, 1, 2):
        await queue.enqueue(queued(number, f"a{number}@x.test", f"b{number}@x.test"))
    assert [row.address for row in await queue.rows(limit=4)] == ["a1@x.test", "b1@x.test", "a2@x.test", "b2@x.test"]
    assert [row.address for row in await queue.rows(after=Position(queue_id(2), 9))] == ["a3@x.test", "b3@x.test"]


async def test_rows_are_found_by_sender_address_and_state(queue: Queue) -> None:
    record = b'{"verdict":"clean"}'
    await queue.enqueue(queued(1, "alice@x.test", "bob@y.test", reverse_path="Carol@Example.net", record=record))
    await queue.enqueue(queued(2, "a_b@x.test", "100%@y.test", reverse_path="", envelope_id="dora", record=record))
    await queue.change([(queue_id(1), "bob@y.test")], "hold")

    async def found(pattern: str, state: RecipientState | None = None) -> list[str]:
        return [row.address for row in await queue.rows(Wanted(pattern, state=state))]

    assert await found("x.test") == ["alice@x.test", "bob@y.test", "a_b@x.test"][::2]
    assert await found("ALICE") == ["alice@x.test"]
    assert await found("carol@example") == ["alice@x.test", "bob@y.test"]
    assert await found("", RecipientState.HELD) == ["bob@y.test"]
    assert await found("alice", RecipientState.HELD) == []
    # Signs that mean something to a database, and words of the message that are neither sender nor recipient.
    assert await found("_") == ["a_b@x.test"]
    assert await found("%") == ["100%@y.test"]
    for word in ("clean", "dora", "Subject", "trace"):
        assert await found(word) == []


# changing by hand


async def test_held_recipients_wait_until_they_are_released(queue: Queue, clock: FakeClock) -> None:
    await queue.enqueue(queued(1, "a@x.test", "b@x.test"))
    assert await queue.change([(queue_id(1), "a@x.test")], "hold") == 1
    assert await queue.change([(queue_id(1), "a@x.test")], "hold") == 0
    assert addresses(await take(queue, clock)) == [["b@x.test"]]
    clock.advance(10 * MINUTE)
    assert await queue.change([(queue_id(1), "")], "release") == 1
    assert addresses(await take(queue, clock)) == [["a@x.test", "b@x.test"]]


async def test_retry_makes_due_at_once(queue: Queue, clock: FakeClock) -> None:
    await queue.enqueue(queued(1, "a@x.test"))
    (leased,) = await take(queue, clock)
    await queue.record([result(leased.leases[0], Outcome.RETRY, retry_at=clock.now() + 60 * MINUTE)])
    assert await take(queue, clock) == []
    assert await queue.change([(queue_id(1), "")], "retry") == 1
    assert addresses(await take(queue, clock)) == [["a@x.test"]]


async def test_another_way_can_be_given(queue: Queue, clock: FakeClock) -> None:
    await queue.enqueue(queued(1, "a@x.test", "b@x.test"))
    assert await queue.change([(queue_id(1), "b@x.test")], "reroute", "smtp://backup.test:25") == 1
    assert sorted(await queue.due_destinations(clock.now())) == ["smtp://backup.test:25", "x.test"]
    (leased,) = await take(queue, clock, "smtp://backup.test:25")
    assert [(item.address, item.destination) for item in leased.message.recipients] == [("b@x.test", "smtp://backup.test:25")]
    kept = await queue.message(queue_id(1))
    assert [recipient.destination for recipient in kept.recipients] == ["x.test", "smtp://backup.test:25"]


async def test_purged_recipients_are_gone_with_their_message(queue: Queue, clock: FakeClock) -> None:
    await queue.enqueue(queued(1, "a@x.test", "b@x.test", "c@x.test"))
    await queue.enqueue(queued(2, "d@x.test"))
    await queue.change([(queue_id(1), "b@x.test")], "hold")
    assert await queue.change([(queue_id(1), "a@x.test")], "purge") == 1
    assert addresses(await take(queue, clock, limit=1)) == [["c@x.test"]]
    assert await queue.change([(queue_id(1), "")], "purge") == 1, "what a runner works on is left alone"
    clock.advance(MINUTE)
    assert await queue.change([(queue_id(1), ""), (QueueId(b"x" * 16), "")], "purge") == 1
    assert [row.id for row in await queue.rows()] == [queue_id(2)]


@pytest.mark.parametrize("verb", ["retry", "hold", "purge", "reroute"])
async def test_what_a_runner_works_on_is_left_alone(queue: Queue, clock: FakeClock, verb: str) -> None:
    await queue.enqueue(queued(1, "a@x.test"))
    (leased,) = await take(queue, clock)
    assert await queue.change([(queue_id(1), "")], verb, "other.test") == 0
    await queue.record([result(leased.leases[0], Outcome.DELIVERED)])
    assert await queue.rows() == []


async def test_a_runner_whose_lease_ended_does_not_change_what_was_held(queue: Queue, clock: FakeClock) -> None:
    await queue.enqueue(queued(1, "a@x.test"))
    (leased,) = await take(queue, clock)
    clock.advance(MINUTE)
    assert await queue.change([(queue_id(1), "")], "hold") == 1
    with pytest.raises(Fenced):
        await queue.record([result(leased.leases[0], Outcome.FAILED)])


async def test_a_verb_nobody_knows(queue: Queue) -> None:
    with pytest.raises(Invalid):
        await queue.change([(queue_id(1), "")], "forget")

    with pytest.raises(Invalid):
        await queue.change_some(Wanted(), "forget")


async def test_what_is_more_urgent_goes_first(queue: Queue, clock: FakeClock) -> None:
    for number, priority in ((1, 0), (2, -3), (3, 6), (4, 6)):
        await queue.enqueue(
            queued(number, "a@x.test", f"b{number}@y{number}.test", priority=priority, at=clock.now() - 10 + number)
        )
    assert await queue.due_destinations(clock.now()) == ["x.test", "y3.test", "y4.test", "y1.test", "y2.test"]
    taken = [(await take(queue, clock, "x.test", limit=1))[0].message for _ in range(4)]
    assert [message.id for message in taken] == [queue_id(number) for number in (3, 4, 1, 2)]
    assert [message.priority for message in taken] == [6, 6, 0, -3]


async def test_what_came_last_can_be_asked_for(queue: Queue, clock: FakeClock) -> None:
    for number in range(1, 6):
        await queue.enqueue(queued(number, "a@x.test", f"b@y{number}.test", at=clock.now() - 10 + number))
    assert (await queue.due_destinations(clock.now(), 2, newest=True))[1:] == ["y5.test"]
    assert (await queue.due_destinations(clock.now(), 2))[1:] == ["y1.test"]
    (leased,) = await queue.lease(["x.test"], 1, clock.now(), clock.now() + MINUTE, newest=True)
    assert leased.message.id == queue_id(5)
    (leased,) = await queue.lease(["x.test"], 1, clock.now(), clock.now() + MINUTE)
    assert leased.message.id == queue_id(1)


async def test_a_release_time_is_waited_for(queue: Queue, clock: FakeClock) -> None:
    message = queued(1, "a@x.test", release_at=clock.now() + 60, deliver_by=clock.now() + 90, deliver_mode="RT", require_tls=True)
    await queue.enqueue(message)
    assert await queue.message(queue_id(1)) == message
    assert await queue.due_destinations(clock.now()) == []
    assert await queue.next_due() == clock.now() + 60
    clock.advance(60)
    assert addresses(await take(queue, clock)) == [["a@x.test"]]


async def test_rows_are_found_by_each_side_of_the_envelope(queue: Queue) -> None:
    await queue.enqueue(queued(1, "alice@x.test", "bob@y.test", reverse_path="Carol@Example.net"))
    await queue.enqueue(queued(2, "carol@x.test", "dora@sub.x.test", reverse_path=""))

    async def found(**wanted: str) -> list[str]:
        return [row.address for row in await queue.rows(Wanted(**wanted))]  # type: ignore[arg-type]

    assert await found(sender="carol") == ["alice@x.test", "bob@y.test"]
    assert await found(sender="<>") == ["carol@x.test", "dora@sub.x.test"]
    assert await found(recipient="carol") == ["carol@x.test"]
    assert await found(domain="X.test") == ["alice@x.test", "carol@x.test"]
    assert await found(sender="carol", domain="y.test") == ["bob@y.test"]


async def test_very_many_are_changed_in_portions(queue: Queue) -> None:
    for number in range(5):
        await queue.enqueue(queued(number, *(f"a{n}@x.test" for n in range(500)), reverse_path=f"s{number % 2}@example.test"))
    done = await queue.change_some(Wanted(sender="s0"), "purge")
    assert done.count in {500, 1_000}
    count, place = done.count, done.after
    while place is not None:
        done = await queue.change_some(Wanted(sender="s0"), "purge", after=place)
        count, place = count + done.count, done.after
    assert count == 1_500
    assert {row.id for row in await queue.rows(limit=5_000)} == {queue_id(1), queue_id(3)}
    assert len(await queue.rows(after=Position(queue_id(1), 450))) == 549
    assert (await queue.rows(Wanted(), START, 3))[-1].number == 2
