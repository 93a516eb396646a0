"""Mail for an address nobody has."""

from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
from tests.support.fakes import FakeClock
from tests.support.mail_house import DOMAIN, MailHouse, mail_house

from posthouse.formats.address.value import Address
from posthouse.foundation.errors import NotFound
from posthouse.model.settings.people import UNKNOWN, UNKNOWN_ADDRESS, UNKNOWN_TEXT, UNKNOWN_UNTIL
from posthouse.services.receive.addresses.unknown import BOUNCES_PER_HOUR, UnknownAddresses
from posthouse.services.receive.recipients import Recipients

NOBODY = Address("nobody", DOMAIN)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[MailHouse]:
    async with mail_house(tmp_path) as made:
        yield made


async def chosen(house: MailHouse, clock: FakeClock, choice: str, what: str) -> UnknownAddresses:
    values = {UNKNOWN.key: choice, UNKNOWN_ADDRESS.key: what, UNKNOWN_TEXT.key: what, UNKNOWN_UNTIL.key: clock.now() + 60}
    for key, value in values.items():
        await house.directory.put_setting(f"domain:{DOMAIN}", key, msgspec.json.encode(value))
    await house.settings.refresh()
    return UnknownAddresses(Recipients(house.directory), house.settings, clock)


async def refusal(unknown: UnknownAddresses, *, utf8: bool = False, judged: bool = True) -> str:
    with pytest.raises(NotFound) as refused:
        await unknown.resolve(NOBODY, utf8=utf8, judged=judged)
    return str(refused.value)


async def test_it_is_forwarded_as_long_as_that_holds(house: MailHouse) -> None:
    clock = FakeClock()
    unknown = await chosen(house, clock, "forward", f"alice@{DOMAIN}")
    found = await unknown.resolve(NOBODY, utf8=False, judged=True)
    assert [account.address for account in found.accounts] == [f"alice@{DOMAIN}"]
    clock.advance(60)
    assert await refusal(unknown) == "no such mailbox here"
    elsewhere = await chosen(house, clock, "forward", "all@elsewhere.example")
    assert (await elsewhere.resolve(NOBODY, utf8=False, judged=True)).foreign == (Address("all", "elsewhere.example"),)
    nowhere = await chosen(house, clock, "forward", f"gone@{DOMAIN}")
    assert await refusal(nowhere) == "no such mailbox here"


async def test_the_text_stands_in_the_refusal(house: MailHouse) -> None:
    unknown = await chosen(house, FakeClock(), "bounce", "write to info@example.test")
    assert await refusal(unknown) == "write to info@example.test"
    assert await unknown.text("other.example") == ""


async def test_a_text_that_cannot_stand_there_goes_back_as_a_message_and_not_too_often(house: MailHouse) -> None:
    unknown = await chosen(house, FakeClock(), "bounce", "请写信给 info@example.test")
    assert await refusal(unknown, utf8=True) == "请写信给 info@example.test"
    assert await refusal(unknown, judged=False) == "no such mailbox here"
    for _ in range(BOUNCES_PER_HOUR):
        assert (await unknown.resolve(NOBODY, utf8=False, judged=True)).hopeless
    assert await refusal(unknown) == "no such mailbox here"
