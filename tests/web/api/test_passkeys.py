"""Passkeys over the API."""

import json

import pytest
from tests.support.administration import DOMAIN, OPERATOR
from tests.support.api import ROOT, Api
from tests.support.authenticator import Authenticator
from tests.support.browsers import Browser

from posthouse.services.administer.accounts import NewAccount

ALICE, PASSWORD = f"alice@{DOMAIN}", "Corr3ct-horse"
SESSION, PASSKEYS = f"{ROOT}/session", f"{ROOT}/accounts/{ALICE}/passkeys"


@pytest.fixture
async def browser(api: Api) -> Browser:
    await api.office.accounts.add(OPERATOR, NewAccount(address=ALICE, password=PASSWORD))
    return Browser(api.app)


async def test_one_is_made_proved_listed_and_removed(browser: Browser) -> None:
    telephone = Authenticator()
    await browser.send("POST", SESSION, {"login": ALICE, "password": PASSWORD})
    options = (await browser.send("POST", f"{SESSION}/passkeys/options")).json["options"]
    made = await browser.send("POST", f"{SESSION}/passkeys", {"name": "phone", "credential": json.loads(telephone.make(options))})
    assert (made.status, made.headers["location"], len(made.json["recovery_codes"])) == (201, PASSKEYS, 10), made.text
    other = Browser(browser.app)
    half = await other.send("POST", SESSION, {"login": ALICE, "password": PASSWORD})
    assert half.json["second_factor"]["kinds"] == ["passkey", "recovery-codes"]
    for step, proofs in (("", ["passkey"]), (half.json["second_factor"]["step"], ["password", "passkey"])):
        options = (await other.send("POST", f"{SESSION}/passkey/options", {"step": step})).json["options"]
        credential = json.loads(telephone.prove(options))
        signed_in = await other.send("POST", f"{SESSION}/passkey", {"step": step, "credential": credential})
        assert signed_in.json["signed_in"]["session"]["proofs"] == proofs
        assert (await other.send("GET", SESSION)).json["account"] == ALICE
        again = await other.send("POST", f"{SESSION}/passkey", {"step": step, "credential": credential})
        assert again.status == 401
    [kept] = (await browser.send("GET", PASSKEYS)).json
    assert (kept["name"], kept["may_be_copied"]) == ("phone", False)
    assert (await browser.send("DELETE", f"{PASSKEYS}/phone")).status == 204
    assert (await other.send("GET", SESSION)).status == 401
    assert (await browser.send("GET", PASSKEYS)).json == []


async def test_under_another_name_there_are_none(api: Api, browser: Browser) -> None:
    alias = Browser(api.app, "https://imap.example.test")
    refused = await alias.send("POST", f"{SESSION}/passkey/options", {})
    assert (refused.status, "https://mail.example.test" in refused.json["detail"]) == (409, True)
    assert "data-prove" not in (await alias.get("/sign-in")).text
    assert "data-prove" in (await browser.get("/sign-in")).text
    await alias.post("/sign-in", login=ALICE, password=PASSWORD)
    assert "data-make" not in (await alias.get("/account")).text
