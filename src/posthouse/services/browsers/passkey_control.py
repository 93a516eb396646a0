"""An owner's passkeys: made in a browser that has just signed in, listed, removed."""

from typing import Any, Final

import msgspec

from posthouse.foundation.errors import (
    AlreadyExists,
    AuthenticationFailed,
    Invalid,
    LimitReached,
    NotFound,
    SignInAgain,
)
from posthouse.foundation.ids import CredentialId, to_text
from posthouse.model.account import Account, Credential, CredentialKind
from posthouse.model.principal import NOT_RECENT, Principal
from posthouse.model.role import Act
from posthouse.services.administer.finding import permitted_account
from posthouse.services.administer.parts import Administration
from posthouse.services.administer.rules.names import display_name
from posthouse.services.administer.signing_in.second_factors import put_recovery_codes
from posthouse.services.audit.recording import about_account
from posthouse.services.browsers.challenges import Challenges
from posthouse.services.browsers.passkeys import (
    COPIED,
    CREDENTIAL_ID,
    PUBLIC_KEY,
    SIGN_COUNT,
    WRONG_PASSKEY,
    passkey_of,
    passkeys_of,
    read_claim,
)
from posthouse.services.browsers.sessions import RECENT_SECONDS, SignedIn
from posthouse.trust.passkeys import InvalidPasskey, Site, creation_options, registered

MOST: Final = 20
_BOUND: Final = b"new passkey\0"


class Passkey(msgspec.Struct, frozen=True):
    """A passkey, as it is shown."""

    id: CredentialId
    name: str
    created_at: float
    may_be_copied: bool
    """It has been used elsewhere, and is refused."""


class NewPasskey(msgspec.Struct, frozen=True):
    """A passkey just made."""

    passkey: Passkey
    recovery_codes: tuple[str, ...]
    """Where it is the first second factor: they are here and nowhere else."""


class PasskeyControl:
    """The verbs; all raise Unavailable."""

    def __init__(self, parts: Administration, challenges: Challenges) -> None:
        self._parts = parts
        self._challenges = challenges

    async def all(self, principal: Principal, address: str) -> list[Passkey]:
        """The account's passkeys, in the order they were made. Raises: Invalid, NotFound, NotPermitted."""
        account = await permitted_account(self._parts, principal, Act.SECOND_FACTOR_LOOK, address)
        return [_shown(kept) for kept in await self._kept(account)]

    async def remove(self, principal: Principal, address: str, name: str) -> Passkey:
        """Remove a passkey, given its name or its id; sessions that were begun with it end.

        Raises: Invalid, NotFound, NotPermitted.
        """
        account = await permitted_account(self._parts, principal, Act.SECOND_FACTOR_CHANGE, address)
        wanted = name.strip().casefold()
        found = [kept for kept in await self._kept(account) if wanted in (kept.name.casefold(), to_text(kept.id))]
        if not found:
            raise NotFound(f"{account.address} has no passkey {name!r}")
        before = {"passkey": found[0].name}
        async with self._parts.recorded(principal, Act.SECOND_FACTOR_CHANGE, about_account(account), before=before):
            await self._parts.directory.remove_credentials(account.id, [found[0].id])
        return _shown(found[0])

    async def begin(self, signed_in: SignedIn, site: Site) -> dict[str, Any]:
        """What the owner's browser is asked to make. Raises: NotPermitted (the session is not recent)."""
        self._require_recent(signed_in)
        account = signed_in.account
        known = [kept.verifiers[CREDENTIAL_ID] for kept in await self._kept(account)]
        return creation_options(site, self._challenges.new(_BOUND + account.id), account.id, account.address, known)

    async def add(self, signed_in: SignedIn, name: str, answer: bytes, site: Site) -> NewPasskey:
        """Keep what the owner's browser has made. Without a name it is numbered.

        Raises: NotPermitted (the session is not recent), Invalid (the answer, the name), AlreadyExists, LimitReached.
        """
        self._require_recent(signed_in)
        account = signed_in.account
        signed_in.principal.require_over(Act.SECOND_FACTOR_CHANGE, account)
        kept = await self._kept(account)
        if len(kept) >= MOST:
            raise LimitReached(f"{account.address} has {MOST} passkeys: remove those nobody uses")
        made = await self._made(account, _named(name, kept), answer, site, kept)
        told = {"passkey": made.name}
        async with self._parts.recorded(signed_in.principal, Act.SECOND_FACTOR_CHANGE, about_account(account), after=told):
            await self._parts.directory.add_credential(made)
            codes = await self._first_codes(account)
        return NewPasskey(_shown(made), codes)

    async def _made(self, account: Account, name: str, answer: bytes, site: Site, kept: list[Credential]) -> Credential:
        try:
            claim = read_claim(answer)
            if not self._challenges.is_good(claim.challenge, _BOUND + account.id):
                raise Invalid(WRONG_PASSKEY)
            new = registered(answer, claim.challenge, site)
        except (AuthenticationFailed, InvalidPasskey) as error:
            raise Invalid(f"the browser's answer is no passkey: {error}") from None
        if passkey_of(kept, claim) is not None:
            raise AlreadyExists("this passkey is kept already")
        if not await self._challenges.use(claim.challenge, account.id):
            raise Invalid(WRONG_PASSKEY)
        verifiers = {CREDENTIAL_ID: new.credential_id, PUBLIC_KEY: new.public_key, SIGN_COUNT: b"%d" % new.sign_count}
        id_ = CredentialId(self._parts.new_id())
        return Credential(id_, account.id, CredentialKind.PASSKEY, name, "", verifiers, self._parts.clock.now())

    async def _first_codes(self, account: Account) -> tuple[str, ...]:
        """Recovery codes, where the account has none: a telephone may be lost."""
        credentials = await self._parts.directory.credentials(account.id)
        if any(kept.kind is CredentialKind.RECOVERY_CODES for kept in credentials):
            return ()
        return await put_recovery_codes(self._parts, account)

    async def _kept(self, account: Account) -> list[Credential]:
        return passkeys_of(await self._parts.directory.credentials(account.id))

    def is_recent(self, signed_in: SignedIn) -> bool:
        """Whether somebody has signed in lately enough to make a passkey."""
        return self._parts.clock.now() - signed_in.session.created_at <= RECENT_SECONDS

    def _require_recent(self, signed_in: SignedIn) -> None:
        if not self.is_recent(signed_in):
            raise SignInAgain(NOT_RECENT)


def _named(name: str, kept: list[Credential]) -> str:
    taken = {each.name.casefold() for each in kept}
    chosen = display_name(name)
    if chosen.casefold() in taken:
        raise AlreadyExists(f"there is a passkey {chosen!r} already: choose another name")
    numbers = range(1, len(taken) + 2)
    return chosen or next(free for free in (f"Passkey {number}" for number in numbers) if free.casefold() not in taken)


def _shown(kept: Credential) -> Passkey:
    return Passkey(kept.id, kept.name, kept.created_at, COPIED in kept.verifiers)
