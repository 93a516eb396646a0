"""Stopping a mailbox that seems to be in other hands."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from tests.support.mail_house import DOMAIN, MailHouse, mail_house

from posthouse.adapters.outgoing.database import OutgoingDatabase
from posthouse.adapters.system.entropy import SystemEntropy
from posthouse.formats.address.value import Address
from posthouse.foundation.errors import Unavailable
from posthouse.foundation.ids import AccountId, DeliveryId, QueueId, TraceId
from posthouse.model.account import Account
from posthouse.model.content import Content
from posthouse.model.delivery import QueuedMessage, Recipient, RecipientState
from posthouse.model.traffic.sending import SEND_HIJACK, SEND_HIJACK_ACTIONS, SEND_LIMITS
from posthouse.ports.outgoing import Allowance, Sending, Signs, Spent
from posthouse.services.brakes.braking import BrakeParts, Brakes, SendingStopped
from posthouse.services.brakes.limits import SendingLimited
from posthouse.services.letters.writing import LetterParts, Letters
from posthouse.services.receive.reception import Client, Expected, Reception, Sender, Wanted
from posthouse.services.receive.recipients import Resolved
from posthouse.services.trust.signing import Signer

CLIENT = Client("192.0.2.7", "pc", "ESMTPSA")


class Desk:
    """Brakes over a house."""

    def __init__(self, house: MailHouse, folder: Path) -> None:
        self.house = house
        self.outgoing = OutgoingDatabase(folder / "outgoing.db")
        signer = Signer(house.directory, house.vault, house.settings, house.spool, house.clock)
        letters = Letters(LetterParts("mx.example.test", house.directory, house.queue, signer, house.clock, SystemEntropy()))
        parts = BrakeParts(house.directory, self.outgoing, {0: house.queue}, letters, house.settings, house.clock)
        self.parts, self.brakes = parts, Brakes(parts)

    async def alice(self) -> Account:
        account = await self.house.directory.account_at(f"alice@{DOMAIN}")
        assert account is not None
        return account

    def reception(self, *names: str, turned_away: int = 0) -> Reception:
        made = self.house.receiver.begin(CLIENT, Sender(Address("alice", DOMAIN)))
        made.recipients = [Expected(Wanted(Address(name, "x.example")), Resolved()) for name in names]
        made.turned_away = turned_away
        return made

    async def spend(self, *names: str, turned_away: int = 0) -> None:
        await self.brakes.spend(await self.alice(), self.reception(*names, turned_away=turned_away))


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with mail_house(tmp_path) as house:
        made = Desk(house, tmp_path)
        yield made
        await asyncio.to_thread(made.outgoing.stop)


async def enqueue(desk: Desk, sender: str, number: int) -> None:
    id_ = b"%016d" % number
    recipient = Recipient("x@far.example", delivery_id=DeliveryId(id_), destination="far.example")
    await desk.house.queue.enqueue(QueuedMessage(QueueId(id_), TraceId(id_), sender, Content(b"x"), (recipient,), 1.0))


async def test_a_limit_says_which_how_much_and_when(desk: Desk) -> None:
    await desk.house.set(SEND_LIMITS, {"hour": 2})
    await desk.spend("a", "b")
    with pytest.raises(
        SendingLimited, match=r"the limit of this mailbox is 2 recipients in an hour: 2 used, free at \d\d:\d\d UTC"
    ):
        await desk.spend("c")
    await desk.house.directory.put_setting(f"domain:{DOMAIN}", SEND_LIMITS.key, msgspec.json.encode({}))
    await desk.house.settings.refresh()
    await desk.spend("c")


@pytest.mark.parametrize("action", ["hold", "purge"])
async def test_what_it_has_in_the_queue_is_held_or_purged(desk: Desk, action: str) -> None:
    await desk.house.alias("a", f"alice@{DOMAIN}")
    for number, sender in enumerate((f"alice@{DOMAIN}", f"a@{DOMAIN}", f"malice@{DOMAIN}", f"bob@{DOMAIN}")):
        await enqueue(desk, sender, number)
    await desk.house.set(SEND_HIJACK, {"new": 3})
    await desk.house.set(SEND_HIJACK_ACTIONS, [action])
    await desk.spend("a", "b", "c")
    states = {row.reverse_path.partition("@")[0]: row.state for row in await desk.house.queue.rows() if "far" in row.address}
    others = {"malice": RecipientState.WAITING, "bob": RecipientState.WAITING}
    held = {"alice": RecipientState.HELD, "a": RecipientState.HELD}
    assert states == (others | held if action == "hold" else others)
    assert (await desk.alice()).sending_stopped == "", "that is another action"


async def test_secrets_are_taken_away_and_people_told(desk: Desk) -> None:
    alice = msgspec.structs.replace(await desk.alice(), recovery_address="alice@home.example", language="de")
    await desk.house.directory.replace_account(alice)
    await desk.house.set(SEND_HIJACK, {"failures": 2})
    await desk.house.set(SEND_HIJACK_ACTIONS, ["suspend", "app-passwords", "notify"])
    with pytest.raises(SendingStopped, match="2 recipients that do not exist in an hour; ask your administrator"):
        await desk.spend("a", turned_away=2)
    stopped = await desk.alice()
    assert stopped.credential_epoch > alice.credential_epoch
    assert [each.kind for each in await desk.house.directory.credentials(alice.id)] == []
    rows = {row.address: row.id for row in await desk.house.queue.rows()}
    assert set(rows) == {f"admin@{DOMAIN}", "alice@home.example"}
    letter = (await desk.house.queue.read(rows["alice@home.example"])).decode()
    assert "Das Senden von alice@example.test wurde angehalten" in letter.replace("=\r\n", "")
    assert "posthouse account restore alice@example.test --release" in letter.replace("=\r\n", "")
    with pytest.raises(SendingStopped):
        await desk.spend("b")


async def test_failures_elsewhere_count_for_who_has_sent(desk: Desk) -> None:
    await desk.house.alias("a", f"alice@{DOMAIN}")
    await desk.house.set(SEND_HIJACK, {"failures": 3})
    for reverse_path in ("", "nonsense", "eve@x.example", f"nobody@{DOMAIN}"):
        await desk.brakes.failed(reverse_path, 9)
    await desk.brakes.failed(f"A@{DOMAIN}", 1)
    assert (await desk.alice()).sending_stopped == ""
    await desk.brakes.failed(f"alice@{DOMAIN}", 2)
    assert (await desk.alice()).sending_stopped == "3 recipients that do not exist in an hour"


class Away:
    """A keeper that is silent."""

    async def spend(self, sending: Sending, allowances: list[Allowance], now: float) -> Spent:
        del sending, allowances, now
        raise Unavailable("the keeper is away")

    async def failed(self, account: AccountId, count: int, now: float) -> Signs:
        del account, count, now
        raise Unavailable("the keeper is away")


async def test_a_silent_keeper_lets_everybody_send(desk: Desk) -> None:
    brakes = Brakes(replace(desk.parts, outgoing=Away()))  # type: ignore[arg-type]  # it has what is asked of it here
    await brakes.spend(await desk.alice(), desk.reception("a", turned_away=3))
    await brakes.failed(f"alice@{DOMAIN}", 100)
    assert (await desk.alice()).sending_stopped == ""


async def test_where_sending_goes_on_nobody_is_told_with_each_message(desk: Desk) -> None:
    await desk.house.set(SEND_HIJACK, {"new": 3})
    await desk.house.set(SEND_HIJACK_ACTIONS, ["notify"])
    await desk.spend("a", "b", "c")
    for name in ("d", "e"):
        await desk.spend(name)
    assert [row.address for row in await desk.house.queue.rows()] == [f"admin@{DOMAIN}"]
