"""Tokens of identity providers: whom they stand for, new keys, and a provider that is away."""

import asyncio
from typing import Any

import msgspec
import pytest
from tests.support.fakes import FakeClock
from tests.support.identity_provider import CLIENT, DirectLink, IdentityProvider
from tests.support.signed_tokens import SigningKey

from posthouse.adapters.memory.bus import MemoryBus
from posthouse.adapters.memory.directory import MemoryDirectory
from posthouse.adapters.memory.vault import MemoryVault
from posthouse.foundation.errors import AuthenticationFailed, Invalid, Unavailable
from posthouse.model.settings import outside
from posthouse.services.settings import Settings
from posthouse.services.signing_in.oidc.provider import AGAIN_SECONDS, AWAY_SECONDS, FRESH_SECONDS, REQUESTS
from posthouse.services.signing_in.oidc.providers import REMEMBER_SECONDS, OverFor, Providers, Trust

ALICE = "alice@example.test"


class House:
    """A system that believes one provider."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.directory = MemoryDirectory(MemoryBus())
        self.settings = Settings(self.directory)
        self.provider = IdentityProvider()
        self.link = DirectLink(self.provider)
        self.providers = Providers(self.settings, self.link, MemoryVault(), self.clock)

    async def set(self, scope: str = "system", **values: Any) -> None:
        for name, value in values.items():
            await self.directory.put_setting(scope, f"oidc.{name}", msgspec.json.encode(value))
        await self.settings.refresh()

    async def trust(self, domain: str = "") -> Trust:
        found = await self.providers.trust(domain)
        assert found is not None
        return found

    def token(self, **claims: Any) -> str:
        return self.provider.token(self.clock.now(), **claims)

    async def login(self, token: str) -> str:
        return (await self.providers.vouched(token, await self.trust())).login


@pytest.fixture
async def house() -> House:
    made = House()
    await made.set(issuer=made.provider.issuer, client_id=CLIENT[0], client_secret=CLIENT[1])
    return made


async def test_a_token_names_an_address(house: House) -> None:
    vouched = await house.providers.vouched(house.token(), await house.trust())
    assert (vouched.login, vouched.until) == (ALICE, house.clock.now() + 300)
    await house.set(claim="sub", audiences=["mail"])
    assert await house.login(house.token(aud=["mail", "x"])) == "7"


@pytest.mark.parametrize(
    "claims",
    [
        {"email": None},
        {"email": 7},
        {"email_verified": False},
        {"email_verified": "false"},
        {"aud": "x"},
        {"iss": "x"},
    ],
    ids=str,
)
async def test_a_token_that_does_not_count(house: House, claims: dict[str, Any]) -> None:
    with pytest.raises(AuthenticationFailed):
        await house.login(house.token(**claims))


async def test_a_token_that_is_over_is_no_guess(house: House) -> None:
    token = house.token()
    await house.login(token)
    house.clock.advance(361)
    with pytest.raises(OverFor):
        await house.login(token)


async def test_configuration_and_keys_are_read_once(house: House) -> None:
    await asyncio.gather(*(house.login(house.token(jti=str(number))) for number in range(20)))
    assert house.provider.asked == ["/.well-known/openid-configuration", "/jwks"]
    house.clock.advance(FRESH_SECONDS + 1)
    await house.login(house.token())
    assert len(house.provider.asked) == 4


async def test_a_new_key_is_looked_for_once_a_minute(house: House) -> None:
    await house.login(house.token())
    house.provider.keys.append(SigningKey("ES256", "second"))
    with pytest.raises(AuthenticationFailed):
        await house.login(house.token())
    house.clock.advance(AGAIN_SECONDS + 1)
    assert await house.login(house.token()) == ALICE
    house.provider.keys.append(SigningKey("ES256", "made up"))
    for number in range(10):
        with pytest.raises(AuthenticationFailed):
            await house.login(house.token(jti=str(number)))
    assert house.provider.asked.count("/jwks") == 2


async def test_old_keys_do_while_the_provider_is_away(house: House) -> None:
    await house.login(house.token())
    house.provider.is_away = True
    house.clock.advance(FRESH_SECONDS * 10)
    assert await house.login(house.token()) == ALICE
    house.provider.keys.append(SigningKey("ES256", "second"))
    with pytest.raises(Unavailable):
        await house.login(house.token())
    house.provider.is_away = False
    house.clock.advance(AWAY_SECONDS + 1)
    assert await house.login(house.token()) == ALICE


async def test_a_provider_that_is_away_from_the_beginning_says_nothing_about_a_token(house: House) -> None:
    house.provider.is_away = True
    with pytest.raises(Unavailable):
        await house.login(house.token())
    house.provider.is_away = False
    with pytest.raises(Unavailable, match="a moment ago"):
        await house.login(house.token())
    house.clock.advance(AWAY_SECONDS + 1)
    assert await house.login(house.token()) == ALICE


@pytest.mark.parametrize(
    "said",
    [
        {"issuer": "https://other.example"},
        {"jwks_uri": "http://id.example.org/jwks"},
        {"jwks_uri": None},
        {"token_endpoint": "x"},
    ],
    ids=str,
)
async def test_a_provider_whose_configuration_is_wrong(house: House, said: dict[str, Any]) -> None:
    house.provider.configuration = said
    with pytest.raises(Unavailable):
        await house.login(house.token())


async def test_tokens_only_the_provider_understands(house: House) -> None:
    house.provider.opaque["opaque"] = {"active": True, "aud": CLIENT[0], "exp": house.clock.now() + 30} | house.provider.person
    with pytest.raises(AuthenticationFailed):
        await house.login("opaque")
    await house.set(introspection=True)
    for _ in range(3):
        assert await house.login("opaque") == ALICE
        with pytest.raises(AuthenticationFailed):
            await house.login("made-up")
    assert house.provider.asked.count("/introspect") == 2, "remembered"
    house.provider.opaque["opaque"] = {"active": False}
    house.clock.advance(REMEMBER_SECONDS / 2 + 1)
    with pytest.raises(AuthenticationFailed):
        await house.login("opaque")
    for name, said in {"foreign": {"aud": "x"}, "nobody's": {}, "elsewhere": {"iss": "x", "aud": CLIENT[0]}}.items():
        house.provider.opaque[name] = {"active": True} | said | house.provider.person
        with pytest.raises(AuthenticationFailed):
            await house.login(name)
    await house.set(client_secret="wrong")
    with pytest.raises(Unavailable):
        await house.login("opaque")


async def test_who_comes_when_many_wait_is_told_to_come_again(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    await house.set(introspection=True)
    await house.login(house.token())
    going = asyncio.Event()
    answered = house.link.post

    async def slow(*arguments: Any) -> Any:
        await going.wait()
        return await answered(*arguments)

    monkeypatch.setattr(house.link, "post", slow)
    waiting = [asyncio.create_task(house.login(f"t{number}")) for number in range(REQUESTS)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    with pytest.raises(Unavailable, match="too many"):
        await house.login("another")
    assert await house.login(house.token(jti="x")) == ALICE, "who needs no answer is served"
    going.set()
    assert all(isinstance(each, AuthenticationFailed) for each in await asyncio.gather(*waiting, return_exceptions=True))


async def test_a_domain_has_its_own(house: House) -> None:
    await house.set("domain:example.org", issuer="https://other.example")
    assert (await house.trust("example.org")).issuer == "https://other.example"
    assert (await house.trust("example.org")).audiences == (CLIENT[0],)
    await house.set(issuer="")
    assert await house.providers.trust("example.test") is None


@pytest.mark.parametrize(
    "url",
    [
        "http://id.example.org",
        "ftp://id.example.org",
        "https://",
        "id",
        "https://a@b",
        "https://a/#b",
        "https://a b",
        "https://a:b",
        "https://é",
    ],
)
def test_urls_that_are_not_taken(url: str) -> None:
    with pytest.raises(Invalid):
        outside.OIDC_ISSUER.parse_text(url)


def test_urls_that_are_taken() -> None:
    for url in ("", "https://id.example.org/realms/x", "http://127.0.0.1:8080", "http://[::1]:80/x"):
        assert outside.OIDC_ISSUER.parse_text(url) == url
