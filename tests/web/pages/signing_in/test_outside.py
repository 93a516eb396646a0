"""Signing in through an identity provider: there and back, in one browser, once; and everything that is brought back wrong."""

import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import msgspec
import pytest
from tests.services.administer.signing_in.test_second_factors import Telephone
from tests.support.administration import DOMAIN, OPERATOR, Office, open_office
from tests.support.api import Api, open_api
from tests.support.browsers import Browser
from tests.support.identity_provider import CLIENT, DirectLink, IdentityProvider

from posthouse.model.account import Service
from posthouse.services.administer.accounts import AccountChanges, NewAccount
from posthouse.services.administer.signing_in.second_factors import SecondFactors
from posthouse.services.browsers.outside import BEGUN_SECONDS
from posthouse.web.cookies import SECURE

ALICE = f"alice@{DOMAIN}"


@pytest.fixture
def provider() -> IdentityProvider:
    made = IdentityProvider()
    made.person["email"] = ALICE
    return made


@pytest.fixture
async def api(tmp_path: Path, provider: IdentityProvider) -> AsyncIterator[Api]:
    async with open_office(tmp_path) as office, open_api(office, tmp_path, DirectLink(provider)) as opened:
        office.clock.time = time.time()
        await office.accounts.add(OPERATOR, NewAccount(address=ALICE, password=None))
        await put(office, issuer=provider.issuer, client_id=CLIENT[0], client_secret=CLIENT[1])
        yield opened


async def put(office: Office, scope: str = "system", **values: Any) -> None:
    for name, value in values.items():
        await office.parts.directory.put_setting(scope, f"oidc.{name}", msgspec.json.encode(value))
    await office.parts.settings.refresh()


@pytest.fixture
def browser(api: Api) -> Browser:
    return Browser(api.app)


async def there(browser: Browser, provider: IdentityProvider, query: str = "") -> str:
    """To the provider; where that sends the browser back to."""
    answer = await browser.get(f"/sign-in/oidc{query}")
    assert answer.status == 303, answer.text
    assert "no-store" in answer.headers["cache-control"]
    back = provider.authorize(answer.headers["location"])
    assert back.startswith("https://mail.example.test/sign-in/oidc/callback?")
    return back.removeprefix("https://mail.example.test")


async def test_there_and_back(api: Api, browser: Browser, provider: IdentityProvider) -> None:
    shown = await browser.get("/sign-in")
    assert 'href="/sign-in/oidc"' in shown.text
    answer = await browser.get(await there(browser, provider), sec_fetch_site="cross-site")
    assert (answer.status, answer.headers["location"]) == (303, "/account"), answer.text
    assert browser.cookies[SECURE]
    assert ALICE in (await browser.get("/account")).text
    assert provider.asked.count("/token") == 1
    await api.office.accounts.suspend(OPERATOR, ALICE)
    assert (await browser.get("/account")).headers["location"] == "/sign-in"


async def test_who_tells_it_at_another_endpoint(browser: Browser, provider: IdentityProvider) -> None:
    provider.is_terse = True
    assert (await browser.get(await there(browser, provider))).headers.get("location") == "/account"
    provider.identity = {"sub": "8"}
    assert (await Browser(browser.app).get("/account")).headers["location"] == "/sign-in"
    other = Browser(browser.app)
    assert (await other.get(await there(other, provider))).status == 403


async def test_what_was_begun_counts_once_in_one_browser(api: Api, browser: Browser, provider: IdentityProvider) -> None:
    back = await there(browser, provider)
    stranger = Browser(api.app)
    assert (await stranger.get(back)).status == 403, "somebody was sent a link"
    await there(stranger, provider)
    assert (await stranger.get(back)).status == 403, "the state of another"
    kept = dict(browser.cookies)
    assert (await browser.get(back)).headers.get("location") == "/account"
    assert set(browser.cookies) == {SECURE}
    again = Browser(api.app, cookies=kept)
    assert (await again.get(back)).status == 403, "the code was used"
    late = Browser(api.app)
    back = await there(late, provider)
    api.office.clock.advance(BEGUN_SECONDS + 1)
    assert (await late.get(back)).status == 403


@pytest.mark.parametrize(
    "identity",
    [{"nonce": "another"}, {"aud": "another"}, {"azp": "another"}, {"iss": "https://x"}, {"exp": 1}, {"email_verified": False}],
    ids=str,
)
async def test_an_identity_that_does_not_count(browser: Browser, provider: IdentityProvider, identity: dict[str, Any]) -> None:
    provider.identity = identity
    answer = await browser.get(await there(browser, provider))
    assert answer.status == 403
    assert SECURE not in browser.cookies
    assert "not been vouched for" in answer.text


@pytest.mark.parametrize(
    "changed",
    [{"state": "x"}, {"iss": "https://x"}, {"code": "x"}, {"code": None}, {"code": None, "error": "no"}],
    ids=str,
)
async def test_what_is_brought_back_wrong(browser: Browser, provider: IdentityProvider, changed: dict[str, str | None]) -> None:
    parts = urlsplit(await there(browser, provider))
    query = {name: value for name, value in (dict(parse_qsl(parts.query)) | changed).items() if value is not None}
    answer = await browser.get(f"{parts.path}?{urlencode(query)}")
    assert answer.status == 403
    assert SECURE not in browser.cookies
    assert (await browser.get(f"{parts.path}?{parts.query}")).status == 403, "it was tried, and is over"


async def test_somebody_without_a_mailbox(browser: Browser, provider: IdentityProvider) -> None:
    provider.person["email"] = f"nobody@{DOMAIN}"
    answer = await browser.get(await there(browser, provider))
    assert answer.status == 403
    assert "no mailbox here is yours" in answer.text


async def test_a_domains_provider_speaks_for_that_domain_only(api: Api, browser: Browser, provider: IdentityProvider) -> None:
    await api.office.domains.add(OPERATOR, "example.org")
    await api.office.accounts.add(OPERATOR, NewAccount(address="carol@example.org", password=None))
    await put(api.office, issuer="")
    await put(api.office, "domain:example.org", issuer=provider.issuer)
    assert (await browser.get("/sign-in/oidc")).status == 403
    assert "/sign-in/oidc" not in (await browser.get("/sign-in")).text
    assert 'href="/sign-in/oidc?domain=example.org"' in (await browser.get("/sign-in?domain=example.org")).text
    assert (await browser.get(await there(browser, provider, "?domain=example.org"))).status == 403, "alice is not one of theirs"
    provider.person["email"] = "carol@example.org"
    assert (await browser.get(await there(browser, provider, "?domain=example.org"))).headers.get("location") == "/account"
    assert (await browser.get("/sign-in/oidc?domain=-")).status == 403
    assert "/sign-in/oidc" not in (await browser.get("/sign-in?domain=-")).text


async def test_a_second_factor_is_asked_for_all_the_same(api: Api, browser: Browser, provider: IdentityProvider) -> None:
    telephone = Telephone(api.office, (await SecondFactors(api.office.parts, "h").begin(OPERATOR, ALICE)).secret)
    await SecondFactors(api.office.parts, "h").confirm(OPERATOR, ALICE, telephone.code())
    answer = await browser.get(await there(browser, provider))
    assert answer.status == 200
    assert "You have been vouched for" in answer.text
    assert SECURE not in browser.cookies


async def test_what_is_switched_off_stays_so(api: Api, browser: Browser, provider: IdentityProvider) -> None:
    await api.office.accounts.change(OPERATOR, ALICE, AccountChanges(refused_services=(Service.WEBMAIL,)))
    assert (await browser.get(await there(browser, provider))).status == 403


async def test_a_provider_that_is_away(browser: Browser, provider: IdentityProvider) -> None:
    provider.is_away = True
    answer = await browser.get("/sign-in/oidc")
    assert answer.status == 503
    assert "cannot be asked at the moment" in answer.text
    assert provider.issuer not in answer.text


async def test_only_over_tls_and_under_the_houses_own_name(api: Api, provider: IdentityProvider) -> None:
    clear = Browser(api.app, "http://mail.example.test")
    assert (await clear.get("/sign-in/oidc")).status in {307, 403}
    assert (await clear.get("/sign-in/oidc/callback?code=x&state=y")).status in {307, 403}
    other = Browser(api.app, "https://mail.customer.example")
    answer = await other.get("/sign-in/oidc?domain=x")
    assert answer.headers["location"] == "https://mail.example.test:20443/sign-in/oidc?domain=x"
