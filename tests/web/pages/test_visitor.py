"""Where a visitor comes from, and whether sign-ins from there are blocked."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from tests.support.administration import Office, open_office
from tests.support.asgi import ask
from tests.support.web import PORTS, NoGuard, web_house

from posthouse.model.settings.guard import GUARD_ALLOW, GUARD_CONTACT
from posthouse.ports.guard import Blocked, Standing
from posthouse.services.guard.blocking import Blocks
from posthouse.services.settings import SYSTEM
from posthouse.web.app import web_application
from posthouse.web.house import WebHouse
from posthouse.web.languages import LANGUAGES
from posthouse.web.pages.words import words


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with open_office(tmp_path) as made:
        yield made


def blocked_house(office: Office, standing: Standing) -> WebHouse:
    parts = office.parts
    return replace(web_house(office, PORTS), blocks=Blocks(NoGuard(standing), parts.settings, parts.clock, parts.recorder))


async def counted_everywhere(office: Office) -> None:
    await office.parts.directory.put_setting(SYSTEM, GUARD_ALLOW.key, b"[]")
    await office.parts.directory.put_setting(SYSTEM, GUARD_CONTACT.key, msgspec.json.encode("Call 555-0100, 9 to 5 <now>"))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", [Blocked.ADDRESS, Blocked.NETWORK, Blocked.HAND])
async def test_who_is_blocked_reads_why_for_how_long_and_whom_to_ask(office: Office, language: str, kind: Blocked) -> None:
    await counted_everywhere(office)
    seconds = 0.0 if kind is Blocked.HAND else 301.0
    answer = await ask(web_application(blocked_house(office, Standing(kind, seconds))), f"/ip?lang={language}")
    texts = words(language)["visitor"]
    assert answer.status == 200
    assert texts[f"because_{kind}"] in answer.text
    assert (texts["until_lifted"] if kind is Blocked.HAND else texts["until"].format(minutes=6)) in answer.text
    assert (texts["others"] in answer.text) == (kind is not Blocked.HAND)
    assert "Call 555-0100, 9 to 5 &lt;now&gt;" in answer.text
    assert "mailto:postmaster@mail.example.test?subject=" in answer.text
    assert answer.headers["cache-control"] == "no-store"


async def test_others_see_their_address(office: Office) -> None:
    house = web_house(office, PORTS)
    answer = await ask(web_application(house), "/ip?lang=en")
    assert "192.0.2.1" in answer.text
    assert words("en")["visitor"]["free"] in answer.text
    assert 'href="mailto:postmaster@mail.example.test"' in answer.text


async def test_programs_get_data(office: Office) -> None:
    await counted_everywhere(office)
    answer = await ask(web_application(blocked_house(office, Standing(Blocked.ADDRESS, 12.3))), "/ip.json")
    found = json.loads(answer.text)
    assert (found["address"], found["counted"], found["blocked"], found["seconds"]) == ("192.0.2.1", True, "address", 13)
    assert found["request"].startswith("mailto:postmaster@mail.example.test?subject=Please%20lift%20the%20block%20of%20192.0.2.1")
