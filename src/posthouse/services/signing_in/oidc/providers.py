"""Whom a provider's token stands for, by the settings of a domain; remembered for a minute at most."""

from collections import OrderedDict
from typing import Any, Final

import msgspec

from posthouse.foundation.errors import AuthenticationFailed
from posthouse.model.settings.outside import (
    OIDC_AUDIENCES,
    OIDC_CLAIM,
    OIDC_CLIENT_ID,
    OIDC_CLIENT_SECRET,
    OIDC_INTROSPECTION,
    OIDC_ISSUER,
)
from posthouse.ports.clock import Clock
from posthouse.ports.signing_in.provider_link import ProviderLink
from posthouse.ports.vault import Vault
from posthouse.services.settings import Settings
from posthouse.services.signing_in.oidc.provider import Provider
from posthouse.trust.tokens.verifying import InvalidToken, OverToken, check_audience, is_signed, moment_of

REMEMBER_SECONDS: Final = 60.0
REMEMBERED: Final = 10_000
PROVIDERS: Final = 1_000
WRONG: Final = "the token is wrong, has expired or was revoked"


class OverFor(AuthenticationFailed):
    """A token that counted until a moment that has passed: its program gets another by itself, and it was no guess."""


class Trust(msgspec.Struct, frozen=True):
    """Whom a domain believes, and what its tokens must say."""

    issuer: str
    audiences: tuple[str, ...]
    claim: str
    client: tuple[str, str]
    introspection: bool


class Vouched(msgspec.Struct, frozen=True):
    """Whom a provider vouches for."""

    login: str
    """An address or a login name."""
    until: float
    """Seconds since 1970: when the token is over."""


class Providers:
    """One per process that people sign in to."""

    def __init__(self, settings: Settings, link: ProviderLink, vault: Vault, clock: Clock) -> None:
        self._settings = settings
        self._link = link
        self._vault = vault
        self._clock = clock
        self._providers: OrderedDict[str, Provider] = OrderedDict()
        self._remembered: OrderedDict[bytes, tuple[float, Vouched | None]] = OrderedDict()

    async def trust(self, domain: str) -> Trust | None:
        """Whom a domain (its key; empty: the system) believes; None: nobody."""
        get = self._settings.get
        issuer = await get(OIDC_ISSUER, domain=domain)
        if not issuer:
            return None
        client_id = await get(OIDC_CLIENT_ID, domain=domain)
        audiences = await get(OIDC_AUDIENCES, domain=domain) or ([client_id] if client_id else [])
        secret = await get(OIDC_CLIENT_SECRET, domain=domain)
        claim, introspection = await get(OIDC_CLAIM, domain=domain), await get(OIDC_INTROSPECTION, domain=domain)
        return Trust(issuer, tuple(audiences), claim, (client_id, secret), introspection)

    def provider(self, issuer: str) -> Provider:
        """The provider of this name."""
        found = self._providers.pop(issuer, None) or Provider(issuer, self._link, self._clock)
        self._providers[issuer] = found
        if len(self._providers) > PROVIDERS:
            self._providers.popitem(last=False)
        return found

    async def vouched(self, token: str, trust: Trust) -> Vouched:
        """Whom an access token stands for. Raises: AuthenticationFailed, OverFor; Unavailable where the provider is away."""
        now = self._clock.now()
        key = self._vault.keyed(b"outside token\0" + msgspec.json.encode((token, trust)))
        until, vouched = self._remembered.get(key, (now, None))
        if until <= now:
            vouched = await self._judged(token, trust)
            until = now + REMEMBER_SECONDS if vouched is None else min(now + REMEMBER_SECONDS, vouched.until)
            self._remembered[key] = (until, vouched)
            if len(self._remembered) > REMEMBERED:
                self._remembered.popitem(last=False)
        if vouched is None:
            raise AuthenticationFailed(WRONG)
        return vouched

    async def _judged(self, token: str, trust: Trust) -> Vouched | None:
        """None: it does not count, as far as anybody can know for a minute."""
        provider = self.provider(trust.issuer)
        try:
            if is_signed(token):
                return vouched_by(await provider.claims(token, trust.audiences), trust.claim)
            if not trust.introspection:
                return None
            claims = await provider.post(
                "introspection_endpoint", {"token": token, "token_type_hint": "access_token"}, trust.client
            )
            return self._introspected(claims, trust)
        except OverToken as over:
            raise OverFor(WRONG) from over
        except InvalidToken as wrong:
            raise AuthenticationFailed(WRONG) from wrong

    def _introspected(self, claims: dict[str, Any], trust: Trust) -> Vouched | None:
        """What the provider says about a token (RFC 7662 §2.2). Raises: InvalidToken."""
        if claims.get("active") is not True or claims.get("iss", trust.issuer) != trust.issuer:
            return None
        check_audience({"aud": claims.get("aud", claims.get("client_id"))}, trust.audiences)
        until = moment_of(claims.get("exp", self._clock.now() + REMEMBER_SECONDS))
        return vouched_by(claims | {"exp": until}, trust.claim)


def vouched_by(claims: dict[str, Any], claim: str) -> Vouched:
    """Whom a token names. Raises: InvalidToken, also for an address that nobody has verified (OpenID Connect Core §5.1)."""
    login, until = claims.get(claim), moment_of(claims.get("exp"))
    if not isinstance(login, str) or not login or until is None:
        raise InvalidToken(f"it has no {claim}")
    if claim == "email" and str(claims.get("email_verified", True)).lower() != "true":
        raise InvalidToken("its address is not verified")
    return Vouched(login, until)
