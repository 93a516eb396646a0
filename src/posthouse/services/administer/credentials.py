"""Account passwords and app passwords: made, listed, revoked. Operators may do it for everybody, owners for themselves."""

import asyncio
from collections.abc import Sequence

import msgspec

from posthouse.formats.address.mailbox import parse_mailbox
from posthouse.foundation.errors import AlreadyExists, Invalid, LimitReached, NotFound
from posthouse.foundation.ids import CredentialId, to_text
from posthouse.model.account import Account, Credential, CredentialKind
from posthouse.model.principal import Principal, Role
from posthouse.model.settings import PASSWORD_POLICY
from posthouse.services.administer.finding import find_account
from posthouse.services.administer.parts import Administration
from posthouse.services.administer.rules.names import display_name
from posthouse.services.administer.rules.password_policy import check_password
from posthouse.services.administer.verifiers import app_password_verifiers
from posthouse.services.app_passwords import LOOKUP_CHARACTERS, grouped, spell

SECRET_OCTETS = 20
APP_PASSWORDS = 100
"""App passwords an account may have."""


class NewAppPassword(msgspec.Struct, frozen=True):
    """An app password just made. The secret is here and nowhere else."""

    credential: Credential
    password: str
    """As shown: groups of four with hyphens."""


class Passwords:
    """The verbs; all raise Unavailable, and NotPermitted for whoever is neither the owner nor an operator."""

    def __init__(self, parts: Administration) -> None:
        self._parts = parts

    async def change(self, principal: Principal, account: Account, password: str) -> None:
        """Give the account another password. Raises: Invalid, in words."""
        require_right(principal, account)
        await self.put(account, await self.verifier(account, password))

    async def verifier(self, account: Account, password: str) -> bytes:
        """Check a new password against the policy and hash it. Raises: Invalid."""
        strict = await self._parts.settings.get(PASSWORD_POLICY, domain=account.domain)
        await asyncio.to_thread(check_password, password, parse_mailbox(account.address), strict=strict)
        return await self._parts.vault.hash(password)

    async def put(self, account: Account, verifier: bytes) -> None:
        """Keep a verifier as the account's password."""
        await self._parts.directory.add_credential(
            Credential(
                id=CredentialId(self._parts.new_id()),
                account_id=account.id,
                kind=CredentialKind.PASSWORD,
                name="",
                lookup="",
                verifiers={"argon2id": verifier},
                created_at=self._parts.clock.now(),
            )
        )

    async def app_passwords(self, account: Account) -> list[Credential]:
        """The account's app passwords in the order they were made."""
        found = await self._parts.directory.credentials(account.id)
        return [credential for credential in found if credential.kind is CredentialKind.APP_PASSWORD]


class AppPasswords:
    """The verbs; all raise Invalid and NotFound for the address, Unavailable, and NotPermitted unless for owner and operator."""

    def __init__(self, parts: Administration) -> None:
        self._parts = parts
        self._passwords = Passwords(parts)

    async def add(self, principal: Principal, address: str, name: str = "", expires_at: float | None = None) -> NewAppPassword:
        """Make an app password. Without a name it is numbered.

        Raises: Invalid, AlreadyExists (the name), LimitReached.
        """
        account = await self._account(principal, address)
        known = await self._passwords.app_passwords(account)
        if len(known) >= APP_PASSWORDS:
            raise LimitReached(f"{account.address} has {APP_PASSWORDS} app passwords: remove those nobody uses")
        now = self._parts.clock.now()
        if expires_at is not None and expires_at <= now:
            raise Invalid("the expiry date lies in the past")
        taken = {credential.name.casefold() for credential in known}
        chosen = display_name(name) or _numbered(taken)
        if chosen.casefold() in taken:
            raise AlreadyExists(f"{account.address} has an app password {chosen!r} already: choose another name")
        secret = spell(self._parts.entropy.octets(SECRET_OCTETS))
        credential = Credential(
            id=CredentialId(self._parts.new_id()),
            account_id=account.id,
            kind=CredentialKind.APP_PASSWORD,
            name=chosen,
            lookup=secret[:LOOKUP_CHARACTERS],
            verifiers=await asyncio.to_thread(app_password_verifiers, self._parts.vault, account, secret),
            created_at=now,
            expires_at=expires_at,
        )
        await self._parts.directory.add_credential(credential)
        return NewAppPassword(credential, grouped(secret))

    async def all(self, principal: Principal, address: str) -> list[Credential]:
        """The account's app passwords in the order they were made."""
        account = await self._account(principal, address)
        return await self._passwords.app_passwords(account)

    async def remove(self, principal: Principal, address: str, name: str) -> Credential:
        """Revoke one app password, given its name, its id or its first characters; its sessions end at once.

        Raises: NotFound; Invalid where more than one is meant.
        """
        account = await self._account(principal, address)
        found = _named(await self._passwords.app_passwords(account), name)
        if not found:
            raise NotFound(f"{account.address} has no app password {name!r}")
        if len(found) > 1:
            raise Invalid(f"{name!r} may mean {len(found)} app passwords of {account.address}: give the id")
        await self._parts.directory.remove_credentials(account.id, [found[0].id])
        return found[0]

    async def clear(self, principal: Principal, address: str) -> int:
        """Revoke all app passwords; every program is signed out. Returns their number."""
        account = await self._account(principal, address)
        found = await self._passwords.app_passwords(account)
        if found:
            await self._parts.directory.remove_credentials(account.id, [credential.id for credential in found])
        return len(found)

    async def _account(self, principal: Principal, address: str) -> Account:
        account = await find_account(self._parts, address)
        require_right(principal, account)
        return account


def require_right(principal: Principal, account: Account) -> None:
    """Check that the principal may change the account's credentials: its owner, or an operator.

    Raises: NotPermitted.
    """
    if principal.role < Role.OPERATOR:
        principal.require_account(account.id)


def _named(credentials: Sequence[Credential], name: str) -> list[Credential]:
    for attribute in (lambda c: c.name.casefold(), lambda c: to_text(c.id), lambda c: c.lookup):
        found = [credential for credential in credentials if attribute(credential) == name.strip().casefold()]
        if found:
            return found
    return []


def _numbered(taken: set[str]) -> str:
    numbers = range(1, len(taken) + 2)
    return next(name for name in (f"App password {number}" for number in numbers) if name.casefold() not in taken)
