"""What is looked at before a recipient is answered: who is let in, refused or asked to come back."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.support.mail_house import DOMAIN, HOSTNAME, MailHouse, mail_house

from posthouse.filters.verdict import read_verdict
from posthouse.formats.address.value import Address
from posthouse.foundation.errors import PosthouseError
from posthouse.model.account import Domain
from posthouse.model.settings.judging import (
    AUTHENTICITY,
    GREYLIST,
    RECEIVE_ALLOW,
    RECEIVE_BLOCK,
    RECEIVE_HELLO,
    RECEIVE_LISTS,
    RECEIVE_REFUSE_WEIGHT,
    RECEIVE_REVERSE_DNS,
    RECEIVE_SENDER_DOMAIN,
)
from posthouse.ports.resolver import NoDns
from posthouse.services.receive.checks.refusals import Blocked, Greylisted, NullMxSender, Undecided, UnknownSender
from posthouse.services.receive.receiver import LoopingMessage
from posthouse.services.receive.reception import Client, Reception, Sender, Wanted

CLIENT = Client("192.0.2.7", "mail.elsewhere.example", "ESMTP")
EVE = Address("eve", "elsewhere.example")
RECORDS = {
    ("7.2.0.192.in-addr.arpa", "PTR"): ["mail.elsewhere.example."],
    ("mail.elsewhere.example", "A"): ["192.0.2.7"],
    ("elsewhere.example", "MX"): ["10 mail.elsewhere.example."],
    ("null.example", "MX"): ["0 ."],
}


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[MailHouse]:
    async with mail_house(tmp_path) as made:
        made.resolver.records.update(RECORDS)
        for setting, value in ((RECEIVE_REVERSE_DNS, True), (RECEIVE_HELLO, "note"), (RECEIVE_SENDER_DOMAIN, "refuse")):
            await made.set(setting, value)
        yield made


async def received(
    house: MailHouse, client: Client = CLIENT, sender: Address | None = EVE, name: str = "alice", domain: str = DOMAIN
) -> Reception:
    """A reception with one recipient. Raises: what it is refused with."""
    reception = house.receiver.begin(client, Sender(sender), judged=True)
    await house.receiver.add_recipient(reception, Wanted(Address(name, domain)))
    return reception


def found(reception: Reception) -> dict[str, str]:
    return {finding.check: finding.result for finding in reception.findings}


async def test_a_good_client_is_let_in_and_what_was_found_is_kept(house: MailHouse) -> None:
    reception = await received(house)
    assert found(reception) == {"iprev": "pass", "hello": "pass"}
    assert reception.client_host == "mail.elsewhere.example"
    reception.intake.add(b"Subject: hello\r\nMessage-ID: <7@elsewhere.example>\r\n\r\nhello\r\n")
    await house.receiver.accept(reception)
    steps = {event.step: event.text for event in house.trace.events}
    assert "iprev pass (mail.elsewhere.example); hello pass" in steps["checks"]
    assert {event.subject for event in house.trace.events if event.step == "delivered"} == {
        "eve@elsewhere.example",
        "192.0.2.7",
        "alice@example.test",
        "7@elsewhere.example",
    }


async def test_a_client_is_looked_up_once(house: MailHouse) -> None:
    await received(house)
    asked = len(house.resolver.asked)
    await received(house)
    again = house.resolver.asked[asked:]
    assert not any("in-addr.arpa" in name for name, _ in again)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        (HOSTNAME, "the name of this server"),
        ("localhost", "no full host name"),
        ("[192.0.2.8]", "not your address"),
        ("nowhere.example", "no such name"),
        ("bad name!", "letters, digits"),
    ],
)
async def test_names_of_clients(house: MailHouse, name: str, words: str) -> None:
    client = Client("192.0.2.7", name, "ESMTP")
    if name != HOSTNAME:  # who says it is us is never let in
        assert found(await received(house, client))["hello"] == "fail"
    await house.set(RECEIVE_HELLO, "refuse")
    with pytest.raises(Blocked, match=words):
        await received(house, client)
    await house.set(RECEIVE_HELLO, "off")
    assert "hello" not in found(await received(house, client))


async def test_an_address_in_brackets_is_a_name(house: MailHouse) -> None:
    await house.set(RECEIVE_HELLO, "refuse")
    assert found(await received(house, Client("192.0.2.7", "[192.0.2.7]", "ESMTP")))["hello"] == "pass"
    assert found(await received(house, Client("2001:db8::1", "[IPv6:2001:db8::1]", "ESMTP")))["hello"] == "pass"


async def test_senders_nobody_can_answer(house: MailHouse) -> None:
    with pytest.raises(UnknownSender, match=r"nowhere\.example"):
        await received(house, sender=Address("eve", "nowhere.example"))
    with pytest.raises(NullMxSender):
        await received(house, sender=Address("eve", "null.example"))
    house.resolver.silent.add("slow.example")
    with pytest.raises(Undecided):
        await received(house, sender=Address("eve", "slow.example"))
    await received(house, sender=None)
    await house.set(RECEIVE_SENDER_DOMAIN, "note")
    assert found(await received(house, sender=Address("eve", "nowhere.example")))["sender"] == "fail"


async def test_everybody_reaches_postmaster(house: MailHouse) -> None:
    reception = await received(house, sender=Address("eve", "nowhere.example"), name="postmaster")
    assert found(reception)["sender"] == "fail"
    with pytest.raises(UnknownSender):
        await house.receiver.add_recipient(reception, Wanted(Address("alice", DOMAIN)))


async def test_dns_lists_weigh(house: MailHouse) -> None:
    await house.set(RECEIVE_LISTS, {"bl.example": 6.0, "other.example:127.0.0.4-7": 4.0, "good.example": -5.0})
    await house.set(RECEIVE_REFUSE_WEIGHT, 9.0)
    records = house.resolver.records
    records["7.2.0.192.bl.example", "A"] = ["127.0.0.2"]
    records["7.2.0.192.bl.example", "TXT"] = ["see https://bl.example/"]
    records["7.2.0.192.other.example", "A"] = ["127.0.0.2"]
    reception = await received(house)
    assert reception.weight == 6.0
    records["7.2.0.192.other.example", "A"] = ["127.0.0.4"]
    await house.set(RECEIVE_REFUSE_WEIGHT, 9.5)  # a change: what is remembered of the client counts no longer
    with pytest.raises(Blocked, match=r"bl\.example 127\.0\.0\.2 see https://bl\.example/; other\.example"):
        await received(house)
    records["7.2.0.192.good.example", "A"] = ["127.0.5.1"]
    await house.set(RECEIVE_LISTS, {"bl.example": 6.0, "other.example:127.0.0.4-7": 4.0, "good.example": -5.0, "x.example": 1.0})
    assert (await received(house)).weight == 5.0


async def test_a_list_that_is_away_says_nothing(house: MailHouse) -> None:
    await house.set(RECEIVE_LISTS, {"bl.example": 10.0})
    house.resolver.silent.add("7.2.0.192.bl.example")
    assert found(await received(house))["list"] == "temperror"


@pytest.mark.parametrize("pattern", ["192.0.2.0/24", "elsewhere.example", "mail.elsewhere.example", "*@elsewhere.example"])
async def test_lists_by_hand(house: MailHouse, pattern: str) -> None:
    await house.set(RECEIVE_BLOCK, [pattern])
    with pytest.raises(Blocked, match="postmaster"):
        await received(house)
    await house.set(RECEIVE_ALLOW, [pattern])
    assert found(await received(house)) | {"allowed": "pass"} == found(await received(house))


async def test_the_lists_of_a_domain_are_its_own(house: MailHouse) -> None:
    await house.directory.add_domain(Domain("other.test", "other.test"))
    await house.directory.put_setting("domain:example.test", RECEIVE_BLOCK.key, b'["*@elsewhere.example"]')
    await house.settings.refresh()
    with pytest.raises(Blocked):
        await received(house)
    await house.directory.put_setting("domain:example.test", RECEIVE_ALLOW.key, b'["192.0.2.7"]')
    await house.settings.refresh()
    await received(house)


async def test_strangers_are_asked_to_come_back(house: MailHouse) -> None:
    await house.set(GREYLIST, True)
    with pytest.raises(Greylisted, match="try again in 60 seconds"):
        await received(house)
    assert house.trace.events[-1].step == "deferred"
    assert "greylist deferred" in house.trace.events[-1].text
    await house.greylist.written("alice@example.test", ["eve@elsewhere.example"], house.clock.now())
    reception = await received(house)
    assert found(reception)["greylist"] == "pass"
    await house.directory.put_setting("domain:example.test", GREYLIST.key, b"false")
    await house.settings.refresh()
    assert "greylist" not in found(await received(house, name="bob"))


async def test_a_greylist_that_is_away_lets_in(house: MailHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    await house.set(GREYLIST, True)

    async def away(*_: object) -> None:
        raise PosthouseError("the keeper is away")

    monkeypatch.setattr(house.greylist, "meet", away)
    assert found(await received(house))["greylist"] == "temperror"


async def test_our_own_people_and_lmtp_are_not_judged(house: MailHouse) -> None:
    reception = house.receiver.begin(Client("192.0.2.7", "localhost", "LMTP"), Sender(Address("x", "nowhere.example")))
    await house.receiver.add_recipient(reception, Wanted(Address("alice", DOMAIN)))
    assert reception.findings == []


async def test_forwarded_mail_leaves_under_our_name_and_its_bounces_come_back(house: MailHouse) -> None:
    await house.alias("away", "carol@third.example", f"bob@{DOMAIN}")
    reception = await received(house, name="away")
    reception.intake.add(b"Subject: hello\r\n\r\nhello\r\n")
    assert await house.receiver.accept(reception) is False
    message = await house.queue.message((await house.queue.rows())[0].id)
    assert message.reverse_path == "eve@elsewhere.example"
    assert message.forward_path.startswith("SRS0=")
    local_part, _, domain = message.forward_path.rpartition("@")
    assert domain == DOMAIN
    bounce = await received(house, sender=None, name=local_part)
    (expected,) = bounce.recipients
    assert expected.resolved.foreign == (EVE,)
    with pytest.raises(PosthouseError, match="nothing but notifications"):
        await received(house, name=local_part)
    with pytest.raises(PosthouseError, match="not made here"):
        await received(house, sender=None, name=local_part.replace("eve", "mallory"))
    assert read_verdict(message.record).sender == "eve@elsewhere.example"


async def test_our_own_mail_is_not_rewritten(house: MailHouse) -> None:
    principal = await house.principal("alice")
    sender = Sender(Address("alice", DOMAIN))
    reception = await house.submitter.begin(principal, CLIENT, sender)
    await house.submitter.add_recipient(reception, Wanted(Address("carol", "third.example")))
    reception.intake.add(b"From: alice@example.test\r\n\r\nhello\r\n")
    await house.submitter.accept(reception)
    message = await house.queue.message((await house.queue.rows())[0].id)
    assert message.forward_path == ""


async def test_what_was_forwarded_from_here_is_not_forwarded_again(house: MailHouse) -> None:
    await house.alias("away", "carol@third.example")
    reception = await received(house, name="away")
    reception.intake.add(b"Subject: hello\r\n\r\nhello\r\n")
    await house.receiver.accept(reception)
    (row,) = await house.queue.rows()
    sent = await house.queue.read(row.id)
    assert b"Delivered-To: away@example.test\r\n" in sent
    again = await received(house, name="Away")
    again.intake.add(sent)
    with pytest.raises(LoopingMessage, match="sends it back"):
        await house.receiver.accept(again)
    elsewhere = await received(house, name="alice")
    elsewhere.intake.add(sent)
    assert await house.receiver.accept(elsewhere)


async def test_an_intranet_without_any_dns_takes_mail(house: MailHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    async def nobody(*_: object) -> None:
        raise NoDns("this machine has no DNS resolver")

    for verb in ("query", "addresses", "mail_exchangers"):
        monkeypatch.setattr(house.resolver, verb, nobody)
    await house.set(AUTHENTICITY, True)
    reception = await received(house)
    reception.intake.add(b"From: eve@elsewhere.example\r\n\r\nhello\r\n")
    assert await house.receiver.accept(reception)
    assert found(reception) == {
        "iprev": "temperror",
        "hello": "pass",
        "sender": "temperror",
        "spf": "temperror",
        "dmarc": "temperror",
    }


async def test_whoever_guesses_names_does_not_fill_the_trace(house: MailHouse) -> None:
    reception = house.receiver.begin(CLIENT, Sender(EVE), judged=True)
    for number in range(50):
        with pytest.raises(PosthouseError, match="no such mailbox"):
            await house.receiver.add_recipient(reception, Wanted(Address(f"guess{number}", DOMAIN)))
    told = {event.subject for event in house.trace.events}
    assert "guess0@example.test" in told
    assert len([subject for subject in told if subject.startswith("guess")]) == 10
