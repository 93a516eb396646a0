"""Signing in with a browser over the API: the cookie, the second factor, requests of other sites."""

import json

import pytest
from tests.services.administer.signing_in.test_second_factors import Telephone
from tests.support.administration import DOMAIN, OPERATOR
from tests.support.api import ROOT, Api
from tests.support.browsers import FIREFOX, Browser
from tests.web.pages.signing_in.test_pages import token_of

from posthouse.formats.one_time.totp import STEP_SECONDS
from posthouse.model.principal import Principal
from posthouse.model.role import Role
from posthouse.model.settings.guard import API_FAILURES_PER_MINUTE, GUARD_ADDRESS_FAILURES
from posthouse.services.administer.accounts import AccountChanges, NewAccount
from posthouse.services.administer.signing_in.second_factors import SecondFactors
from posthouse.services.browsers.sessions import RECENT_SECONDS
from posthouse.web.cookies import LOCAL, SECURE

ALICE, PASSWORD = f"alice@{DOMAIN}", "Corr3ct-horse"
SESSION = f"{ROOT}/session"
RIGHT = {"login": ALICE, "password": PASSWORD}
WRONG = {"login": ALICE, "password": "wrong"}


@pytest.fixture
async def browser(api: Api) -> Browser:
    new = NewAccount(address=ALICE, password=PASSWORD, display_name="Alice", role=Role.DOMAIN_ADMINISTRATOR)
    await api.office.accounts.add(OPERATOR, new)
    return Browser(api.app)


async def test_a_browser_signs_in_and_out(api: Api, browser: Browser) -> None:
    signed_in = await browser.send("POST", SESSION, RIGHT)
    assert signed_in.status == 200, signed_in.text
    cookie = signed_in.headers["set-cookie"]
    assert cookie == f"{SECURE}={browser.cookies[SECURE]}; Path=/; HttpOnly; SameSite=Lax; Secure"
    assert signed_in.headers["cache-control"] == "no-store"
    assert signed_in.json["second_factor"] is None
    me = (await browser.send("GET", SESSION)).json
    assert me == signed_in.json["signed_in"]
    assert (me["account"], me["display_name"], me["role"]) == (ALICE, "Alice", "domain-administrator")
    assert (me["session"]["proofs"], me["session"]["new_password_wanted"]) == (["password"], False)
    held = dict(browser.cookies)
    gone = await browser.send("DELETE", SESSION)
    assert (gone.status, browser.cookies) == (204, {})
    browser.cookies = held
    assert (await browser.send("GET", SESSION)).status == 401
    assert browser.cookies == held
    assert api.office.audit.entries[-1].act != "session.end"


async def test_a_session_has_all_rights_of_its_account(api: Api, browser: Browser) -> None:
    await browser.send("POST", SESSION, RIGHT)
    assert (await browser.send("GET", f"{ROOT}/accounts")).status == 200
    made = await browser.send("POST", f"{ROOT}/accounts", {"address": f"bob@{DOMAIN}"})
    assert made.status == 201, made.text
    entry = api.office.audit.entries[-1]
    assert (entry.by, entry.origin) == (ALICE, "192.0.2.1")
    await api.office.accounts.change(OPERATOR, ALICE, AccountChanges(role=Role.OWNER))
    assert (await browser.send("GET", f"{ROOT}/accounts")).status == 403, "rights are looked at with each request"


async def test_only_a_recent_sign_in_makes_something_to_sign_in_with(api: Api, browser: Browser) -> None:
    await browser.send("POST", SESSION, RIGHT)
    own = f"{ROOT}/accounts/{ALICE}"
    asked: list[tuple[str, str, object]] = [
        ("POST", "/app-passwords", {"name": "phone"}),
        ("POST", "/tokens", {"name": "program"}),
        ("DELETE", "/second-factors", None),
        ("PUT", "/password", {"password": "An0ther-horse"}),
    ]
    assert (await browser.send("POST", f"{own}/app-passwords", {"name": "computer"})).status == 201
    api.office.clock.advance(RECENT_SECONDS + 1)
    for method, path, body in asked:
        refused = await browser.send(method, own + path, body)
        assert (refused.status, refused.json["type"]) == (403, f"{ROOT}/problems/sign-in-again"), (path, refused.text)
    assert (await browser.send("DELETE", f"{own}/app-passwords/computer")).status == 204, "taking one away waits for nothing"
    await browser.send("POST", SESSION, RIGHT)
    assert (await browser.send("POST", f"{own}/app-passwords", {"name": "phone"})).status == 201


async def test_what_another_site_asks_is_refused(browser: Browser) -> None:
    await browser.send("POST", SESSION, RIGHT)
    bob = {"address": f"bob@{DOMAIN}"}
    elsewhere = {"origin": "https://evil.example"}
    for said in (
        {"sec_fetch_site": "cross-site"},
        {"sec_fetch_site": "same-site", **elsewhere},
        {"sec_fetch_site": "none"},
        {"sec_fetch_site": "", **elsewhere},
    ):
        for method, path, body in (("POST", f"{ROOT}/accounts", bob), ("DELETE", SESSION, None), ("POST", SESSION, RIGHT)):
            answer = await browser.send(method, path, body, **said)
            assert (answer.status, answer.json["type"]) == (403, f"{ROOT}/problems/cross-site"), (said, method, path)
    assert (await browser.send("GET", SESSION, sec_fetch_site="cross-site")).status == 200, "a link that is followed"


@pytest.mark.parametrize(
    ("origin", "status"),
    [("https://mail.example.test", 201), ("http://mail.example.test", 403), ("null", 403), ("https://mail.example.test.evil", 403)],
)
async def test_a_browser_too_old_to_say_so_names_its_origin(api: Api, browser: Browser, origin: str, status: int) -> None:
    await browser.send("POST", SESSION, RIGHT)
    cookie = f"{SECURE}={browser.cookies[SECURE]}"
    bob = {"address": f"bob@{DOMAIN}"}
    assert (await api.ask("POST", "/accounts", bob, token="", cookie=cookie)).status == 403
    assert (await api.ask("POST", "/accounts", bob, token="", cookie=cookie, origin=origin)).status == status


async def test_without_tls_only_the_machine_itself_signs_in(api: Api, browser: Browser) -> None:
    far = Browser(api.app, "http://mail.example.test")
    assert (await far.send("POST", SESSION, RIGHT)).json["type"].endswith("/tls-required")
    near = Browser(api.app, "http://127.0.0.1", "127.0.0.1")
    assert (await near.send("POST", SESSION, RIGHT)).status == 200
    assert list(near.cookies) == [LOCAL]
    assert (await near.send("GET", SESSION)).json["account"] == ALICE
    browser.cookies = {SECURE: near.cookies[LOCAL], LOCAL: near.cookies[LOCAL]}
    assert (await browser.send("GET", SESSION)).status == 200
    browser.cookies = {LOCAL: near.cookies[LOCAL]}
    assert (await browser.send("GET", SESSION)).status == 401, "over TLS another site's cookie of that name counts for nothing"


async def test_wrong_passwords_are_refused_counted_and_blocked(api: Api, browser: Browser) -> None:
    await api.office.parts.directory.put_setting("system", GUARD_ADDRESS_FAILURES.key, b"2")
    for password in ("one", "two"):
        answer = await browser.send("POST", SESSION, RIGHT | {"password": password})
        assert (answer.status, answer.json["detail"]) == (401, "the user name or the password is wrong")
        assert "set-cookie" not in answer.headers
    blocked = await browser.send("POST", SESSION, RIGHT)
    assert (blocked.status, blocked.json["type"]) == (429, f"{ROOT}/problems/too-many-requests")
    assert "too many failed sign-ins" in blocked.json["detail"]


async def test_who_guesses_too_quickly_waits(api: Api, browser: Browser) -> None:
    await api.office.parts.directory.put_setting("system", API_FAILURES_PER_MINUTE.key, b"3")
    statuses = [(await browser.send("POST", SESSION, WRONG)).status for _ in range(4)]
    assert statuses == [401, 401, 401, 429]


async def test_a_second_factor_is_wanted(api: Api, browser: Browser) -> None:
    factors = SecondFactors(api.office.parts, "mail.example.test")
    telephone = Telephone(api.office, (await factors.begin(OPERATOR, ALICE)).secret)
    await factors.confirm(OPERATOR, ALICE, telephone.code())
    api.office.clock.advance(STEP_SECONDS)
    half = await browser.send("POST", SESSION, RIGHT)
    assert (half.status, half.json["signed_in"], browser.cookies) == (200, None, {})
    assert half.json["second_factor"]["kinds"] == ["totp", "recovery-codes"]
    step = half.json["second_factor"]["step"]
    wrong = await browser.send("POST", f"{SESSION}/second-factor", {"step": step, "code": "000000"})
    assert (wrong.status, wrong.json["detail"]) == (401, "the code is wrong, or has been used already")
    done = await browser.send("POST", f"{SESSION}/second-factor", {"step": step, "code": telephone.code()})
    assert done.json["signed_in"]["session"]["proofs"] == ["password", "totp"]
    assert (await browser.send("GET", SESSION)).json["account"] == ALICE


async def test_a_password_that_is_too_weak_by_now_signs_in_and_says_so(api: Api, browser: Browser) -> None:
    await api.office.parts.directory.put_setting("system", "auth.password_characters", b"40")
    signed_in = await browser.send("POST", SESSION, RIGHT)
    assert signed_in.json["signed_in"]["session"]["new_password_wanted"]


async def test_a_suspended_account_is_told_so(api: Api, browser: Browser) -> None:
    await browser.send("POST", SESSION, RIGHT)
    await api.office.accounts.suspend(OPERATOR, ALICE)
    refused = await browser.send("GET", SESSION)
    assert (refused.status, refused.json["detail"]) == (401, "this account is suspended: ask your administrator")
    again = await browser.send("POST", SESSION, RIGHT)
    assert (again.status, again.json["type"]) == (409, f"{ROOT}/problems/refused")


async def test_a_token_is_no_session(api: Api) -> None:
    token = await api.token("carol", Role.AUDITOR)
    assert (await api.ask("GET", "/session", token=token)).json["session"] is None
    assert (await api.ask("DELETE", "/session", token=token)).status == 404


async def test_a_key_for_once_only_has_no_meaning_where_anybody_asks(api: Api, browser: Browser) -> None:
    answers = [await browser.send("POST", SESSION, RIGHT, idempotency_key="same") for _ in range(2)]
    assert len({answer.headers["set-cookie"] for answer in answers}) == 2
    account = await api.office.parts.directory.account_at(ALICE)
    assert account is not None
    counting = await api.browsers.sessions.counting(account)
    assert {each.program for each in counting} == {FIREFOX}


async def test_an_owner_sees_all_sessions_and_ends_them(api: Api, browser: Browser) -> None:
    other = Browser(api.app, client="2001:db8::1")
    for each in (other, browser):
        await each.send("POST", SESSION, RIGHT)
        api.office.clock.advance(1)
    account = await api.office.parts.directory.account_at(ALICE)
    assert account is not None
    phone = (await api.office.app_passwords.add(OPERATOR, ALICE, "phone")).credential
    ended: list[str] = []
    for service in ("imap", "pop3"):
        principal = Principal(account.id, account.address, credential_id=phone.id, service=service)
        api.programs.add(principal, lambda reason: ended.append(str(reason)), "198.51.100.1")
    sessions = f"{ROOT}/accounts/{ALICE}/sessions"
    listed = (await browser.send("GET", sessions)).json
    assert [(each["protocol"], each["address"], each["is_this"]) for each in listed] == [
        ("browser", "192.0.2.1", True),
        ("browser", "2001:db8::1", False),
        ("imap", "198.51.100.1", False),
        ("pop3", "198.51.100.1", False),
    ]
    assert [each["program"] for each in listed] == [FIREFOX, FIREFOX, "phone", "phone"]
    assert (await browser.send("DELETE", f"{sessions}/{listed[1]['id']}")).status == 204
    assert (await other.send("GET", SESSION)).status == 401
    assert (await browser.send("DELETE", f"{sessions}/{listed[2]['id']}")).status == 204
    assert ended == ["this session was ended by hand; the program may sign in again"]
    for nobody in (listed[1]["id"], "x"):
        assert (await browser.send("DELETE", f"{sessions}/{nobody}")).status == 404
    assert (await browser.send("POST", f"{sessions}/clear")).json == {"changed": 2}
    assert (await browser.send("GET", SESSION)).status == 401
    assert len(ended) == 2
    entry = api.office.audit.entries[-1]
    assert (entry.act, entry.by, json.loads(entry.before)[0]["protocol"]) == ("session.end", ALICE, "browser")


async def test_a_forgotten_password_over_the_api(api: Api, browser: Browser) -> None:
    await browser.send("POST", SESSION, RIGHT)
    assert (await browser.send("PUT", f"{SESSION}/recovery-address", {"address": ""})).json == {"to": ""}
    asked = await browser.send("PUT", f"{SESSION}/recovery-address", {"address": "anne@other.example"})
    assert asked.json == {"to": "anne@other.example"}
    assert (await browser.send("POST", f"{SESSION}/recovery-address/confirm", {"token": "x"})).status == 422
    assert (await browser.send("POST", f"{SESSION}/recovery-address/confirm", {"token": await token_of(api)})).status == 204
    statuses = [
        (await browser.send("POST", f"{SESSION}/recovery", {"login": login})).status for login in (ALICE, "nobody@example.test")
    ]
    assert statuses == [204, 204]
    await api.browsers.recovery.stop()
    token = await token_of(api)
    assert (await browser.send("POST", f"{SESSION}/recovery/password", {"token": token, "new": "apple"})).status == 422
    for status in (204, 422):
        answer = await browser.send("POST", f"{SESSION}/recovery/password", {"token": token, "new": "An0ther-horse"})
        assert answer.status == status
    assert (await browser.send("GET", SESSION)).status == 401
    changed = await browser.send("POST", SESSION, {"login": ALICE, "password": "An0ther-horse"})
    assert changed.status == 200
    refused = await browser.send("PUT", f"{SESSION}/password", {"present": "wrong", "new": PASSWORD})
    assert (refused.status, refused.json["at"]) == (422, "$.present")
    own = await browser.send("PUT", f"{SESSION}/password", {"present": "An0ther-horse", "new": "Y3t-another-horse"})
    assert own.json["account"] == ALICE
    assert (await browser.send("GET", SESSION)).status == 200
