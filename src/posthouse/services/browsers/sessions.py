"""Sessions of browsers: opened for whoever has shown who they are, looked at with each request.

A browser holds 256 random bits; what is kept is a keyed hash of them. Nothing is remembered here: each request asks the keeper and
the directory, so that a session that was ended, or whose account may not be used, ends with the next request.
"""

import enum
from dataclasses import dataclass
from typing import Final

from posthouse.foundation.errors import AuthenticationFailed, Refused, Retired
from posthouse.foundation.ids import ENTROPY_OCTETS, AccountId, CredentialId, SessionId, make_id
from posthouse.model.account import Account, Credential, CredentialKind, Service
from posthouse.model.principal import Principal
from posthouse.model.settings.browser import BROWSER_IDLE_SECONDS, BROWSER_SESSION_SECONDS, BROWSER_SESSIONS
from posthouse.ports.clock import Clock
from posthouse.ports.directory import DirectoryReader
from posthouse.ports.entropy import Entropy
from posthouse.ports.signing_in.browser_sessions import PROGRAM_CHARACTERS, BrowserSession, BrowserSessions
from posthouse.ports.vault import Vault
from posthouse.services.authenticate import REMOVED, Authenticator
from posthouse.services.browsers.steps import new_secret
from posthouse.services.guard.guarding import Source
from posthouse.services.settings import Settings

SEEN_SECONDS: Final = 60.0
"""How old the time of the last use may be."""
RECENT_SECONDS: Final = 900.0
"""How old a session may be that changes what its account is signed in to with."""
OVER: Final = "you are signed out: sign in again"


class Proof(enum.StrEnum):
    """By what somebody was recognised."""

    PASSWORD = "password"  # noqa: S105 - a kind of proof
    TOTP = "totp"
    RECOVERY_CODE = "recovery-codes"
    PASSKEY = "passkey"
    OUTSIDE = "outside"
    """Another service vouches for them."""


@dataclass(frozen=True)
class Opened:
    """A session just begun."""

    token: str
    """What the browser has to hold. It is here and nowhere else."""
    session: BrowserSession
    account: Account


@dataclass(frozen=True)
class SignedIn:
    """Who a browser stands for."""

    principal: Principal
    session: BrowserSession
    account: Account


@dataclass(frozen=True)
class SessionParts:
    """What sessions of browsers are made with."""

    directory: DirectoryReader
    kept: BrowserSessions
    authenticator: Authenticator
    settings: Settings
    vault: Vault
    clock: Clock
    entropy: Entropy


class OpenSessions:
    """The verbs; all raise Unavailable."""

    def __init__(self, parts: SessionParts) -> None:
        self._parts = parts

    async def open(
        self,
        account: Account,
        source: Source,
        proofs: tuple[Proof, ...],
        credential: CredentialId | None = None,
        *,
        new_password_wanted: bool = False,
    ) -> Opened:
        """Begin a session for whoever has been recognised in these ways; with ``credential`` removed it ends.

        Raises: Retired where the account, or webmail for it, may not be used.
        """
        parts = self._parts
        retired = await parts.authenticator.retirement(account, Service.WEBMAIL)
        if retired is not None:
            raise retired
        token, now = new_secret(parts.entropy), parts.clock.now()
        longest: int = await parts.settings.get(BROWSER_SESSION_SECONDS, domain=account.domain)
        session = BrowserSession(
            id=SessionId(make_id(int(now * 1000), parts.entropy.octets(ENTROPY_OCTETS))),
            key=self._key(token),
            account_id=account.id,
            created_at=now,
            seen_at=now,
            until=now + longest,
            address=source.address,
            program=_printable(source.program),
            proofs=tuple([proof.value for proof in proofs]),
            password=password_of(await parts.directory.credentials(account.id)),
            credential=credential,
            new_password_wanted=new_password_wanted,
        )
        await parts.kept.begin(session, await parts.settings.get(BROWSER_SESSIONS, domain=account.domain))
        return Opened(token, session, account)

    async def signed_in(self, token: str, address: str) -> SignedIn:
        """Who holds a token, and asks from this IP address.

        Raises: AuthenticationFailed (the session is over), Retired.
        """
        parts, now = self._parts, self._parts.clock.now()
        session = await parts.kept.find(self._key(token), now)
        if session is None:
            raise AuthenticationFailed(OVER)
        account = await parts.directory.account(session.account_id)
        objection = Retired(REMOVED) if account is None else await self._objection(account, session, now)
        if account is None or objection is not None:
            await parts.kept.end(session.account_id, [session.id])
            raise objection or Retired(REMOVED)
        if now - session.seen_at > SEEN_SECONDS or address != session.address:
            await parts.kept.seen(session.key, address, now)
        principal = Principal(
            account.id,
            account.address,
            account.role,
            session.credential or session.password,
            account.credential_epoch,
            account.reach,
            origin=address,
            service=Service.WEBMAIL,
            is_stale=now - session.created_at > RECENT_SECONDS,
        )
        return SignedIn(principal, session, account)

    async def end(self, session: BrowserSession) -> None:
        """End a session."""
        await self._parts.kept.end(session.account_id, [session.id])

    async def counting(self, account: Account) -> list[BrowserSession]:
        """The sessions of an account that count, the one used last first."""
        now = self._parts.clock.now()
        kept = await self._parts.kept.of(account.id, now)
        return [session for session in kept if await self._objection(account, session, now) is None]

    async def end_some(self, account_id: AccountId, ids: list[SessionId]) -> int:
        """End sessions of an account; returns how many there were."""
        return await self._parts.kept.end(account_id, ids)

    async def _objection(self, account: Account, session: BrowserSession, now: float) -> Refused | None:
        parts = self._parts
        if (retired := await parts.authenticator.retirement(account, Service.WEBMAIL)) is not None:
            return retired
        idle: int = await parts.settings.get(BROWSER_IDLE_SECONDS, domain=account.domain)
        longest: int = await parts.settings.get(BROWSER_SESSION_SECONDS, domain=account.domain)
        if now - session.seen_at > idle or now - session.created_at > longest:
            return AuthenticationFailed(OVER)
        credentials = await parts.directory.credentials(account.id)
        known = {credential.id for credential in credentials}
        if password_of(credentials) != session.password or (session.credential is not None and session.credential not in known):
            return AuthenticationFailed(OVER)
        return None

    def _key(self, token: str) -> bytes:
        return self._parts.vault.keyed(b"browser-session\0" + token.encode("utf-8", "surrogatepass"))


def password_of(credentials: list[Credential]) -> CredentialId | None:
    """Which account password there is: a new one has another id, a new hash of the same one has not."""
    return next((each.id for each in credentials if each.kind is CredentialKind.PASSWORD), None)


def _printable(program: str) -> str:
    return "".join(character for character in program[:PROGRAM_CHARACTERS] if character.isprintable()).strip()
