"""The pages of who signs in: without a script, in four languages, and nothing of other sites."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.services.administer.signing_in.test_second_factors import Telephone
from tests.support.administration import DOMAIN, OPERATOR, open_office
from tests.support.api import Api, open_api
from tests.support.asgi import Answer
from tests.support.browsers import Browser
from tests.web.pages.test_setup import Document

from posthouse.formats.one_time.totp import STEP_SECONDS
from posthouse.foundation.errors import Unavailable
from posthouse.model.settings.guard import GUARD_ADDRESS_FAILURES
from posthouse.services.administer.accounts import NewAccount
from posthouse.services.administer.signing_in.second_factors import SecondFactors
from posthouse.services.browsers.sessions import RECENT_SECONDS, OpenSessions
from posthouse.web.cookies import LOCAL, SECURE
from posthouse.web.languages import LANGUAGES
from posthouse.web.pages.signing_in.browser_names import browser_name
from posthouse.web.pages.words import words

ALICE, PASSWORD = f"alice@{DOMAIN}", "Corr3ct-horse"
NEW = "An0ther-horse"


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[Api]:
    async with open_office(tmp_path) as office, open_api(office, tmp_path) as opened:
        await office.accounts.add(OPERATOR, NewAccount(address=ALICE, password=PASSWORD, display_name="<Alice>"))
        yield opened


@pytest.fixture
def browser(api: Api) -> Browser:
    return Browser(api.app)


async def sign_in(browser: Browser, query: str = "") -> None:
    answer = await browser.post(f"/sign-in{query}", login=ALICE, password=PASSWORD)
    assert (answer.status, answer.headers["location"]) == (303, f"/account{query}"), answer.text


def wrong_of(answer: Answer) -> str:
    """What a page says was wrong."""
    found = re.search(r'<(p|div) class="wrong" role="alert">(.*?)</\1>', answer.text, re.DOTALL)
    return "" if found is None else re.sub(r"\s*<.*?>\s*", " ", found[2]).strip()


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_pages_are_sound_html_in_every_language(api: Api, browser: Browser, language: str) -> None:
    query = f"?lang={language}"
    pages = [await browser.get(f"/sign-in{query}"), await browser.post(f"/sign-in{query}", login="x", password="y")]
    await sign_in(browser, query)
    pages.append(await browser.get(f"/account{query}"))
    telephone = Telephone(api.office, (await SecondFactors(api.office.parts, "h").begin(OPERATOR, ALICE)).secret)
    await SecondFactors(api.office.parts, "h").confirm(OPERATOR, ALICE, telephone.code())
    pages.append(await Browser(api.app).post(f"/sign-in{query}", login=ALICE, password=PASSWORD))
    pages += [await browser.get(f"/sign-in/{name}{query}") for name in ("forgotten", "recover", "confirm")]
    for answer in pages:
        document = Document(answer.text)
        assert document.open == []
        assert document.language == language == answer.headers["content-language"]
        assert len(document.ids) == len(set(document.ids))
        assert set(document.labels) <= set(document.ids)
        assert document.inline == []
        assert not re.search(r"{\w+}", answer.text)
        assert re.findall(r'<label for="([^"]+)"', answer.text) == re.findall(r'<input id="([^"]+)"', answer.text), (
            "every field has its label"
        )
        assert all(f"?lang={language}" in action for action in re.findall(r'action="([^"]+)"', answer.text))
        assert "form-action 'self'" in answer.headers["content-security-policy"]
        assert answer.headers["cache-control"] == "no-store"
    assert words(language)["second_step"]["heading"] in pages[3].text
    assert wrong_of(pages[1])
    assert (language == "en") == (wrong_of(pages[1]) == "The user name or the password is wrong")


async def test_somebody_signs_in_sees_who_they_are_and_signs_out(browser: Browser) -> None:
    assert (await browser.get("/account")).headers["location"] == "/sign-in"
    await sign_in(browser)
    page = await browser.get("/account")
    assert page.status == 200
    assert ALICE in page.text
    assert "&lt;Alice&gt;" in page.text
    assert "Firefox · Linux" in page.text
    assert (await browser.get("/sign-in")).headers["location"] == "/account"
    gone = await browser.post("/sign-out")
    assert (gone.status, gone.headers["location"], browser.cookies) == (303, "/sign-in", {})
    assert (await browser.get("/account")).status == 303


async def test_what_was_typed_stays_and_passwords_do_not(browser: Browser) -> None:
    answer = await browser.post("/sign-in", login='"><b>', password="secret-that-was-typed")
    assert answer.status == 403
    assert 'value="&#34;&gt;&lt;b&gt;"' in answer.text
    assert "secret-that-was-typed" not in answer.text


async def test_a_second_factor_without_a_script(api: Api, browser: Browser) -> None:
    factors = SecondFactors(api.office.parts, "mail.example.test")
    telephone = Telephone(api.office, (await factors.begin(OPERATOR, ALICE)).secret)
    await factors.confirm(OPERATOR, ALICE, telephone.code())
    api.office.clock.advance(STEP_SECONDS)
    asked = await browser.post("/sign-in", login=ALICE, password=PASSWORD)
    step = re.search(r'name="step" value="([^"]+)"', asked.text)
    assert step is not None
    assert browser.cookies == {}
    again = await browser.post("/sign-in/code", step=step[1], code="000000")
    assert (again.status, wrong_of(again)) == (403, "The code is wrong, or has been used already")
    assert step[1] in again.text
    done = await browser.post("/sign-in/code", step=step[1], code=telephone.code())
    assert (done.status, done.headers["location"]) == (303, "/account")
    late = await browser.post("/sign-in/code", step=step[1], code=telephone.code())
    assert "begin again" in wrong_of(late)
    assert 'name="password"' in late.text
    assert 'name="password"' in (await browser.get("/sign-in/code?lang=de")).text or browser.cookies


async def test_forms_of_other_sites_are_refused(api: Api, browser: Browser) -> None:
    refused = await Browser(api.app).get("/sign-in")
    assert refused.status == 200
    foreign = {"sec_fetch_site": "cross-site", "content_type": "application/x-www-form-urlencoded"}
    body = f"login={ALICE}&password={PASSWORD}".encode()
    answer = await browser.raw("POST", "/sign-in", body, **foreign)
    assert (answer.status, browser.cookies) == (403, {})
    await sign_in(browser)
    held = dict(browser.cookies)
    for path in ("/sign-out", "/account/password", "/account/sessions/end", "/account/sessions/end-others"):
        answer = await browser.raw("POST", path, b"", **foreign)
        assert (answer.status, answer.headers["location"], browser.cookies) == (303, "/sign-in", held)
    assert (await browser.get("/account")).status == 200, "nobody was signed out"


async def test_an_owner_changes_the_password_and_stays_signed_in_here_alone(api: Api, browser: Browser) -> None:
    other = Browser(api.app)
    for each in (browser, other):
        await sign_in(each)
    held = dict(browser.cookies)
    for fields, status, words_ in (
        ({"present": "wrong", "new": NEW, "again": NEW}, 403, "The present password is wrong"),
        ({"present": PASSWORD, "new": NEW, "again": PASSWORD}, 422, "The two new passwords differ."),
        ({"present": PASSWORD, "new": "apple", "again": "apple"}, 422, "tried first"),
        ({"present": PASSWORD, "new": "", "again": ""}, 422, "The password is empty"),
    ):
        refused = await browser.post("/account/password", **fields)
        assert refused.status == status
        assert words_ in wrong_of(refused)
    german = await browser.post("/account/password?lang=de", present=PASSWORD, new="apple", again="apple")
    assert "Das Passwort ist ein Wort, das zuerst probiert wird" in wrong_of(german)
    changed = await browser.post("/account/password", present=PASSWORD, new=NEW, again=NEW)
    assert (changed.status, changed.headers["location"]) == (303, "/account?done=password")
    assert browser.cookies != held
    assert words("en")["account"]["changed"] in (await browser.get("/account?done=password")).text
    assert (await other.get("/account")).status == 303
    assert api.office.audit.entries[-1].act == "password.set"
    assert (await other.post("/sign-in", login=ALICE, password=PASSWORD)).status == 403
    assert (await other.post("/sign-in", login=ALICE, password=NEW)).status == 303


async def test_a_password_that_is_too_weak_by_now_is_asked_about(api: Api, browser: Browser) -> None:
    await api.office.parts.directory.put_setting("system", "auth.password_characters", b"14")
    await sign_in(browser)
    wanted = words("en")["account"]["new_wanted"]
    assert wanted in (await browser.get("/account")).text
    long = "An0ther-horse-and-more"
    await browser.post("/account/password", present=PASSWORD, new=long, again=long)
    assert wanted not in (await browser.get("/account")).text


async def test_sessions_are_ended_from_the_page(api: Api, browser: Browser) -> None:
    others = [Browser(api.app, client=f"2001:db8::{number}") for number in range(3)]
    for each in (*others, browser):
        await sign_in(each)
    ids = re.findall(r'name="id" value="([^"]+)"', (await browser.get("/account")).text)
    assert len(ids) == 3
    assert (await browser.post("/account/sessions/end", id=ids[0])).status == 303
    assert (await browser.post("/account/sessions/end", id=ids[0])).status == 303, "it has ended already"
    assert [(await each.get("/account")).status for each in others].count(303) == 1
    await browser.post("/account/sessions/end-others")
    assert [(await each.get("/account")).status for each in others] == [303] * 3
    assert (await browser.get("/account")).status == 200


async def test_whoever_signed_in_long_ago_confirms_who_they_are(api: Api, browser: Browser) -> None:
    await sign_in(browser)
    link = 'href="/sign-in?lang=de&amp;again"'
    assert link not in (await browser.get("/account?lang=de")).text
    api.office.clock.advance(RECENT_SECONDS + 1)
    page = (await browser.get("/account?lang=de")).text
    assert page.count(link) == 2, "where passkeys are, and where the recovery address is"
    stale = dict(browser.cookies)
    asked = await browser.get("/sign-in?lang=de&again")
    assert asked.status == 200
    assert words("de")["sign_in"]["lead_again"] in asked.text
    assert f'value="{ALICE}"' in asked.text
    assert (await browser.post("/sign-in?lang=de", login=ALICE, password="wrong")).status == 403
    assert browser.cookies == stale, "what was wrong ends nothing"
    assert (await browser.get("/account")).status == 200
    await sign_in(browser, "?lang=de")
    assert link not in (await browser.get("/account?lang=de")).text
    fresh = await browser.get("/account")
    assert len(re.findall(r'action="/account/sessions/end"', fresh.text)) == 0, "the session that was old is over"
    browser.cookies = stale
    assert (await browser.get("/account")).status == 303


async def test_without_tls_a_browser_is_sent_to_where_it_is(api: Api) -> None:
    far = Browser(api.app, "http://mail.example.test")
    for answer in (await far.get("/sign-in"), await far.post("/sign-in", login=ALICE, password=PASSWORD)):
        assert (answer.status, answer.headers["location"]) == (307, "https://mail.example.test:20443/sign-in")
    near = Browser(api.app, "http://127.0.0.1", "127.0.0.1")
    await sign_in(near)
    assert list(near.cookies) == [LOCAL]


async def test_who_is_blocked_is_told_where_to_look(api: Api, browser: Browser) -> None:
    await api.office.parts.directory.put_setting("system", GUARD_ADDRESS_FAILURES.key, b"2")
    for number in range(2):
        await browser.post("/sign-in", login=ALICE, password=str(number))
    blocked = await browser.post("/sign-in?lang=ja", login=ALICE, password=PASSWORD)
    assert (blocked.status, SECURE in browser.cookies) == (429, False)
    assert 'href="/ip?lang=ja"' in blocked.text
    assert "ログインの失敗が多すぎます" in wrong_of(blocked)


async def test_what_is_no_form_is_refused(browser: Browser) -> None:
    form = "application/x-www-form-urlencoded"
    for body in (b"a" * 20_000, b"a=%ff", b"\xff=1", b"&".join([b"a=1"] * 30)):
        assert (await browser.raw("POST", "/sign-in", body, content_type=form)).status == 400


async def test_a_part_that_is_away_is_told_in_words(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    async def away(*_arguments: object) -> None:
        raise Unavailable("the process behind keeper.sock is away")

    await sign_in(browser)
    monkeypatch.setattr(OpenSessions, "signed_in", away)
    answer = await browser.get("/account")
    assert (answer.status, "away" in answer.text, "retry-after" in answer.headers) == (503, True, True)


async def test_a_forgotten_password_and_the_address_that_helps(api: Api, browser: Browser) -> None:
    assert 'href="/sign-in/forgotten?lang=de"' in (await browser.get("/sign-in?lang=de")).text
    await sign_in(browser)
    sent = await browser.post("/account/recovery-address", address="anne@other.example")
    assert sent.headers["location"] == "/account?done=recovery"
    assert words("en")["account"]["recovery_sent"] in (await browser.get("/account?done=recovery")).text
    assert "another one" in wrong_of(await browser.post("/account/recovery-address", address=ALICE))
    page = await browser.get(f"/sign-in/confirm?token={await token_of(api)}")
    assert page.status == 200
    token = re.search(r'name="token" value="([^"]+)"', page.text)
    assert token is not None
    asked = Browser(api.app)
    done = await asked.post("/sign-in/confirm", token=token[1])
    assert words("en")["confirm"]["done"] in done.text
    assert "ask for a new one" in wrong_of(await asked.post("/sign-in/confirm", token=token[1]))
    assert "anne@other.example" in (await browser.get("/account")).text

    told = [(await asked.post("/sign-in/forgotten", login=login)).text for login in (ALICE, "nobody@example.test")]
    assert told[0] == told[1]
    await api.browsers.recovery.stop()
    token_text = await token_of(api)
    assert token_text in (await asked.get(f"/sign-in/recover?token={token_text}")).text
    for new, again, words_ in ((NEW, PASSWORD, "differ"), ("apple", "apple", "tried first")):
        assert words_ in wrong_of(await asked.post("/sign-in/recover", token=token_text, new=new, again=again))
    changed = await asked.post("/sign-in/recover?lang=ja", token=token_text, new=NEW, again=NEW)
    assert changed.headers["location"] == "/sign-in?lang=ja&done=recovered"
    assert words("ja")["sign_in"]["recovered"] in (await asked.get("/sign-in?lang=ja&done=recovered")).text
    assert (await browser.get("/account")).status == 303
    used = await asked.post("/sign-in/recover", token=token_text, new=NEW, again=NEW)
    assert (used.status, "has been used" in wrong_of(used)) == (403, True)
    foreign = {"sec_fetch_site": "cross-site", "content_type": "application/x-www-form-urlencoded"}
    assert (await asked.raw("POST", "/sign-in/forgotten", b"login=x", **foreign)).headers["location"] == "/sign-in"


async def token_of(api: Api) -> str:
    """What the link of the last letter is for."""
    rows = await api.office.queue.rows()
    text = (await api.office.queue.read(rows[-1].id)).decode()
    found = re.findall(r"token=([A-Za-z0-9_-]{43})", text.replace("=\r\n", "").replace("=3D", "="))
    assert found, text
    return str(found[-1])


def test_what_browsers_are_called() -> None:
    windows = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
    assert browser_name(windows) == "Chrome · Windows"
    assert browser_name(windows + " Edg/140.0.0.0") == "Edge · Windows"
    iphone = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile/15E148 Safari/604.1"
    assert browser_name(iphone) == "Safari · iPhone"
    assert browser_name("curl/8") == "curl/8"
    assert browser_name("x" * 200) == "x" * 60
    assert browser_name("") == ""
