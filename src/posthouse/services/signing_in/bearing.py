"""Whose a token is that a mail program shows (OAUTHBEARER, XOAUTH2): one of ours, or one of the domain's identity provider."""

import logging
from collections.abc import Awaitable, Callable

import msgspec

from posthouse.foundation.errors import AuthenticationFailed, Unavailable
from posthouse.model.account import Account, Credential
from posthouse.services.access.tokens import Tokens, is_token
from posthouse.services.signing_in.oidc.providers import Providers

NOT_FOR_MAIL = "the token {!r} is not for mail programs: make one with posthouse token add --for imap,submission"
OTHER_PROTOCOL = "the token {!r} is only for {}: use another"
AWAY = "tokens cannot be judged at the moment: try again later"
WRONG = "the token is wrong, has expired or was revoked"
_log = logging.getLogger(__name__)
Whose = Callable[[str], Awaitable[Account | None]]
"""Says whose a login name is."""


class NotMeant(AuthenticationFailed):
    """A right token that is for something else: no guess, and whoever has shown it is told so."""


class Bearer(msgspec.Struct, frozen=True):
    """Whom a token stands for."""

    account: Account
    credential: Credential | None = None
    """Ours; None where somebody else has made it."""
    until: float = 0.0
    """When somebody else's is over, in seconds since 1970."""


class Bearers:
    """Judges tokens."""

    def __init__(self, tokens: Tokens, providers: Providers | None = None) -> None:
        self._tokens = tokens
        self._providers = providers

    async def discovery(self, domain: str) -> str:
        """The URL of the document that says where to get tokens of a domain (its key); empty: there is none."""
        trust = None if self._providers is None else await self._providers.trust(domain)
        return "" if trust is None else trust.issuer.rstrip("/") + "/.well-known/openid-configuration"

    async def bearer(self, token: str, protocol: str, domain: str, whose: Whose) -> Bearer:
        """Whom a token stands for; whether that account may be used is another question.

        ``domain``: the one (its key) of the name that came with the token; empty: of the system.
        Raises: AuthenticationFailed; NotMeant, OverFor; Expired; Unavailable.
        """
        if not token:
            raise NotMeant(WRONG)
        if not is_token(token):
            return await self._outside(token, domain, whose)
        account, credential = await self._tokens.found(token)
        if not credential.protocols:
            raise NotMeant(NOT_FOR_MAIL.format(credential.name))
        if protocol and protocol not in credential.protocols:
            raise NotMeant(OTHER_PROTOCOL.format(credential.name, " and ".join(credential.protocols)))
        return Bearer(account, credential)

    async def _outside(self, token: str, domain: str, whose: Whose) -> Bearer:
        """A provider speaks for the accounts of the domains that believe it, whatever address it writes into a token."""
        trust = None if self._providers is None else await self._providers.trust(domain)
        if self._providers is None or trust is None:
            raise AuthenticationFailed(WRONG)
        try:
            vouched = await self._providers.vouched(token, trust)
        except Unavailable as error:
            _log.warning("a token cannot be judged: %s", error)
            raise Unavailable(AWAY) from error
        account = await whose(vouched.login)
        if account is None or await self._providers.trust(account.domain) != trust:
            raise AuthenticationFailed(WRONG)
        return Bearer(account, until=vouched.until)
