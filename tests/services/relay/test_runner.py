"""The runner with a real queue and real accounts; only the other servers are canned."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from msgspec.structs import replace
from tests.support.fakes import FakeClock
from tests.support.mail_house import MailHouse, mail_house
from tests.support.relay import CannedTransmitter, everybody, relay_parts
from tests.support.waiting import eventually

from posthouse.formats.dsn.parse import parse_notification
from posthouse.formats.dsn.value import Action
from posthouse.formats.mime.scanner import scan
from posthouse.foundation.errors import Fenced, Unavailable
from posthouse.foundation.ids import DeliveryId, QueueId, TraceId
from posthouse.model.content import Content
from posthouse.model.delivery import Notify, QueuedMessage, Recipient
from posthouse.model.settings.relay import (
    QUEUE_DELAY_SECONDS,
    QUEUE_DOUBLE_BOUNCES,
    QUEUE_LIFETIME_SECONDS,
    QUEUE_PARALLEL,
    QUEUE_PER_DESTINATION,
    QUEUE_PER_HOST,
    ROUTES,
)
from posthouse.ports.transmitter import Result, Route, Transmission
from posthouse.services.receive.acceptance import LOCAL
from posthouse.services.relay.runner import Runner

MESSAGE = b"Subject: hello\r\n\r\nhello\r\n"
ALICE = "alice@example.test"
FAR = "elsewhere.example"


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[MailHouse]:
    async with mail_house(tmp_path) as made:
        yield made


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


def queued(
    clock: FakeClock, *recipients: Recipient, sender: str = ALICE, octets: bytes = MESSAGE, number: int = 1
) -> QueuedMessage:
    id_ = b"message-%08d" % number
    return QueuedMessage(QueueId(id_), TraceId(id_), sender, Content(octets), recipients, clock.now(), envelope_id="QQ")


def local(name: str, **more: object) -> Recipient:
    return Recipient(f"{name}@example.test", destination=LOCAL, delivery_id=DeliveryId(name.encode()), **more)  # type: ignore[arg-type]  # spelled out in each test


def far(name: str, **more: object) -> Recipient:
    return Recipient(f"{name}@{FAR}", destination=FAR, **more)  # type: ignore[arg-type]  # as above


@asynccontextmanager
async def running(house: MailHouse, transmitter: CannedTransmitter, clock: FakeClock) -> AsyncIterator[Runner]:
    runner = Runner(relay_parts(house, transmitter, clock))
    await runner.start()
    try:
        yield runner
    finally:
        await runner.stop()


async def until_idle(house: MailHouse, runner: Runner) -> None:
    """Wait until nothing is due and nothing is under way."""

    async def idle() -> bool:
        due = await house.queue.next_due()
        return runner.working == 0 and (due is None or due > runner._parts.clock.now())

    await eventually(idle)


async def test_local_recipients_are_delivered_at_once(house: MailHouse, clock: FakeClock) -> None:
    async with running(house, CannedTransmitter(), clock) as runner:
        await house.queue.enqueue(queued(clock, local("alice"), local("bob")))
        await until_idle(house, runner)
    assert await house.inbox("alice") == await house.inbox("bob") == [b"Return-Path: <alice@example.test>\r\n" + MESSAGE]
    assert await house.queue.rows() == []
    assert {event.step for event in house.trace.events} == {"delivered"}


async def test_our_own_trouble_is_tried_again_soon(house: MailHouse, clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> None:
    async def away(*_: object) -> None:
        raise Unavailable("the owner is away")

    deliver = house.accounts.deliver
    monkeypatch.setattr(house.accounts, "deliver", away)
    async with running(house, CannedTransmitter(), clock) as runner:
        await house.queue.enqueue(queued(clock, local("alice")))
        await until_idle(house, runner)
        (row,) = await house.queue.rows()
        assert (row.last_reply, row.state) == ("the owner is away", "waiting")
        assert clock.now() + 5 <= row.next_attempt_at < clock.now() + 6
        monkeypatch.setattr(house.accounts, "deliver", deliver)
        clock.advance(6)
        runner._awake.set()
        await until_idle(house, runner)
    assert len(await house.inbox("alice")) == 1


async def test_a_replay_delivers_nothing_twice(house: MailHouse, clock: FakeClock) -> None:
    for number in (1, 2):
        async with running(house, CannedTransmitter(), clock) as runner:
            await house.queue.enqueue(queued(clock, local("alice"), number=number))
            await until_idle(house, runner)
    assert len(await house.inbox("alice")) == 1


async def test_recipients_elsewhere_go_in_one_transaction(house: MailHouse, clock: FakeClock) -> None:
    transmitter = CannedTransmitter()
    async with running(house, transmitter, clock) as runner:
        await house.queue.enqueue(queued(clock, far("eve"), far("mallory"), local("bob")))
        await until_idle(house, runner)
    ((route, transmission),) = transmitter.asked
    assert route.words == "smtp://mx1.elsewhere.example:25"
    assert [recipient.address for recipient in transmission.recipients] == [f"eve@{FAR}", f"mallory@{FAR}"]
    assert transmission.envelope_id == "QQ"
    assert await house.queue.rows() == []
    assert await house.inbox("alice") == []


async def test_the_next_server_is_asked_only_where_nobody_was_reached(house: MailHouse, clock: FakeClock) -> None:
    def says(route: Route, transmission: Transmission) -> list[Result]:
        if route.host.startswith("mx1"):
            return [Result(0 if "eve" in r.address else 450, "", "said", route.host) for r in transmission.recipients]
        return [Result(250, "", "ok", route.host) for _ in transmission.recipients]

    transmitter = CannedTransmitter(says)
    async with running(house, transmitter, clock) as runner:
        await house.queue.enqueue(queued(clock, far("eve"), far("mallory")))
        await until_idle(house, runner)
    assert [(route.host[:3], len(sent.recipients)) for route, sent in transmitter.asked] == [("mx1", 2), ("mx2", 1)]
    ((row),) = [row for row in await house.queue.rows() if row.state == "waiting"]
    assert (row.address, row.attempts, row.last_reply) == (f"mallory@{FAR}", 1, "450 said")
    assert clock.now() + 60 <= row.next_attempt_at <= clock.now() + 66


async def test_a_message_that_may_have_arrived_is_not_sent_to_the_next_server(house: MailHouse, clock: FakeClock) -> None:
    transmitter = CannedTransmitter(everybody(0, uncertain=True))
    async with running(house, transmitter, clock) as runner:
        await house.queue.enqueue(queued(clock, far("eve")))
        await until_idle(house, runner)
    assert len(transmitter.asked) == 1


async def test_failures_are_reported_to_the_sender(house: MailHouse, clock: FakeClock) -> None:
    octets = MESSAGE.replace(b"Subject", b"Message-ID: <one@example.test>\r\nSubject")
    eve = far("eve", original_recipient="rfc822;Eve@old.example", final_recipient="eve@list.example.test")
    async with running(house, CannedTransmitter(everybody(550, "5.1.1", "nobody")), clock) as runner:
        await house.queue.enqueue(queued(clock, eve, far("mallory", notify=Notify.NEVER), octets=octets))
        await until_idle(house, runner)
    (notice,) = await house.inbox("alice")
    assert notice.startswith(b"Return-Path: <>\r\n")
    found = parse_notification(notice, scan(notice))
    assert found is not None
    assert found.original_message_id == b"<one@example.test>"
    assert found.status.original_envelope_id == "QQ"
    (status,) = found.status.recipients
    assert (status.action, status.status, status.final_recipient) == (Action.FAILED, "5.1.1", "eve@list.example.test")
    assert status.original_recipient == "Eve@old.example"
    assert status.diagnostic_code == "550 5.1.1 nobody"
    assert b"\r\nhello\r\n" in notice
    assert await house.queue.rows() == []


@pytest.mark.parametrize("sender", ["", "nobody@example.test", "not an address"])
async def test_there_are_no_loops_of_notifications(house: MailHouse, clock: FakeClock, sender: str) -> None:
    async with running(house, CannedTransmitter(everybody(550)), clock) as runner:
        await house.queue.enqueue(queued(clock, far("eve"), sender=sender))
        await until_idle(house, runner)
    assert await house.queue.rows() == []
    assert await house.inbox("alice") == []


async def test_a_notification_that_cannot_be_delivered_ends_there(house: MailHouse, clock: FakeClock) -> None:
    transmitter = CannedTransmitter(everybody(550))
    async with running(house, transmitter, clock) as runner:
        await house.queue.enqueue(queued(clock, local("nobody"), sender=f"eve@{FAR}"))
        await until_idle(house, runner)
    ((_, notice),) = transmitter.asked
    assert notice.reverse_path == ""
    assert notice.recipients[0].notify == Notify.NEVER
    assert await house.queue.rows() == []


async def test_success_notices(house: MailHouse, clock: FakeClock) -> None:
    async with running(house, CannedTransmitter(), clock) as runner:
        await house.queue.enqueue(queued(clock, local("bob", notify=Notify.SUCCESS), far("eve", notify=Notify.SUCCESS)))
        await until_idle(house, runner)
    actions = set()
    for notice in await house.inbox("alice"):
        found = parse_notification(notice, scan(notice))
        assert found is not None
        actions |= {recipient.action for recipient in found.status.recipients}
        assert b"text/rfc822-headers" in notice
    assert actions == {Action.DELIVERED, Action.RELAYED}


async def test_delay_warning_then_expiry(house: MailHouse, clock: FakeClock) -> None:
    await house.set(QUEUE_DELAY_SECONDS, 300)
    await house.set(QUEUE_LIFETIME_SECONDS, 1_000)
    subjects = []
    async with running(house, CannedTransmitter(everybody(450)), clock) as runner:
        await house.queue.enqueue(queued(clock, far("eve")))
        for _ in range(12):
            await until_idle(house, runner)
            clock.advance(120)
            runner._awake.set()
        await until_idle(house, runner)
    for notice in await house.inbox("alice"):
        found = parse_notification(notice, scan(notice))
        assert found is not None
        subjects.append(found.status.recipients[0].action)
    assert subjects == [Action.DELAYED, Action.FAILED]
    assert await house.queue.rows() == []


async def test_no_more_at_once_than_the_settings_allow(house: MailHouse, clock: FakeClock) -> None:
    await house.set(QUEUE_PER_DESTINATION, 2)
    running_now, most = 0, 0

    class Slow(CannedTransmitter):
        async def transmit(self, route: Route, transmission: Transmission) -> list[Result]:
            nonlocal running_now, most
            running_now += 1
            most = max(most, running_now)
            await asyncio.sleep(0.01)
            running_now -= 1
            return [Result(250, "", "ok", "mx")]

    for number in range(8):
        await house.queue.enqueue(queued(clock, far("eve"), number=number))
    async with running(house, Slow(), clock) as runner:
        await until_idle(house, runner)
    assert most == 2
    assert await house.queue.rows() == []


async def test_slow_servers_do_not_hold_up_local_deliveries(house: MailHouse, clock: FakeClock) -> None:
    await house.set(QUEUE_PARALLEL, 1)
    release = asyncio.Event()

    class Stuck(CannedTransmitter):
        async def transmit(self, route: Route, transmission: Transmission) -> list[Result]:
            self.asked.append((route, transmission))
            await release.wait()
            return [Result(250, "", "ok", "mx")]

    stuck = Stuck()
    async with running(house, stuck, clock) as runner:
        await house.queue.enqueue(queued(clock, far("eve")))
        await eventually(lambda: bool(stuck.asked))
        await house.queue.enqueue(queued(clock, far("mallory"), local("bob"), number=2))
        await eventually(lambda: any(event.step == "delivered" for event in house.trace.events))
        assert len(stuck.asked) == 1
        release.set()
        await until_idle(house, runner)
    assert await house.queue.rows() == []


async def test_an_unreachable_destination_rests(house: MailHouse, clock: FakeClock) -> None:
    await house.set(QUEUE_PER_DESTINATION, 1)
    transmitter = CannedTransmitter(everybody(0))
    for number in range(5):
        await house.queue.enqueue(queued(clock, far("eve"), number=number))
    async with running(house, transmitter, clock) as runner:
        await eventually(lambda: len(transmitter.asked) == 2 and runner.working == 0)
        transmitter.says = everybody(250)
        clock.advance(31)
        runner._awake.set()
        await until_idle(house, runner)
    assert [route.host[:3] for route, _ in transmitter.asked] == ["mx1", "mx2"] + ["mx1"] * 4


async def test_a_change_by_hand_ends_the_rest(house: MailHouse, clock: FakeClock) -> None:
    await house.set(QUEUE_PER_DESTINATION, 1)
    transmitter = CannedTransmitter(everybody(0))
    for number in range(2):
        await house.queue.enqueue(queued(clock, far("eve"), number=number))
    async with running(house, transmitter, clock) as runner:
        await eventually(lambda: len(transmitter.asked) == 2 and runner.working == 0)
        assert await house.queue.change([(QueueId(b"message-%08d" % 0), "")], "retry") == 1
        await eventually(lambda: len(transmitter.asked) == 4)  # the other message, at both servers


async def test_a_stale_runner_records_nothing(house: MailHouse, clock: FakeClock) -> None:
    release = asyncio.Event()

    class Stuck(CannedTransmitter):
        async def transmit(self, route: Route, transmission: Transmission) -> list[Result]:
            self.asked.append((route, transmission))
            await release.wait()
            return [Result(550, "", "no", "mx")]

    stuck, other = Stuck(), CannedTransmitter()
    await house.queue.enqueue(queued(clock, far("eve")))
    async with running(house, stuck, clock):
        await eventually(lambda: bool(stuck.asked))
        clock.advance(121)
        async with running(house, other, clock) as runner:
            await until_idle(house, runner)
        release.set()
        await asyncio.sleep(0.05)
    assert len(other.asked) == 1
    assert await house.inbox("alice") == []
    assert any("possible duplicate" in event.text for event in house.trace.events)
    assert not any(event.step == "failed" for event in house.trace.events)


async def test_a_lost_lease_breaks_the_transmission_off(
    house: MailHouse, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("posthouse.services.relay.attempt.LEASE_SECONDS", 0.06)
    broken_off = asyncio.Event()

    class Endless(CannedTransmitter):
        async def transmit(self, route: Route, transmission: Transmission) -> list[Result]:
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                broken_off.set()
                raise
            return []

    async def renew(*_: object) -> None:
        raise Fenced("another runner has it")

    monkeypatch.setattr(house.queue, "renew", renew)
    await house.queue.enqueue(queued(clock, far("eve")))
    async with running(house, Endless(), clock):
        async with asyncio.timeout(5):
            await broken_off.wait()


async def test_what_has_not_begun_is_given_back_at_once(house: MailHouse, clock: FakeClock) -> None:
    asked = asyncio.Event()
    parts = relay_parts(house, CannedTransmitter(), clock)

    async def never(_: str) -> list[object]:
        asked.set()
        await asyncio.sleep(60)
        return []

    parts.resolver.mail_exchangers = never  # type: ignore[method-assign,assignment]  # a DNS that does not answer
    await house.queue.enqueue(queued(clock, far("eve")))
    runner = Runner(parts)
    await runner.start()
    async with asyncio.timeout(5):
        await asked.wait()
    for task in tuple(runner._work):
        task.cancel()
    await runner.stop()
    assert await house.queue.next_due() == clock.now()


async def test_a_route_that_is_no_route_waits(house: MailHouse, clock: FakeClock) -> None:
    transmitter = CannedTransmitter()
    async with running(house, transmitter, clock) as runner:
        await house.queue.enqueue(queued(clock, Recipient("a@b.example", destination="b.example")))
        await until_idle(house, runner)
        await house.queue.enqueue(queued(clock, Recipient("a@c.example", destination="gopher://x"), number=2))
        await until_idle(house, runner)
    assert transmitter.asked == []
    (row,) = [row for row in await house.queue.rows() if row.state == "waiting"]
    assert row.destination == "gopher://x"
    (notice,) = await house.inbox("alice")
    assert b"5.1.2" in notice


async def test_a_deadline_that_returns(house: MailHouse, clock: FakeClock) -> None:
    message = replace(queued(clock, far("eve")), deliver_by=clock.now() + 100, deliver_mode="R")
    transmitter = CannedTransmitter(everybody(450))
    async with running(house, transmitter, clock) as runner:
        await house.queue.enqueue(message)
        await until_idle(house, runner)
        (row,) = await house.queue.rows()
        assert row.next_attempt_at <= clock.now() + 100
        ((_, sent),) = transmitter.asked
        assert (sent.deliver_within, sent.deliver_mode) == (100, "R")
        clock.advance(101)
        runner._awake.set()
        await until_idle(house, runner)
    assert len(transmitter.asked) == 1, "what is too late is not sent"
    (notice,) = await house.inbox("alice")
    found = parse_notification(notice, scan(notice))
    assert found is not None
    assert (found.status.recipients[0].action, found.status.recipients[0].status) == (Action.FAILED, "5.4.7")


async def test_a_deadline_that_only_tells(house: MailHouse, clock: FakeClock) -> None:
    message = replace(queued(clock, far("eve")), deliver_by=clock.now() + 100, deliver_mode="N")
    transmitter = CannedTransmitter(everybody(450))
    actions = []
    async with running(house, transmitter, clock) as runner:
        await house.queue.enqueue(message)
        await until_idle(house, runner)
        clock.advance(101)
        runner._awake.set()
        await until_idle(house, runner)
        transmitter.says = everybody(250)
        clock.advance(4_000)
        runner._awake.set()
        await until_idle(house, runner)
    for notice in await house.inbox("alice"):
        found = parse_notification(notice, scan(notice))
        assert found is not None
        actions.append(found.status.recipients[0].action)
    assert actions == [Action.DELAYED, Action.RELAYED], "late, and then passed on to a server that keeps no deadlines"


async def test_a_message_that_wants_tls_comes_back_without_its_body(house: MailHouse, clock: FakeClock) -> None:
    octets = MESSAGE + b"a secret\r\n"
    async with running(house, CannedTransmitter(), clock) as runner:
        await house.queue.enqueue(replace(queued(clock, far("eve"), octets=octets), require_tls=True, return_content="FULL"))
        await until_idle(house, runner)
    (notice,) = await house.inbox("alice")
    assert b"5.7.30" in notice
    assert b"text/rfc822-headers" in notice
    assert b"a secret" not in notice


async def test_what_one_server_lacks_another_may_have(house: MailHouse, clock: FakeClock) -> None:
    second = everybody(250)

    def says(route: Route, transmission: Transmission) -> Sequence[Result]:
        if route.host.startswith("mx1"):
            return [Result(553, "5.6.7", "no SMTPUTF8", route.host, lacking=True)]
        return second(route, transmission)

    for number in range(2):
        transmitter = CannedTransmitter(says)
        async with running(house, transmitter, clock) as runner:
            await house.queue.enqueue(queued(clock, far("eve"), number=number))
            await until_idle(house, runner)
        assert len(transmitter.asked) == 2
        assert await house.queue.rows() == []
        second = everybody(0)
    (notice,) = await house.inbox("alice")
    assert b"5.6.7" in notice


async def test_notifications_that_are_lost_may_go_to_postmaster(house: MailHouse, clock: FakeClock) -> None:
    await house.set(QUEUE_DOUBLE_BOUNCES, "postmaster")
    async with running(house, CannedTransmitter(everybody(550)), clock) as runner:
        await house.queue.enqueue(queued(clock, far("eve", notify=Notify.NEVER), sender=""))
        await until_idle(house, runner)
    (notice,) = await house.inbox("admin")
    assert b"postmaster@mx.example.test" in notice
    assert b"550 said" in notice
    await house.set(QUEUE_DOUBLE_BOUNCES, "drop")
    async with running(house, CannedTransmitter(everybody(550)), clock) as runner:
        await house.queue.enqueue(queued(clock, far("eve"), sender="", number=2))
        await until_idle(house, runner)
    assert len(await house.inbox("admin")) == 1
    assert any("nobody is told" in event.text for event in house.trace.events)


async def test_how_it_was_encrypted_stands_in_the_trace(house: MailHouse, clock: FakeClock) -> None:
    async with running(house, CannedTransmitter(everybody(250, tls="TLSv1.3 X, DANE 3 1 1")), clock) as runner:
        await house.queue.enqueue(queued(clock, far("eve")))
        await until_idle(house, runner)
    assert any("(mx1.elsewhere.example; TLSv1.3 X, DANE 3 1 1)" in event.text for event in house.trace.events)


async def test_domains_at_one_server_share_its_connections(house: MailHouse, clock: FakeClock) -> None:
    await house.set(QUEUE_PER_HOST, 2)
    running_now, most = 0, 0

    class Slow(CannedTransmitter):
        async def transmit(self, route: Route, transmission: Transmission) -> list[Result]:
            nonlocal running_now, most
            running_now += 1
            most = max(most, running_now)
            await asyncio.sleep(0.005)
            running_now -= 1
            return [Result(250, "", "ok", "mx")]

    await house.set(ROUTES, {"*": "smtp://shared.example:25"})
    async with running(house, Slow(), clock) as runner:
        for number in range(8):
            await house.queue.enqueue(
                queued(clock, Recipient(f"a@d{number}.example", destination=f"d{number}.example"), number=number)
            )
        await until_idle(house, runner)
    assert most == 2
    assert await house.queue.rows() == []


async def test_a_server_that_has_had_enough_is_left_alone(house: MailHouse, clock: FakeClock) -> None:
    await house.set(ROUTES, {"*": "smtp://shared.example:25"})
    transmitter = CannedTransmitter(everybody(421, "4.7.0"))
    async with running(house, transmitter, clock) as runner:
        await house.queue.enqueue(queued(clock, far("eve")))
        await until_idle(house, runner)
        transmitter.says = everybody(250)
        await house.queue.enqueue(queued(clock, Recipient("a@b.example", destination="b.example"), number=2))
        await until_idle(house, runner)
        assert len(transmitter.asked) == 1
        clock.advance(100)
        runner._awake.set()
        await until_idle(house, runner)
    assert len(transmitter.asked) == 3
    assert await house.queue.rows() == []


async def test_what_becomes_due_while_one_looks_is_looked_at_again(house: MailHouse, clock: FakeClock) -> None:
    runner = Runner(relay_parts(house, CannedTransmitter(), clock))
    await house.queue.enqueue(replace(queued(clock, far("eve")), release_at=clock.now() + 10))
    looked_at = clock.now()
    clock.advance(10)
    assert await runner._until_next(looked_at) == 0
    assert await runner._until_next(clock.now()) == 30, "it was due then, and waits for a slot"
