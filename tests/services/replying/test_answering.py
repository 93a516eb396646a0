"""Automatic replies: what goes wrong with one concerns nothing else."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from msgspec.structs import replace
from tests.support.mail_house import DOMAIN, MailHouse, mail_house

from posthouse.adapters.outgoing.database import OutgoingDatabase
from posthouse.adapters.system.entropy import SystemEntropy
from posthouse.filters.verdict import Verdict, write_verdict
from posthouse.formats.header.encoded_word import decode
from posthouse.formats.header.fields import first
from posthouse.foundation.ids import DeliveryId, QueueId, TraceId
from posthouse.model.account import Account
from posthouse.model.content import Content
from posthouse.model.delivery import QueuedMessage, Recipient
from posthouse.model.traffic.auto_reply import AutoReply
from posthouse.services.receive.acceptance import LOCAL
from posthouse.services.replying import answering
from posthouse.services.replying.answering import AutoReplies, ReplyingParts
from posthouse.services.trust.signing import Signer

ALICE = f"alice@{DOMAIN}"
OCTETS = b"From: eve@x.example\r\nTo: alice@example.test\r\nSubject: =?utf-8?q?caf=C3=A9?=\r\nMessage-ID: <1@x>\r\n\r\nhi\r\n"


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[MailHouse]:
    async with mail_house(tmp_path) as made:
        yield made


async def replies(house: MailHouse, says: AutoReply, verdict: Verdict) -> list[QueuedMessage]:
    """What one message to alice causes."""
    account = await house.directory.account_at(ALICE)
    assert isinstance(account, Account)
    recipient = Recipient(ALICE, delivery_id=DeliveryId(b"d" * 16), destination=LOCAL)
    message = QueuedMessage(
        QueueId(b"q" * 16), TraceId(b"t" * 16), "eve@x.example", Content(OCTETS), (recipient,), 1.0, record=write_verdict(verdict)
    )
    await house.queue.enqueue(message)
    outgoing = OutgoingDatabase(house.folder / "outgoing.db")
    signer = Signer(house.directory, house.vault, house.settings, house.spool, house.clock)
    parts = ReplyingParts(
        "mx.example.test", house.directory, house.queue, outgoing, signer, house.clock, SystemEntropy(), house.trace
    )
    try:
        return await AutoReplies(parts).reply(message, recipient, replace(account, auto_reply=says, language="de"))
    finally:
        await asyncio.to_thread(outgoing.stop)


async def test_a_reply_to_a_person(house: MailHouse) -> None:
    (reply,) = await replies(house, AutoReply("Ich bin nicht da."), Verdict())
    assert (reply.reverse_path, reply.recipients[0].address) == ("", "eve@x.example")
    assert isinstance(reply.content.body, bytes)
    assert b"\r\nIn-Reply-To: <1@x>\r\n" in reply.content.body
    assert decode(first(reply.content.body, b"subject") or b"") == "Automatische Antwort: café"


@pytest.mark.parametrize("verdict", [Verdict(junk="it is junk"), Verdict(answerable=False)])
async def test_junk_and_forgeries_are_not_answered(house: MailHouse, verdict: Verdict) -> None:
    assert await replies(house, AutoReply("away"), verdict) == []


async def test_a_reply_that_has_ended(house: MailHouse) -> None:
    assert await replies(house, AutoReply("away", ends_at=1.0), Verdict()) == []


async def test_a_reply_that_cannot_be_written_costs_only_itself(house: MailHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: object) -> bytes:
        raise ValueError("nobody thought of this")

    monkeypatch.setattr(answering, "build", broken)
    assert await replies(house, AutoReply("away"), Verdict()) == []
