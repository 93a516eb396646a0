"""SPF, DKIM, ARC and DMARC of a message that comes in: what is told, what is put on top, what is refused."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from tests.support.mail_house import DOMAIN, HOSTNAME, MailHouse, mail_house

from posthouse.formats.address.value import Address
from posthouse.foundation.limits import INLINE_BODY_OCTETS
from posthouse.model.settings.judging import AMBIGUOUS_FROM, AUTHENTICITY, DMARC_ENFORCE, RECEIVE_ALLOW
from posthouse.services.receive.checks.refusals import Unauthentic
from posthouse.services.receive.reception import Client, Reception, Sender, Wanted
from posthouse.trust.dkim.key import key_record
from posthouse.trust.dkim.sign import SigningKey, sign

KEY = Ed25519PrivateKey.generate()
SELECTOR = "s1"
ORG = "elsewhere.example"
HEAD = b"From: Eve <eve@elsewhere.example>\r\nTo: alice@example.test\r\nSubject: hello\r\nDate: Wed, 25 Nov 2026 12:00:00 +0000\r\n"
CLIENT = Client("192.0.2.7", "mail.elsewhere.example", "ESMTP")
STRANGER = Client("198.51.100.66", "somewhere.example", "ESMTP")


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[MailHouse]:
    async with mail_house(tmp_path) as made:
        await made.set(AUTHENTICITY, True)
        made.resolver.records.update(
            {
                (ORG, "TXT"): ["v=spf1 ip4:192.0.2.0/24 -all"],
                (f"_dmarc.{ORG}", "TXT"): ["v=DMARC1; p=reject"],
                (f"{SELECTOR}._domainkey.{ORG}", "TXT"): [key_record(KEY.public_key())],
            }
        )
        yield made


def signed(house: MailHouse, head: bytes = HEAD, body: bytes = b"hello\r\n", domain: str = ORG) -> bytes:
    field = sign(head, [body], [SigningKey(SELECTOR, KEY)], domain, int(house.clock.now()))
    return field + head + b"\r\n" + body


async def received(house: MailHouse, octets: bytes, client: Client = CLIENT, sender: str = f"eve@{ORG}") -> Reception:
    """Take a message for alice. Raises: what it is refused with."""
    path = Address(*sender.split("@")) if sender else None
    reception = house.receiver.begin(client, Sender(path), judged=True)
    await house.receiver.add_recipient(reception, Wanted(Address("alice", DOMAIN)))
    if reception.intake.add(octets):
        await reception.intake.relieve()
    try:
        await house.receiver.accept(reception)
    finally:
        await reception.intake.discard()
    return reception


def found(reception: Reception) -> dict[str, str]:
    return {finding.check: finding.result for finding in reception.findings}


async def test_a_message_that_is_what_it_says(house: MailHouse) -> None:
    reception = await received(house, signed(house))
    assert found(reception) == {"spf": "pass", "dkim": "pass", "dmarc": "pass"}
    assert reception.answerable
    (shown,) = await house.inbox("alice")
    fields = shown.split(b"\r\n\r\n")[0]
    assert fields.index(b"Return-Path:") < fields.index(b"Authentication-Results: mx.example.test;") < fields.index(b"Received:")
    assert b"spf=pass" in fields
    assert b"smtp.mailfrom=eve@elsewhere.example" in fields
    told = b" ".join(fields.split())
    assert b"header.d=elsewhere.example header.i=@elsewhere.example header.s=s1 header.a=ed25519-sha256" in told
    assert b"dmarc=pass (p=reject dis=none) header.from=elsewhere.example" in fields


async def test_a_large_message_is_read_from_the_spool(house: MailHouse) -> None:
    body = b"0123456789abcdef" * 4 + b"\r\n"
    octets = signed(house, body=body * (INLINE_BODY_OCTETS * 20 // len(body)))
    assert found(await received(house, octets))["dkim"] == "pass"
    changed = octets[:-9] + b"X" + octets[-8:]
    assert found(await received(house, changed))["dkim"] == "fail"


async def test_a_forgery_is_refused_as_its_domain_asks(house: MailHouse) -> None:
    with pytest.raises(Unauthentic, match=r"not from elsewhere\.example.*DMARC"):
        await received(house, HEAD + b"\r\nhello\r\n", STRANGER, "mallory@somewhere.example")
    assert await house.inbox("alice") == []


async def test_quarantine_is_junk(house: MailHouse) -> None:
    house.resolver.records[f"_dmarc.{ORG}", "TXT"] = ["v=DMARC1; p=quarantine"]
    reception = await received(house, HEAD + b"\r\nhello\r\n", STRANGER, "mallory@somewhere.example")
    assert "caution" in reception.junk
    assert not reception.answerable
    assert await house.inbox("alice") == []
    account = await house.directory.account_at(f"alice@{DOMAIN}")
    assert account is not None
    (junk,) = [box for box in await house.accounts.mailboxes(account.id) if box.name == "Junk"]
    assert len((await house.accounts.placements(account.id, junk.id)).uids) == 1


async def test_who_does_not_enforce_is_only_told(house: MailHouse) -> None:
    await house.set(DMARC_ENFORCE, False)
    reception = await received(house, HEAD + b"\r\nhello\r\n", STRANGER, "mallory@somewhere.example")
    assert found(reception)["dmarc"] == "fail"
    assert len(await house.inbox("alice")) == 1


async def test_who_is_let_in_by_hand_is_not_refused(house: MailHouse) -> None:
    await house.set(RECEIVE_ALLOW, [STRANGER.address])
    assert found(await received(house, HEAD + b"\r\nhello\r\n", STRANGER))["dmarc"] == "fail"


async def test_forged_results_are_taken_out(house: MailHouse) -> None:
    head = (
        b"Authentication-Results: mx.example.test; dmarc=pass header.from=bank.example\r\n"
        b"Authentication-Results: other.example; spf=pass smtp.mailfrom=x@y.example\r\n" + HEAD
    )
    await received(house, head + b"\r\nhello\r\n")
    (shown,) = await house.inbox("alice")
    assert shown.count(b"Authentication-Results: " + HOSTNAME.encode()) == 1
    assert b"bank.example" not in shown
    assert b"Authentication-Results: other.example" in shown


async def test_forged_results_are_taken_out_where_nothing_is_checked_too(house: MailHouse) -> None:
    await house.set(AUTHENTICITY, False)
    await received(
        house, b"Authentication-Results: mx.example.test; dmarc=pass header.from=bank.example\r\n" + HEAD + b"\r\nhello\r\n"
    )
    (shown,) = await house.inbox("alice")
    assert b"Authentication-Results" not in shown


async def test_a_dns_that_is_away_refuses_nobody(house: MailHouse) -> None:
    house.resolver.silent.update({ORG, f"_dmarc.{ORG}", f"{SELECTOR}._domainkey.{ORG}"})
    reception = await received(house, signed(house))
    assert found(reception) == {"spf": "temperror", "dkim": "temperror", "dmarc": "temperror"}


async def test_a_bounce_is_judged_by_the_name_of_its_client(house: MailHouse) -> None:
    house.resolver.records["mail.elsewhere.example", "TXT"] = ["v=spf1 a -all"]
    house.resolver.records["mail.elsewhere.example", "A"] = ["192.0.2.7"]
    reception = await received(house, signed(house), sender="")
    assert found(reception)["spf"] == "pass"
    assert "smtp.helo=mail.elsewhere.example" in reception.result_fields.decode()


async def test_nothing_is_asked_where_it_is_switched_off(house: MailHouse) -> None:
    await house.set(AUTHENTICITY, False)
    reception = await received(house, signed(house))
    assert (found(reception), reception.result_fields, house.resolver.asked) == ({}, b"", [])


TWO_AUTHORS = b"From: eve@elsewhere.example\r\nFrom: bank@bank.example\r\nSubject: x\r\n\r\nx\r\n"


@pytest.mark.parametrize(
    "octets", [TWO_AUTHORS, b"Subject: nobody\r\n\r\nx\r\n", b"From: <a@b.example> <c@d.example>\r\n\r\nx\r\n"]
)
async def test_whoever_does_not_say_clearly_whom_it_is_from_is_junk(house: MailHouse, octets: bytes) -> None:
    reception = await received(house, octets)
    assert "does not say clearly whom it is from" in reception.junk
    await house.set(AMBIGUOUS_FROM, "note")
    assert (await received(house, octets)).junk == ""
    await house.set(AMBIGUOUS_FROM, "refuse")
    with pytest.raises(Unauthentic, match="clearly"):
        await received(house, octets)
