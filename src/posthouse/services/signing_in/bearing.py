"""Whose a token is that a mail program shows (OAUTHBEARER, XOAUTH2)."""

import msgspec

from posthouse.foundation.errors import AuthenticationFailed
from posthouse.model.account import Account, Credential
from posthouse.services.access.tokens import Tokens, is_token

NOT_FOR_MAIL = "the token {!r} is not for mail programs: make one with posthouse token add --for imap,submission"
OTHER_PROTOCOL = "the token {!r} is only for {}: use another"
WRONG = "the token is wrong, has expired or was revoked"


class NotMeant(AuthenticationFailed):
    """A right token that is for something else: no guess, and whoever has shown it is told so."""


class Bearer(msgspec.Struct, frozen=True):
    """Whom a token stands for."""

    account: Account
    credential: Credential | None = None
    """Ours; None where somebody else has made it."""


class Bearers:
    """Judges tokens."""

    def __init__(self, tokens: Tokens) -> None:
        self._tokens = tokens

    async def bearer(self, token: str, protocol: str) -> Bearer:
        """Whom a token stands for; whether that account may be used is another question.

        Raises: AuthenticationFailed; NotMeant; Expired; Unavailable.
        """
        if not is_token(token):
            raise AuthenticationFailed(WRONG)
        account, credential = await self._tokens.found(token)
        if not credential.protocols:
            raise NotMeant(NOT_FOR_MAIL.format(credential.name))
        if protocol and protocol not in credential.protocols:
            raise NotMeant(OTHER_PROTOCOL.format(credential.name, " and ".join(credential.protocols)))
        return Bearer(account, credential)
