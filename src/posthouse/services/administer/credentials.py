"""Account passwords and app passwords: made, listed, revoked. Operators may do it for everybody, owners for themselves."""

import asyncio
import contextlib
from collections.abc import Sequence

import msgspec

from posthouse.formats.address.mailbox import parse_mailbox
from posthouse.formats.password_hash.parse import InvalidHash, password_hash
from posthouse.foundation.errors import AlreadyExists, Invalid, LimitReached, NotFound
from posthouse.foundation.ids import CredentialId, to_text
from posthouse.model.account import PROGRAM_PROTOCOLS, Account, Credential, CredentialKind
from posthouse.model.principal import Principal
from posthouse.model.role import Act
from posthouse.model.settings.signing_in import PASSWORD_CHARACTERS, PASSWORD_CLASSES, PASSWORD_PHRASE_OCTETS, PASSWORD_POLICY
from posthouse.services.administer.finding import permitted_account
from posthouse.services.administer.parts import Administration
from posthouse.services.administer.rules.generating import generate_password
from posthouse.services.administer.rules.names import display_name
from posthouse.services.administer.rules.password_policy import PasswordRules, WeakPassword, check_password
from posthouse.services.administer.verifiers import app_password_verifiers
from posthouse.services.app_passwords import LOOKUP_CHARACTERS, grouped, spell
from posthouse.services.audit.recording import about_account
from posthouse.services.settings import Settings

DRAWS = 10
"""Passwords drawn until the policy has nothing against one."""
SECRET_OCTETS = 20
APP_PASSWORDS = 100
"""App passwords an account may have."""


class NewAppPassword(msgspec.Struct, frozen=True):
    """An app password just made. The secret is here and nowhere else."""

    credential: Credential
    password: str
    """As shown: groups of four with hyphens."""


class Passwords:
    """Account passwords; the right is looked at by whoever calls. All raise Unavailable."""

    def __init__(self, parts: Administration) -> None:
        self._parts = parts

    async def verifier(self, account: Account, password: str) -> bytes:
        """Check a new password against the policy and hash it. Raises: Invalid."""
        await self.check(account, password)
        return await self._parts.vault.hash(password)

    async def is_weak(self, account: Account, password: str) -> bool:
        """Whether the policy would refuse a password that is in use."""
        try:
            await self.check(account, password)
        except Invalid:
            return True
        return False

    async def check(self, account: Account, password: str) -> None:
        """Check a new password against the policy. Raises: Invalid."""
        strict = await self._parts.settings.get(PASSWORD_POLICY, domain=account.domain)
        rules = await password_rules(self._parts.settings, account.domain)
        await asyncio.to_thread(check_password, password, parse_mailbox(account.address), strict=strict, rules=rules)

    async def generated(self, account: Account) -> tuple[str, bytes]:
        """A password nobody had to think up, and its verifier. Raises: Invalid where the policy lets nothing pass."""
        rules = await password_rules(self._parts.settings, account.domain)
        for _ in range(DRAWS - 1):
            password = generate_password(self._parts.entropy, rules.characters)
            with contextlib.suppress(WeakPassword):  # four letters in a row, by chance
                return password, await self.verifier(account, password)
        password = generate_password(self._parts.entropy, rules.characters)
        return password, await self.verifier(account, password)

    async def chosen(self, account: Account, password: str | None, password_hash: str | None) -> dict[str, bytes]:
        """The verifiers of a password, or of one that only another server's hash is known of; none of neither. Raises: Invalid."""
        if password_hash is not None:
            if password is not None:
                raise Invalid("a password is given, or its hash: not both")
            return foreign_verifiers(password_hash)
        return {} if password is None else {"argon2id": await self.verifier(account, password)}

    async def put(self, account: Account, verifiers: dict[str, bytes]) -> None:
        """Keep verifiers as the account's password."""
        await self._parts.directory.add_credential(
            Credential(
                id=CredentialId(self._parts.new_id()),
                account_id=account.id,
                kind=CredentialKind.PASSWORD,
                name="",
                lookup="",
                verifiers=verifiers,
                created_at=self._parts.clock.now(),
            )
        )

    async def app_passwords(self, account: Account) -> list[Credential]:
        """The account's app passwords in the order they were made."""
        found = await self._parts.directory.credentials(account.id)
        return [credential for credential in found if credential.kind is CredentialKind.APP_PASSWORD]


async def password_rules(settings: Settings, domain: str) -> PasswordRules:
    """How strict the policy is in a domain (its key)."""
    return PasswordRules(
        characters=await settings.get(PASSWORD_CHARACTERS, domain=domain),
        classes=await settings.get(PASSWORD_CLASSES, domain=domain),
        phrase_octets=await settings.get(PASSWORD_PHRASE_OCTETS, domain=domain),
    )


def foreign_verifiers(text: str) -> dict[str, bytes]:
    """What is kept of another server's hash until its owner signs in. Raises: Invalid, with the schemes that are known."""
    try:
        parsed = password_hash(text)
    except InvalidHash as error:
        raise Invalid(str(error)) from error
    return {"argon2id" if parsed.scheme == "argon2id" else "foreign": parsed.text.encode()}


class AppPasswords:
    """The verbs; all raise Invalid and NotFound for the address, Unavailable, and NotPermitted but for owners and who is above."""

    def __init__(self, parts: Administration) -> None:
        self._parts = parts
        self._passwords = Passwords(parts)

    async def add(
        self,
        principal: Principal,
        address: str,
        name: str = "",
        expires_at: float | None = None,
        protocols: Sequence[str] = (),
    ) -> NewAppPassword:
        """Make an app password, for some protocols only or for all. Without a name it is numbered.

        Raises: Invalid, AlreadyExists (the name), LimitReached.
        """
        account = await permitted_account(self._parts, principal, Act.APP_PASSWORD_ADD, address)
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
            protocols=program_protocols(protocols),
        )
        async with self._parts.recorded(principal, Act.APP_PASSWORD_ADD, about_account(account), after=_told(credential)):
            await self._parts.directory.add_credential(credential)
        return NewAppPassword(credential, grouped(secret))

    async def all(self, principal: Principal, address: str) -> list[Credential]:
        """The account's app passwords in the order they were made."""
        account = await permitted_account(self._parts, principal, Act.APP_PASSWORD_LOOK, address)
        return await self._passwords.app_passwords(account)

    async def remove(self, principal: Principal, address: str, name: str) -> Credential:
        """Revoke one app password, given its name, its id or its first characters; its sessions end at once.

        Raises: NotFound; Invalid where more than one is meant.
        """
        account = await permitted_account(self._parts, principal, Act.APP_PASSWORD_REMOVE, address)
        found = _named(await self._passwords.app_passwords(account), name)
        if not found:
            raise NotFound(f"{account.address} has no app password {name!r}")
        if len(found) > 1:
            raise Invalid(f"{name!r} may mean {len(found)} app passwords of {account.address}: give the id")
        await self._remove(principal, account, found)
        return found[0]

    async def clear(self, principal: Principal, address: str) -> int:
        """Revoke all app passwords; every program is signed out. Returns their number."""
        account = await permitted_account(self._parts, principal, Act.APP_PASSWORD_REMOVE, address)
        found = await self._passwords.app_passwords(account)
        if found:
            await self._remove(principal, account, found)
        return len(found)

    async def _remove(self, principal: Principal, account: Account, found: Sequence[Credential]) -> None:
        before = [_told(credential) for credential in found]
        async with self._parts.recorded(principal, Act.APP_PASSWORD_REMOVE, about_account(account), before=before):
            await self._parts.directory.remove_credentials(account.id, [credential.id for credential in found])


def _told(credential: Credential) -> dict[str, object]:
    return {"id": to_text(credential.id), "name": credential.name, "expires_at": credential.expires_at}


def program_protocols(wanted: Sequence[str]) -> tuple[str, ...]:
    """What a credential is for, in the house's order. Raises: Invalid."""
    for name in wanted:
        if name not in PROGRAM_PROTOCOLS:
            raise Invalid(f"{name!r} is nothing a credential can be for; there are {', '.join(PROGRAM_PROTOCOLS)}")
    return tuple([name for name in PROGRAM_PROTOCOLS if name in wanted])


def _named(credentials: Sequence[Credential], name: str) -> list[Credential]:
    for attribute in (lambda c: c.name.casefold(), lambda c: to_text(c.id), lambda c: c.lookup):
        found = [credential for credential in credentials if attribute(credential) == name.strip().casefold()]
        if found:
            return found
    return []


def _numbered(taken: set[str]) -> str:
    numbers = range(1, len(taken) + 2)
    return next(name for name in (f"App password {number}" for number in numbers) if name.casefold() not in taken)
