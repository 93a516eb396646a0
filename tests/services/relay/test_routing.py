"""Which servers to try."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.support.mail_house import HOSTNAME, MailHouse, mail_house
from tests.support.relay import CannedResolver

from posthouse.adapters.system.entropy import SystemEntropy
from posthouse.foundation.errors import Unavailable
from posthouse.model.settings import ROUTES
from posthouse.ports.resolver import MailExchanger
from posthouse.ports.transmitter import Route
from posthouse.services.relay.answer import Undeliverable
from posthouse.services.relay.routing import EXCHANGERS, Routing, parse_route

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
    routing = Routing(HOSTNAME, house.settings, CannedResolver(TABLE), SystemEntropy())
    return [f"{route.scheme}://{route.host}:{route.port}" for route in await routing.routes(destination)]


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
    assert await hosts(house, "[ipv6:2001:db8::1]") == ["smtp://2001:db8::1:25"]


async def test_routes_of_the_operator(house: MailHouse) -> None:
    await house.set(ROUTES, {"two.example": "mx", "in.example": "lmtp://127.0.0.1:2424", "*": "smtp://relay.example:587"})
    assert await hosts(house, "two.example") == ["smtp://a:25", "smtp://b:25"]
    assert await hosts(house, "in.example") == ["lmtp://127.0.0.1:2424"]
    assert await hosts(house, "anything.example") == ["smtp://relay.example:587"]
    assert await hosts(house, "smtp://by.hand:26") == ["smtp://by.hand:26"]


def test_parse_route() -> None:
    assert parse_route("smtp://mx.example") == Route("smtp", "mx.example", 25)
    assert parse_route("smtps://mx.example") == Route("smtps", "mx.example", 465)
    assert parse_route("lmtp://[2001:db8::1]:24") == Route("lmtp", "2001:db8::1", 24)
    assert parse_route("smtp://u%40x:p%3A@mx:587") == Route("smtp", "mx", 587, user="u@x", password="p:")


@pytest.mark.parametrize("text", ["", "mx.example", "http://mx", "smtp://", "smtp://mx:many", "smtp://mx:99999", "lmtp:///run/x"])
def test_what_is_no_route_waits_for_the_operator(text: str) -> None:
    with pytest.raises(Unavailable, match="route"):
        parse_route(text)


def test_a_password_is_never_shown() -> None:
    with pytest.raises(Unavailable) as caught:
        parse_route("smtp://user:secret@mx:many")
    assert "secret" not in str(caught.value)
