"""What an address stands for."""

from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
from tests.support.mail_house import DOMAIN, MailHouse, mail_house

from posthouse.formats.address.value import Address
from posthouse.foundation.errors import Invalid, NotFound, NotPermitted, Retired
from posthouse.model.account import Status
from posthouse.model.traffic.auto_reply import AutoReply
from posthouse.services.receive.recipients import Recipients, Resolved


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[MailHouse]:
    async with mail_house(tmp_path) as made:
        yield made


async def resolved(house: MailHouse, local_part: str, domain: str = DOMAIN, *, relay: bool = False) -> Resolved:
    return await Recipients(house.directory).resolve(Address(local_part, domain), relay=relay)


def names(found: Resolved) -> list[str]:
    return [account.key.partition("@")[0] for account in found.accounts]


async def test_accounts_in_every_spelling(house: MailHouse) -> None:
    for local_part, domain in (("alice", DOMAIN), ("ALICE", "Example.TEST"), ("alice+shop", DOMAIN), ("Alice+a+b", DOMAIN)):
        assert names(await resolved(house, local_part, domain)) == ["alice"]


async def test_nobody(house: MailHouse) -> None:
    for local_part in ("nobody", "nobody+alice", "+alice"):
        with pytest.raises(NotFound, match="no such mailbox"):
            await resolved(house, local_part)


async def test_other_houses(house: MailHouse) -> None:
    with pytest.raises(NotPermitted):
        await resolved(house, "alice", "elsewhere.example")
    found = await resolved(house, "alice", "elsewhere.example", relay=True)
    assert found == Resolved(foreign=(Address("alice", "elsewhere.example"),))
    with pytest.raises(Invalid):
        await resolved(house, "alice", "bad..domain", relay=True)


async def test_aliases_lead_on(house: MailHouse) -> None:
    await house.alias("sales", "bob@example.test", "staff@example.test", "gone@example.test", "eve@elsewhere.example")
    await house.alias("staff", "alice@example.test", "sales@example.test", "Bob+x@example.test")
    found = await resolved(house, "sales")
    assert sorted(names(found)) == ["alice", "bob"]
    assert found.foreign == (Address("eve", "elsewhere.example"),)
    assert sorted(names(await resolved(house, "sales+tag"))) == ["alice", "bob"]


async def test_aliases_that_lead_nowhere(house: MailHouse) -> None:
    await house.alias("loop", "pool@example.test")
    await house.alias("pool", "loop@example.test")
    with pytest.raises(NotFound, match="leads nowhere"):
        await resolved(house, "loop")


async def test_an_account_goes_before_its_subaddress(house: MailHouse) -> None:
    await house.add("alice+work")
    assert names(await resolved(house, "alice+work")) == ["alice+work"]


async def test_postmaster_is_always_there(house: MailHouse) -> None:
    assert names(await resolved(house, "Postmaster", "")) == ["admin"]
    assert names(await resolved(house, "postmaster")) == ["admin"]
    await house.add("postmaster")
    assert names(await resolved(house, "Postmaster", "")) == ["postmaster"]
    with pytest.raises(NotFound):
        await resolved(house, "alice", "")


async def test_status_of_accounts_and_domains(house: MailHouse) -> None:
    alice = await house.directory.account_at("alice@example.test")
    assert alice is not None
    await house.directory.replace_account(msgspec.structs.replace(alice, status=Status.SUSPENDED))
    assert names(await resolved(house, "alice")) == ["alice"]
    await house.directory.replace_account(msgspec.structs.replace(alice, status=Status.REMOVED))
    with pytest.raises(Retired):
        await resolved(house, "alice")
    await house.alias("ally", "alice@example.test")
    with pytest.raises(NotFound):
        await resolved(house, "ally")
    await house.directory.set_domain_status(DOMAIN, Status.REMOVED)
    with pytest.raises(NotPermitted):
        await resolved(house, "bob")


async def change(house: MailHouse, name: str, **changes: object) -> None:
    account = await house.directory.account_at(f"{name}@{DOMAIN}")
    assert account is not None
    await house.directory.replace_account(msgspec.structs.replace(account, **changes))


async def test_an_account_that_forwards(house: MailHouse) -> None:
    await change(house, "alice", forwards_to=("bob@example.test", "eve@elsewhere.example", "gone@example.test"))
    found = await resolved(house, "alice")
    assert (names(found), found.foreign) == (["alice", "bob"], (Address("eve", "elsewhere.example"),))
    await change(house, "alice", keeps_mail=False)
    assert names(await resolved(house, "alice+x")) == ["bob"]
    await change(house, "bob", forwards_to=("alice@example.test",))
    assert names(await resolved(house, "alice")) == ["bob"]


async def test_an_address_without_mailbox(house: MailHouse) -> None:
    await change(house, "alice", keeps_mail=False)
    with pytest.raises(NotFound, match="leads nowhere"):
        await resolved(house, "alice")
    await change(house, "alice", auto_reply=AutoReply("we have closed"))
    assert names(await resolved(house, "alice")) == ["alice"]
    await change(house, "alice", auto_reply=None, forwards_to=("alice@example.test",))
    with pytest.raises(NotFound, match="leads nowhere"):
        await resolved(house, "alice")
