"""Signing in with a browser through a provider: the authorization code flow, with PKCE, nonce and state (OpenID Connect Core §3.1).

Nothing is kept here meanwhile: what was begun lies sealed in a cookie of the browser that began it, and counts for ten minutes, in
that browser only.
"""

import base64
import binascii
import hashlib
import hmac
import logging
import urllib.parse
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from posthouse.foundation.errors import AuthenticationFailed, Corrupt, NotFound, Unavailable
from posthouse.model.settings.outside import OIDC_SCOPES
from posthouse.ports.clock import Clock
from posthouse.ports.entropy import Entropy
from posthouse.ports.vault import Vault
from posthouse.services.authenticate import Authenticator
from posthouse.services.browsers.sessions import Opened
from posthouse.services.browsers.signing_in import BEGIN_AGAIN, BrowserSignIn, SecondFactorWanted
from posthouse.services.browsers.steps import new_secret
from posthouse.services.guard.guarding import Source
from posthouse.services.settings import Settings
from posthouse.services.signing_in.oidc.provider import Provider
from posthouse.services.signing_in.oidc.providers import Providers, Trust, vouched_by
from posthouse.trust.tokens.verifying import InvalidToken

BEGUN_SECONDS: Final = 600.0
NO_PROVIDER: Final = "nobody else vouches for people here: sign in with your password"
NOBODY: Final = "you are known there, but no mailbox here is yours: ask your administrator"
NOT_VOUCHED: Final = "you have not been vouched for: begin again, or ask your administrator"
AWAY: Final = "who vouches for you cannot be asked at the moment: try again later"
_log = logging.getLogger(__name__)


class _Begun(msgspec.Struct, frozen=True, tag="oidc-begun"):
    domain: str
    state: str
    nonce: str
    verifier: str
    return_to: str
    until: float


@dataclass(frozen=True)
class Begun:
    """A sign-in has begun."""

    url: str
    """Where the browser goes."""
    secret: str
    """What it holds until it comes back."""


@dataclass(frozen=True)
class OutsideParts:
    """What signing in through a provider works with."""

    providers: Providers
    authenticator: Authenticator
    sign_in: BrowserSignIn
    settings: Settings
    vault: Vault
    clock: Clock
    entropy: Entropy


class OutsideSignIn:
    """The verbs."""

    def __init__(self, parts: OutsideParts) -> None:
        self._parts = parts

    async def offers(self, domain: str = "") -> bool:
        """Whether people of a domain (its key; empty: whoever comes) may sign in through a provider."""
        trust = await self._parts.providers.trust(domain)
        return trust is not None and bool(trust.client[0])

    async def begin(self, domain: str, return_to: str) -> Begun:
        """Send a browser to the provider of a domain (its key; empty: the system's), and from there to ``return_to``.

        Raises: NotFound where there is none; Unavailable.
        """
        trust = await self._trust(domain)
        provider = self._parts.providers.provider(trust.issuer)
        state, nonce, verifier = (new_secret(self._parts.entropy) for _ in range(3))
        begun = _Begun(domain, state, nonce, verifier, return_to, self._parts.clock.now() + BEGUN_SECONDS)
        query = {
            "response_type": "code",
            "client_id": trust.client[0],
            "redirect_uri": return_to,
            "scope": await self._parts.settings.get(OIDC_SCOPES, domain=domain),
            "state": state,
            "nonce": nonce,
            "code_challenge": _digest(verifier),
            "code_challenge_method": "S256",
        }
        try:
            endpoint = await provider.endpoint("authorization_endpoint")
        except Unavailable as error:
            raise _told(error) from error
        url = f"{endpoint}{'&' if '?' in endpoint else '?'}{urllib.parse.urlencode(query)}"
        return Begun(url, base64.urlsafe_b64encode(self._parts.vault.seal(msgspec.json.encode(begun))).decode())

    async def finish(self, secret: str, answer: Mapping[str, str], source: Source) -> Opened | SecondFactorWanted:
        """Sign in whom the provider vouches for; ``secret`` is what the browser holds, ``answer`` what it brings.

        Raises: AuthenticationFailed; NotFound; Retired; Unavailable.
        """
        begun = self._begun(secret)
        if begun is None or not hmac.compare_digest(begun.state.encode(), answer.get("state", "").encode()):
            raise AuthenticationFailed(BEGIN_AGAIN)
        trust = await self._trust(begun.domain)
        if answer.get("iss", trust.issuer) != trust.issuer or "code" not in answer:
            _log.warning("sign-in through %s: %s", trust.issuer, ascii(answer.get("error", "another issuer")[:80]))
            raise AuthenticationFailed(NOT_VOUCHED)
        try:
            claims = await self._claims(self._parts.providers.provider(trust.issuer), trust, begun, answer["code"])
            login = vouched_by(claims, trust.claim).login
        except Unavailable as error:
            raise _told(error) from error
        except InvalidToken as error:
            _log.warning("sign-in through %s: %s", trust.issuer, error)
            raise AuthenticationFailed(NOT_VOUCHED) from error
        account = await self._parts.authenticator.whose(login)
        if account is None or await self._parts.providers.trust(account.domain) != trust:
            raise AuthenticationFailed(NOBODY)
        return await self._parts.sign_in.vouched(account, source)

    async def _claims(self, provider: Provider, trust: Trust, begun: _Begun, code: str) -> dict[str, Any]:
        """What the provider says of whoever brings a code. Raises: InvalidToken; Unavailable."""
        client_id, client_secret = trust.client
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": begun.return_to, "code_verifier": begun.verifier}
        client = trust.client if client_secret else None
        given = await provider.post("token_endpoint", form if client else form | {"client_id": client_id}, client)
        claims = await provider.claims(str(given.get("id_token", "")), (client_id,))
        if not hmac.compare_digest(str(claims.get("nonce", "")).encode(), begun.nonce.encode()):
            raise InvalidToken("it was made for another sign-in (nonce)")
        if claims.get("azp", client_id) != client_id:
            raise InvalidToken("it was given to somebody else (azp)")
        if trust.claim not in claims:
            more = await provider.read("userinfo_endpoint", str(given.get("access_token", "")))
            if more.get("sub") != claims.get("sub"):
                raise InvalidToken("it is about somebody else (sub)")
            claims = more | claims
        return claims

    async def _trust(self, domain: str) -> Trust:
        trust = await self._parts.providers.trust(domain)
        if trust is None or not trust.client[0]:
            raise NotFound(NO_PROVIDER)
        return trust

    def _begun(self, secret: str) -> _Begun | None:
        """What a browser began; None: nothing that counts."""
        try:
            begun = msgspec.json.decode(self._parts.vault.unseal(base64.urlsafe_b64decode(secret)), type=_Begun)
        except (Corrupt, msgspec.DecodeError, binascii.Error, ValueError):
            return None
        return begun if begun.until > self._parts.clock.now() else None


def _digest(verifier: str) -> str:
    """``code_challenge`` of RFC 7636 §4.2."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")


def _told(error: Unavailable) -> Unavailable:
    """The same for whoever signs in; the log says more."""
    _log.warning("sign-in through a provider: %s", error)
    return Unavailable(AWAY)
