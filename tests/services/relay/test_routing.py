"""Which servers to try."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from tests.support.fakes import FakeClock
from tests.support.mail_house import HOSTNAME, MailHouse, mail_house
from tests.support.relay import CannedResolver, tls_policies

from posthouse.adapters.system.entropy import SystemEntropy
from posthouse.foundation.errors import Unavailable
from posthouse.foundation.ids import AccountId
from posthouse.model.principal import Principal
from posthouse.model.role import Role
from posthouse.model.settings.relay import RELAY_HELO, RELAY_SOURCE_ADDRESSES, ROUTES
from posthouse.ports.resolver import MailExchanger
from posthouse.ports.transmitter import Level, Route
from posthouse.services.relay.answer import Undeliverable
from posthouse.services.relay.routing import EXCHANGERS, Routing, Wishes
from posthouse.services.settings import change_setting

OPERATOR = Principal(AccountId(bytes(16)), "operator", Role.OPERATOR)
TABLE: dict[str, list[MailExchanger] | Exception] = {
    "two.example": [MailExchanger(20, "b"), MailExchanger(10, "a")],
    "null.example": [MailExchanger(0, "")],
    "equal.example": [MailExchanger(10, str(number)) for number in range(30)],
    "loop.example": [MailExchanger(10, "MX.example.test."), MailExchanger(20, "b")],
    "backup.example": [MailExchanger(10, "a"), MailExchanger(20, "mx.example.test"), MailExchanger(30, "c")],
    "trouble.example": Unavailable("SERVFAIL"),
}


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[MailHouse]:
    async with mail_house(tmp_path) as made:
        yield made


async def hosts(house: MailHouse, destination: str) -> list[str]:
    return [route.words for route in await routes(house, destination)]


async def routes(house: MailHouse, destination: str, **wishes: Any) -> list[Route]:
    resolver = CannedResolver(TABLE)
    policies, _, _ = tls_policies(house.settings, resolver, FakeClock())
    return await Routing(HOSTNAME, house.settings, resolver, SystemEntropy(), policies).routes(destination, Wishes(**wishes))


async def test_exchangers_by_preference(house: MailHouse) -> None:
    assert await hosts(house, "two.example") == ["smtp://a:25", "smtp://b:25"]
    assert await hosts(house, "backup.example") == ["smtp://a:25"]


async def test_equals_in_random_order(house: MailHouse) -> None:
    orders = [await hosts(house, "equal.example") for _ in range(5)]
    assert all(len(order) == EXCHANGERS for order in orders)
    assert len({tuple(order) for order in orders}) > 1


@pytest.mark.parametrize(
    ("destination", "status"), [("null.example", "5.1.10"), ("missing.example", "5.1.2"), ("loop.example", "5.4.6")]
)
async def test_undeliverable(house: MailHouse, destination: str, status: str) -> None:
    with pytest.raises(Undeliverable) as caught:
        await hosts(house, destination)
    assert caught.value.status == status


async def test_trouble_of_the_dns_passes(house: MailHouse) -> None:
    with pytest.raises(Unavailable):
        await hosts(house, "trouble.example")


async def test_address_literals(house: MailHouse) -> None:
    assert await hosts(house, "[192.0.2.1]") == ["smtp://192.0.2.1:25"]
    assert await hosts(house, "[ipv6:2001:db8::1]") == ["smtp://[2001:db8::1]:25"]


async def test_routes_of_the_operator(house: MailHouse) -> None:
    await house.set(ROUTES, {"two.example": "mx", "in.example": "lmtp://127.0.0.1:2424", "*": "smtp://relay.example:587"})
    assert await hosts(house, "two.example") == ["smtp://a:25", "smtp://b:25"]
    assert await hosts(house, "in.example") == ["lmtp://127.0.0.1:2424"]
    assert await hosts(house, "anything.example") == ["smtp://relay.example:587"]
    assert await hosts(house, "smtp://by.hand:26") == ["smtp://by.hand:26"]


async def test_several_servers_are_tried_in_order(house: MailHouse) -> None:
    await house.set(ROUTES, {"*": "smtp://first.example:25 | smtps://second.example | mx", ".below.example": "refuse:not there"})
    assert await hosts(house, "two.example") == [
        "smtp://first.example:25",
        "smtps://second.example:465",
        "smtp://a:25",
        "smtp://b:25",
    ]
    assert await hosts(house, "missing.example") == ["smtp://first.example:25", "smtps://second.example:465"]
    with pytest.raises(Undeliverable, match="not there"):
        await hosts(house, "x.y.below.example")


async def test_what_a_domain_has_of_its_own(house: MailHouse) -> None:
    for key, value in (
        (ROUTES.key, '{"two.example": "smtp://own.example:26"}'),
        (RELAY_HELO.key, "own.example.test"),
        (RELAY_SOURCE_ADDRESSES.key, '["192.0.2.7", "2001:db8::7"]'),
    ):
        await change_setting(OPERATOR, house.directory, "domain:example.test", key, value)
    await house.set(ROUTES, {"*": "smtp://relay.example:587"})
    (own,) = await routes(house, "two.example", sender_domain="example.test")
    assert (own.words, own.helo, own.sources) == ("smtp://own.example:26", "own.example.test", ("192.0.2.7", "2001:db8::7"))
    (other,) = await routes(house, "equal.example", sender_domain="example.test")
    assert (other.words, other.helo) == ("smtp://relay.example:587", "own.example.test")
    (foreign,) = await routes(house, "two.example", sender_domain="other.test")
    assert (foreign.words, foreign.helo, foreign.sources) == ("smtp://relay.example:587", "", ())


async def test_what_tls_is_asked_of_a_fixed_route(house: MailHouse) -> None:
    await house.set(
        ROUTES,
        {
            "a.example": "smtp://a:25",
            "b.example": "smtp://u:p@b:587",
            "c.example": "lmtp:/run/x",
            "d.example": "smtp://d:25?tls=none",
        },
    )
    expected = {"a": Level.OPPORTUNISTIC, "b": Level.VERIFIED, "c": Level.NEVER, "d": Level.NEVER}
    for name, level in expected.items():
        (route,) = await routes(house, f"{name}.example")
        assert route.security.level is level, name
    (strict,) = await routes(house, "a.example", require_tls=True)
    assert strict.security.level is Level.VERIFIED
    with pytest.raises(Undeliverable) as caught:
        await routes(house, "c.example", require_tls=True)
    assert caught.value.status == "5.7.30"


async def test_a_message_that_wants_tls_needs_somebody_who_vouches(house: MailHouse) -> None:
    with pytest.raises(Undeliverable) as caught:
        await routes(house, "two.example", require_tls=True)
    assert caught.value.status == "5.7.30"
    with pytest.raises(Undeliverable):
        await routes(house, "[192.0.2.1]", require_tls=True)


async def test_a_stored_route_that_cannot_be_understood_waits(house: MailHouse) -> None:
    await house.set(ROUTES, {"*": "gopher://x"})
    with pytest.raises(Unavailable, match="gopher"):
        await hosts(house, "two.example")
