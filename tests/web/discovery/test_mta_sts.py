"""The policy of a domain, by the name in the request; nothing for anybody else."""

from pathlib import Path

import pytest
from tests.support.administration import OPERATOR, open_office
from tests.support.asgi import ask
from tests.support.web import PORTS, web_house

from posthouse.services.administer.publishing.publishing import Publishing
from posthouse.services.administer.scopes import SettingControl, Where
from posthouse.trust.mta_sts import Mode, parse_policy, policy_id
from posthouse.web.app import web_application

URL = "https://mta-sts.example.test/.well-known/mta-sts.txt"


async def test_the_policy_is_served_and_its_id_changes_with_it(tmp_path: Path) -> None:
    async with open_office(tmp_path) as office:
        house = web_house(office, PORTS)
        answer = await ask(web_application(house), URL)
        assert answer.status == 200
        assert answer.headers["content-type"].startswith("text/plain")
        policy = parse_policy(answer.text)
        assert (policy.mode, policy.mx, policy.max_age) == (Mode.TESTING, (house.hostname,), 604_800)
        publishing = Publishing(office.parts, house.hostname, b"")
        before = await _id(publishing)
        await SettingControl(office.parts).set(OPERATOR, "tls.sts_mode", "enforce", Where(domain="example.test"))
        await house.settings.refresh()
        await office.parts.settings.refresh()
        assert parse_policy((await ask(web_application(house), URL)).text).mode is Mode.ENFORCE
        assert await _id(publishing) != before


@pytest.mark.parametrize(
    "host",
    [
        "example.test",
        "mta-sts.other.test",
        "mta-sts.",
        "mta-sts..",
        "mail.example.test",
        "mta-sts.[x]",
        "[::1]:443",
        "mta-sts.example.test.evil",
    ],
)
async def test_other_hosts_have_none(tmp_path: Path, host: str) -> None:
    async with open_office(tmp_path) as office:
        answer = await ask(web_application(web_house(office, PORTS)), "/.well-known/mta-sts.txt", host=host)
        assert answer.status == 404


async def _id(publishing: Publishing) -> str:
    (text,) = [entry.value for entry in await publishing.records(OPERATOR, "example.test") if entry.name.startswith("_mta-sts.")]
    found = policy_id([text])
    assert found is not None
    return found
