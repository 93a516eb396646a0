"""One provider: what it publishes about itself, fetched when it is needed and kept when it is away (OpenID Connect Discovery)."""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, TypeVar

from posthouse.foundation.errors import Invalid, Unavailable
from posthouse.model.settings.outside import require_private
from posthouse.ports.clock import Clock
from posthouse.ports.signing_in.provider_link import ProviderLink
from posthouse.trust.tokens.keys import InvalidKeys, Key, parse_keys
from posthouse.trust.tokens.verifying import Expected, UnknownKey, verified_claims

T = TypeVar("T")
FRESH_SECONDS: Final = 3_600.0
"""So long nobody looks whether there are other keys, unless a token names one that is not known."""
AGAIN_SECONDS: Final = 60.0
"""A key that is not known is looked for so often at most, whoever makes up names of keys."""
AWAY_SECONDS: Final = 5.0
"""A provider that did not answer is not asked again so long: others need not wait for it too."""
REQUESTS: Final = 16
"""Requests to one provider at once; who comes when so many wait is told to come again."""
_REFUSALS: Final = frozenset({"invalid_grant", "invalid_request"})
"""What is wrong is what somebody has brought, not how we are set."""
_log = logging.getLogger(__name__)


class Provider:
    """Remembers configuration and keys of one issuer. All verbs raise Unavailable, which says nothing about a token."""

    def __init__(self, issuer: str, link: ProviderLink, clock: Clock) -> None:
        self.issuer = issuer
        self._link = link
        self._clock = clock
        self._configuration: dict[str, Any] = {}
        self._keys: tuple[Key, ...] = ()
        self._fetched = self._away = float("-inf")
        """When both were read last, and when it last did not answer."""
        self._fetching = asyncio.Lock()
        self._requests = 0

    async def claims(self, token: str, audiences: tuple[str, ...]) -> dict[str, Any]:
        """What a token that this provider has signed says. Raises: InvalidToken, OverToken."""
        if self._age() > FRESH_SECONDS:
            await self._refresh(FRESH_SECONDS)
        expected = Expected(self.issuer, audiences)
        try:
            return verified_claims(token, self._keys, expected, self._clock.now())
        except UnknownKey:
            if self._age() <= AGAIN_SECONDS:
                raise
        await self._refresh(AGAIN_SECONDS, needed=True)
        return verified_claims(token, self._keys, expected, self._clock.now())

    async def endpoint(self, name: str) -> str:
        """The URL of one of its services, such as ``introspection_endpoint``; Unavailable where it has none."""
        if self._age() > FRESH_SECONDS:
            await self._refresh(FRESH_SECONDS)
        url = self._configuration.get(name)
        if not isinstance(url, str):
            raise Unavailable(f"{self.issuer} names no {name}")
        return url

    async def post(self, endpoint: str, form: Mapping[str, str], client: tuple[str, str] | None) -> dict[str, Any]:
        """Send a form to one of its services; the JSON object of its answer. One that says no has ``error`` (RFC 6749 §5.2)."""
        url = await self.endpoint(endpoint)
        answer = await self._asked(lambda: self._link.post(url, form, client))
        found = _object(answer.octets) if answer.status in {200, 400} else {}
        if answer.status != 200 and found.get("error") not in _REFUSALS:
            raise Unavailable(f"{self.issuer} answered {answer.status} {found.get('error', '')!s:.40} at its {endpoint}")
        return found

    async def read(self, endpoint: str, token: str) -> dict[str, Any]:
        """What one of its services tells whoever has a token."""
        url = await self.endpoint(endpoint)
        answer = await self._asked(lambda: self._link.get(url, token))
        if answer.status != 200:
            raise Unavailable(f"{self.issuer} answered {answer.status} at its {endpoint}")
        return _object(answer.octets)

    async def _refresh(self, age: float, *, needed: bool = False) -> None:
        """Read configuration and keys anew, once for all who want that; old ones do where it is away, unless new are ``needed``."""
        async with self._fetching:
            if self._age() <= age:
                return
            try:
                self._configuration, self._keys = await self._asked(self._published)
                self._fetched = self._clock.now()
            except Unavailable as error:
                if needed or not self._configuration:
                    raise
                _log.warning("keys are not renewed: %s", error)

    async def _published(self) -> tuple[dict[str, Any], tuple[Key, ...]]:
        configuration = _object(await self._get(self.issuer.rstrip("/") + "/.well-known/openid-configuration"))
        if configuration.get("issuer") != self.issuer:
            raise Unavailable(f"{self.issuer} calls itself {configuration.get('issuer')!r}: write oidc.issuer as it does")
        for name, url in configuration.items():
            if name.endswith("_endpoint") or name == "jwks_uri":
                try:
                    require_private(str(url))
                except Invalid as error:
                    raise Unavailable(f"{self.issuer}: {error}") from error
        try:
            return configuration, parse_keys(await self._get(str(configuration.get("jwks_uri", ""))))
        except InvalidKeys as error:
            raise Unavailable(f"{self.issuer}: {error}") from error

    async def _get(self, url: str) -> bytes:
        answer = await self._link.get(url)
        if answer.status != 200:
            raise Unavailable(f"{url} answered {answer.status}")
        return answer.octets

    async def _asked(self, request: Callable[[], Awaitable[T]]) -> T:
        """Ask it something, if it is there and not too many are asking."""
        if self._clock.now() - self._away < AWAY_SECONDS:
            raise Unavailable(f"{self.issuer} did not answer a moment ago: try again")
        if self._requests >= REQUESTS:
            raise Unavailable(f"too many wait for {self.issuer}: try again")
        self._requests += 1
        try:
            return await request()
        except Unavailable as error:
            self._away = self._clock.now()
            _log.warning("identity provider: %s", error)
            raise
        finally:
            self._requests -= 1

    def _age(self) -> float:
        return self._clock.now() - self._fetched


def _object(octets: bytes) -> dict[str, Any]:
    try:
        value = json.loads(octets)
    except (ValueError, RecursionError) as error:
        raise Unavailable("the answer is not JSON") from error
    if not isinstance(value, dict):
        raise Unavailable("the answer is no JSON object")
    return value
