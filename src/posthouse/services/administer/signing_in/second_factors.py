"""Second factors: set up by owners, listed, taken away by administrators when a telephone is lost."""

import msgspec

from posthouse.formats.one_time.totp import SECRET_OCTETS, key_uri, secret_text
from posthouse.foundation.errors import AlreadyExists, Invalid, NotFound
from posthouse.foundation.ids import CredentialId
from posthouse.model.account import Account, Credential, CredentialKind
from posthouse.model.principal import Principal
from posthouse.model.role import Act
from posthouse.services.administer.finding import permitted_account
from posthouse.services.administer.parts import Administration
from posthouse.services.app_passwords import grouped, spell
from posthouse.services.audit.recording import about_account
from posthouse.services.second_factors import (
    PENDING,
    SECRET,
    normalised_code,
    recovery_verifier,
    second_factors,
    stepped,
)

CODES = 10
CODE_CHARACTERS = 10
_CODE_OCTETS = 20
PENDING_SECONDS = 3_600
"""So long may setting a program up take."""


class NewProgram(msgspec.Struct, frozen=True):
    """An authenticator program to be set up. The secret is here and nowhere else in clear."""

    secret: str
    """As people type it."""
    uri: str
    """As a QR code has it."""


class SecondFactor(msgspec.Struct, frozen=True):
    """One second factor of an account, as it is shown."""

    kind: str
    """``totp``, ``recovery-codes``, ``passkey``."""
    created_at: float
    is_set_up: bool = True
    left: int = 0
    """Of recovery codes: those that have not been used."""


class SecondFactors:
    """The verbs; all raise Invalid and NotFound for the address, Unavailable, and NotPermitted but for owners and who is above."""

    def __init__(self, parts: Administration, issuer: str) -> None:
        self._parts = parts
        self._issuer = issuer

    async def all(self, principal: Principal, address: str) -> list[SecondFactor]:
        """The account's second factors, in the order they were made."""
        account = await permitted_account(self._parts, principal, Act.SECOND_FACTOR_LOOK, address)
        return [_shown(kept) for kept in await self._kept(account)]

    async def begin(self, principal: Principal, address: str) -> NewProgram:
        """Begin to set an authenticator program up; it counts once ``confirm`` has seen one of its codes.

        Raises: AlreadyExists where one is set up.
        """
        account = await permitted_account(self._parts, principal, Act.SECOND_FACTOR_CHANGE, address)
        kept = await self._kept(account, CredentialKind.TOTP)
        if any(PENDING not in each.verifiers for each in kept):
            raise AlreadyExists(f"{account.address} has an authenticator program: reset it first")
        secret = self._parts.entropy.octets(SECRET_OCTETS)
        verifiers = {SECRET: self._parts.vault.seal(secret), PENDING: b"1"}
        async with self._parts.recorded(principal, Act.SECOND_FACTOR_CHANGE, about_account(account), after={"totp": "begun"}):
            if kept:
                await self._parts.directory.remove_credentials(account.id, [each.id for each in kept])
            await self._parts.directory.add_credential(_made(self._parts, account, CredentialKind.TOTP, verifiers))
        return NewProgram(secret_text(secret), key_uri(secret, self._issuer, account.address))

    async def confirm(self, principal: Principal, address: str, code: str) -> tuple[str, ...]:
        """Take the first code of the program: from now on the password alone is not enough. Returns new recovery codes.

        Raises: Invalid for a wrong code, or where nothing was begun in the last hour.
        """
        account = await permitted_account(self._parts, principal, Act.SECOND_FACTOR_CHANGE, address)
        now = self._parts.clock.now()
        for kept in await self._kept(account, CredentialKind.TOTP):
            if PENDING not in kept.verifiers or kept.created_at + PENDING_SECONDS < now:
                continue
            confirmed = stepped(self._parts.vault, kept, normalised_code(code), now)
            if confirmed is None:
                raise Invalid("the code is wrong: are the clocks of telephone and server right?")
            async with self._parts.recorded(principal, Act.SECOND_FACTOR_CHANGE, about_account(account), after={"totp": "set up"}):
                if not await self._parts.directory.replace_credential(kept, confirmed):
                    raise Invalid("somebody else has changed this meanwhile: begin again")
                return await put_recovery_codes(self._parts, account)
        raise Invalid("no authenticator program is being set up: begin first")

    async def renew_codes(self, principal: Principal, address: str) -> tuple[str, ...]:
        """Give the account ten new recovery codes; the old ones are void. Raises: NotFound without a second factor."""
        account = await permitted_account(self._parts, principal, Act.SECOND_FACTOR_CHANGE, address)
        kept = [each for each in await self._kept(account) if each.kind is not CredentialKind.RECOVERY_CODES]
        if not [each for each in kept if PENDING not in each.verifiers]:
            raise NotFound(f"{account.address} has no second factor")
        async with self._parts.recorded(principal, Act.SECOND_FACTOR_CHANGE, about_account(account), after={"codes": "new"}):
            return await put_recovery_codes(self._parts, account)

    async def reset(self, principal: Principal, address: str) -> int:
        """Take all second factors away: the password alone is enough. Returns their number."""
        account = await permitted_account(self._parts, principal, Act.SECOND_FACTOR_CHANGE, address)
        kept = await self._kept(account)
        if kept:
            before = {"kinds": [each.kind for each in kept]}
            async with self._parts.recorded(principal, Act.SECOND_FACTOR_CHANGE, about_account(account), before=before):
                await self._parts.directory.remove_credentials(account.id, [each.id for each in kept])
        return len(kept)

    async def _kept(self, account: Account, kind: CredentialKind | None = None) -> list[Credential]:
        found = second_factors(await self._parts.directory.credentials(account.id))
        return [kept for kept in found if kind is None or kept.kind is kind]


async def put_recovery_codes(parts: Administration, account: Account) -> tuple[str, ...]:
    """Give an account new recovery codes in the place of those it has; they are here and nowhere else."""
    codes = [spell(parts.entropy.octets(_CODE_OCTETS))[:CODE_CHARACTERS] for _ in range(CODES)]
    verifiers = {f"{number:02}": recovery_verifier(parts.vault, account.id, code) for number, code in enumerate(codes)}
    credentials = await parts.directory.credentials(account.id)
    old = [kept.id for kept in credentials if kept.kind is CredentialKind.RECOVERY_CODES]
    if old:
        await parts.directory.remove_credentials(account.id, old)
    await parts.directory.add_credential(_made(parts, account, CredentialKind.RECOVERY_CODES, verifiers))
    return tuple([grouped(code) for code in codes])


def _made(parts: Administration, account: Account, kind: CredentialKind, verifiers: dict[str, bytes]) -> Credential:
    id_ = CredentialId(parts.new_id())
    return Credential(id_, account.id, kind, name="", lookup="", verifiers=verifiers, created_at=parts.clock.now())


def _shown(kept: Credential) -> SecondFactor:
    left = len(kept.verifiers) if kept.kind is CredentialKind.RECOVERY_CODES else 0
    return SecondFactor(str(kept.kind), kept.created_at, PENDING not in kept.verifiers, left)
