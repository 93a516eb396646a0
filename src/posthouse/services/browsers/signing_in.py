"""Signing in with a browser: the account password, then the second factor where one is set up, then a session; or a passkey.

It is always the account password here, also where mail programs need app passwords. Failures of both steps are counted by the
login guard, under the protocol ``web``; between the steps a browser holds a secret of its own, for five minutes and five codes.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

import msgspec

from posthouse.foundation.errors import AuthenticationFailed
from posthouse.foundation.ids import AccountId, CredentialId
from posthouse.model.account import Account, Credential, Service
from posthouse.ports.directory import DirectoryReader
from posthouse.services.authenticate import PROOF, WRONG, Authenticator
from posthouse.services.browsers.passkeys import WRONG_PASSKEY, PasskeyCheck, read_claim
from posthouse.services.browsers.sessions import Opened, OpenSessions, Proof, password_of
from posthouse.services.browsers.steps import SecretSteps
from posthouse.services.guard.guarding import Admitted, Source
from posthouse.services.second_factors import SecondFactorCheck
from posthouse.trust.passkeys import Site

WEB: Final = "web"
"""The protocol of a ``Source``."""
CODE_SECONDS: Final = 300.0
CODE_TRIES: Final = 5
BEGIN_AGAIN: Final = "this sign-in has taken too long, or failed too often: begin again"
_PURPOSE: Final = b"second factor"


class _HalfOpen(msgspec.Struct, frozen=True):
    login: str
    proofs: tuple[Proof, ...]
    password: CredentialId | None
    new_password_wanted: bool


@dataclass(frozen=True)
class _Begun:
    step: str
    account: Account
    half: _HalfOpen


@dataclass(frozen=True)
class SecondFactorWanted:
    """The first step is done; whoever holds ``step`` may go on with one of these."""

    step: str
    kinds: tuple[str, ...]
    """``totp``, ``recovery-codes``, ``passkey``."""


@dataclass(frozen=True)
class SignInParts:
    """What signing in with a browser works with."""

    directory: DirectoryReader
    authenticator: Authenticator
    factors: SecondFactorCheck
    passkeys: PasskeyCheck
    sessions: OpenSessions
    steps: SecretSteps
    is_weak: Callable[[Account, str], Awaitable[bool]]
    """Whether a password is weaker than passwords of the account have to be by now."""


class BrowserSignIn:
    """The verbs; all raise Unavailable, SignInBlocked, and Retired where the account, or webmail for it, may not be used."""

    def __init__(self, parts: SignInParts) -> None:
        self._parts = parts

    async def sign_in(self, login: str, password: str, source: Source) -> Opened | SecondFactorWanted:
        """Sign in with the account password. Raises: AuthenticationFailed, in the same words for whom there is not."""
        authenticator = self._parts.authenticator
        admitted = await authenticator.admit(source, login)
        account = await authenticator.whose(login)
        if admitted is not None:
            await admitted.refuse_guess(password)
        credentials = [] if account is None else await self._parts.directory.credentials(account.id)
        proved = await authenticator.passwords.prove(account, credentials, password)
        if account is None or proved is None:
            if admitted is not None:
                await admitted.failed(password)
            raise AuthenticationFailed(WRONG)
        is_weak = proved.credential is not None and await self._parts.is_weak(account, password)
        return await self._recognised(account, login, source, Proof.PASSWORD, admitted, new_password_wanted=is_weak)

    async def vouched(
        self, account: Account, source: Source, proof: Proof = Proof.OUTSIDE, *, is_enough: bool = False
    ) -> Opened | SecondFactorWanted:
        """Sign in somebody who has shown who they are in another way than with the password.

        ``is_enough``: no second factor is asked for.
        """
        if is_enough:
            return await self._parts.sessions.open(account, source, (proof,))
        return await self._recognised(account, account.address, source, proof, None)

    async def go_on(self, step: str, code: str, source: Source) -> Opened:
        """Take the second step, with a code. Raises: AuthenticationFailed (the code is wrong, or it took too long)."""
        begun = await self._half_open(step)
        admitted = await self._parts.authenticator.admit(source, begun.half.login)
        if admitted is not None:
            await admitted.refuse_guess(code)
        try:
            kind = await self._parts.factors.check(begun.account, code)
        except AuthenticationFailed:
            if admitted is not None:
                await admitted.failed(code)
            raise
        return await self._done(begun, source, Proof(kind.value), admitted)

    async def go_on_with_passkey(self, step: str, answer: bytes, site: Site, source: Source) -> Opened:
        """Take the second step, with a passkey. Raises: AuthenticationFailed."""
        begun = await self._half_open(step)
        admitted = await self._parts.authenticator.admit(source, begun.half.login)
        kept = await self._prove(begun.account, answer, site, admitted, step)
        return await self._done(begun, source, Proof.PASSKEY, admitted, kept.id)

    async def sign_in_with_passkey(self, answer: bytes, site: Site, source: Source) -> Opened:
        """Sign in with a passkey alone, whose authenticator has verified its owner. Raises: AuthenticationFailed."""
        handle = AccountId(read_claim(answer).user_handle)
        account = await self._parts.directory.account(handle)
        admitted = await self._parts.authenticator.admit(source, "" if account is None else account.address)
        if account is None:
            if admitted is not None:
                await admitted.failed(PROOF)
            raise AuthenticationFailed(WRONG_PASSKEY)
        kept = await self._prove(account, answer, site, admitted)
        retired = await self._parts.authenticator.retirement(account, Service.WEBMAIL)
        if retired is not None:
            raise retired
        if admitted is not None:
            await admitted.succeeded(strong=True)
        return await self._parts.sessions.open(account, source, (Proof.PASSKEY,), kept.id)

    async def _prove(self, account: Account, answer: bytes, site: Site, admitted: Admitted | None, step: str = "") -> Credential:
        try:
            return await self._parts.passkeys.prove(account, read_claim(answer), answer, site, step)
        except AuthenticationFailed:
            if admitted is not None:
                await admitted.failed(PROOF)
            raise

    async def _half_open(self, step: str) -> _Begun:
        """What was begun; this try is counted. Raises: AuthenticationFailed."""
        begun = await self._parts.steps.attempt(_PURPOSE, step, CODE_TRIES)
        account = None if begun is None else await self._parts.directory.account(begun.account_id)
        if begun is None or account is None:
            raise AuthenticationFailed(BEGIN_AGAIN)
        return _Begun(step, account, msgspec.msgpack.decode(begun.value, type=_HalfOpen))

    async def _recognised(
        self,
        account: Account,
        login: str,
        source: Source,
        proof: Proof,
        admitted: Admitted | None,
        *,
        new_password_wanted: bool = False,
    ) -> Opened | SecondFactorWanted:
        """The first step is done; where there is a second one it comes now."""
        retired = await self._parts.authenticator.retirement(account, Service.WEBMAIL)
        if retired is not None:
            raise retired
        kinds = await self._parts.factors.kinds(account.id)
        if kinds:
            password = password_of(await self._parts.directory.credentials(account.id))
            value = msgspec.msgpack.encode(_HalfOpen(login, (proof,), password, new_password_wanted))
            return SecondFactorWanted(await self._parts.steps.begin(_PURPOSE, account.id, value, CODE_SECONDS), kinds)
        if admitted is not None:
            await admitted.succeeded(strong=False)
        return await self._parts.sessions.open(account, source, (proof,), new_password_wanted=new_password_wanted)

    async def _done(
        self, begun: _Begun, source: Source, proof: Proof, admitted: Admitted | None, passkey: CredentialId | None = None
    ) -> Opened:
        """The second step is done, if nobody has taken it before, and the first one still counts."""
        account, half = begun.account, begun.half
        password = password_of(await self._parts.directory.credentials(account.id))
        if await self._parts.steps.take(_PURPOSE, begun.step) is None or password != half.password:
            raise AuthenticationFailed(BEGIN_AGAIN)
        if admitted is not None:
            await admitted.succeeded(strong=passkey is not None)
        return await self._parts.sessions.open(
            account, source, (*half.proofs, proof), passkey, new_password_wanted=half.new_password_wanted
        )
