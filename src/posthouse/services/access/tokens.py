"""Tokens: random secrets of 160 bits that carry the account they belong to, kept only as a keyed hash.

``posthouse_ACCOUNT_SECRET``: the prefix is for whoever finds one where it should not be, and for programs that look for such.
"""

import hmac
import re
from typing import Final

from posthouse.foundation.errors import AuthenticationFailed, Expired
from posthouse.foundation.ids import AccountId, from_text, to_text
from posthouse.model.account import Account, Credential, CredentialKind, Status
from posthouse.model.principal import Principal
from posthouse.model.role import EVERYWHERE, EVERYWHERE_ROLES, Act
from posthouse.ports.clock import Clock
from posthouse.ports.directory import DirectoryReader
from posthouse.ports.vault import Vault

SCHEME: Final = "token"
WRONG: Final = "the token is wrong or was revoked"
_FORM: Final = re.compile(r"posthouse_([0-9a-z]{26})_([a-z2-9]{32})")


def token_text(account_id: AccountId, secret: str) -> str:
    """A token as it is shown, once."""
    return f"posthouse_{to_text(account_id)}_{secret}"


def is_token(text: str) -> bool:
    """Whether this has the form of a token of ours."""
    return _FORM.fullmatch(text) is not None


def token_verifier(vault: Vault, account_id: AccountId, secret: str) -> bytes:
    """The keyed hash a token is checked by."""
    return vault.keyed(b"token\0" + account_id + secret.encode())


class Tokens:
    """Says who a token stands for."""

    def __init__(self, directory: DirectoryReader, vault: Vault, clock: Clock) -> None:
        self._directory = directory
        self._vault = vault
        self._clock = clock

    async def principal(self, text: str, origin: str) -> Principal:
        """Whom a token stands for, with what it is for. Nothing is remembered: a token that is revoked is void at once.

        Raises: AuthenticationFailed, Expired, Unavailable.
        """
        account, credential = await self.found(text)
        if account.status is not Status.ACTIVE:
            raise AuthenticationFailed(WRONG)
        return token_principal(account, credential, origin)

    async def found(self, text: str) -> tuple[Account, Credential]:
        """Whose token this is, whatever has become of the account since. Raises: AuthenticationFailed, Expired, Unavailable."""
        form = _FORM.fullmatch(text)
        if form is None:
            raise AuthenticationFailed(WRONG)
        try:
            account_id = AccountId(from_text(form[1]))
        except ValueError:
            raise AuthenticationFailed(WRONG) from None
        account = await self._directory.account(account_id)
        if account is None or account.status is Status.REMOVED:
            raise AuthenticationFailed(WRONG)
        verifier = token_verifier(self._vault, account_id, form[2])
        for credential in await self._directory.credentials(account_id):
            if credential.kind is CredentialKind.TOKEN and hmac.compare_digest(credential.verifiers.get(SCHEME, b""), verifier):
                if credential.expires_at is not None and credential.expires_at <= self._clock.now():
                    raise Expired("the token has expired")
                return account, credential
        raise AuthenticationFailed(WRONG)


def token_principal(account: Account, token: Credential, origin: str = "") -> Principal:
    """Whom a token stands for: never more than its account."""
    known = {act.value: act for act in Act}
    is_narrowed = bool(token.acts or token.protocols)  # one for mail programs administers nothing, unless that is said too
    reach = account.reach
    if token.places:
        everywhere = account.role in EVERYWHERE_ROLES or EVERYWHERE in reach
        reach = tuple(place for place in token.places if everywhere or place in reach)
    return Principal(
        account.id,
        account.address,
        account.role,
        token.id,
        account.credential_epoch,
        reach=reach,
        narrowed=frozenset(known[act] for act in token.acts if act in known) if is_narrowed else None,
        confined=bool(token.places),
        origin=origin,
    )
