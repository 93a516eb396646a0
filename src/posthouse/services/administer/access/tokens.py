"""Tokens of accounts: made, listed, revoked."""

from collections.abc import Iterable, Sequence

import msgspec

from posthouse.formats.address.key import domain_key
from posthouse.foundation.errors import AlreadyExists, Invalid, LimitReached, NotFound
from posthouse.foundation.ids import CredentialId, to_text
from posthouse.model.account import Account, Credential, CredentialKind
from posthouse.model.principal import Principal
from posthouse.model.role import Act
from posthouse.ports.credential_uses import CredentialUses, Use
from posthouse.services.access.tokens import SCHEME, token_text, token_verifier
from posthouse.services.administer.credentials import program_protocols
from posthouse.services.administer.finding import permitted_account
from posthouse.services.administer.parts import Administration
from posthouse.services.administer.rules.names import display_name, read_domain
from posthouse.services.app_passwords import LOOKUP_CHARACTERS, spell
from posthouse.services.audit.recording import about_account

SECRET_OCTETS = 20
TOKENS = 50
"""Tokens an account may have."""
PLACES = 100
READ_ONLY = "read-only"
"""Instead of acts: every one that changes nothing."""


class WantedToken(msgspec.Struct, frozen=True, kw_only=True):
    """What a token shall be for."""

    name: str
    acts: tuple[str, ...] = ()
    """Acts (``account.add``), all acts of a noun (``account``), or ``read-only``; empty: all its account may do."""
    domains: tuple[str, ...] = ()
    """Only these; empty: all its account's role holds in."""
    protocols: tuple[str, ...] = ()
    """Mail programs may show it over these (``PROGRAM_PROTOCOLS``). Without acts it is for nothing else."""
    expires_at: float | None = None


class UsedToken(msgspec.Struct, frozen=True):
    """A token, and where mail programs have shown it, the last one first."""

    credential: Credential
    uses: tuple[Use, ...] = ()


class NewToken(msgspec.Struct, frozen=True):
    """A token just made. The secret is here and nowhere else."""

    credential: Credential
    token: str


class TokenControl:
    """The verbs; all raise Invalid and NotFound for the address, Unavailable, and NotPermitted but for owners and who is above."""

    def __init__(self, parts: Administration, uses: CredentialUses | None = None) -> None:
        self._parts = parts
        self._uses = uses

    async def add(self, principal: Principal, address: str, wanted: WantedToken) -> NewToken:
        """Make a token. It never may more than its account, whatever becomes of that.

        Raises: Invalid (the name, an act, a domain, a protocol, an expiry in the past), AlreadyExists (the name), LimitReached.
        """
        account = await permitted_account(self._parts, principal, Act.TOKEN_CHANGE, address)
        known = await self._tokens(account)
        name, now = display_name(wanted.name), self._parts.clock.now()
        if not name:
            raise Invalid("a token needs a name, by which it can be revoked")
        if name.casefold() in {token.name.casefold() for token in known}:
            raise AlreadyExists(f"{account.address} has a token {name!r} already: choose another name")
        if len(known) >= TOKENS:
            raise LimitReached(f"{account.address} has {TOKENS} tokens: remove those nobody uses")
        if wanted.expires_at is not None and wanted.expires_at <= now:
            raise Invalid("the expiry date lies in the past")
        secret = spell(self._parts.entropy.octets(SECRET_OCTETS))
        token = Credential(
            id=CredentialId(self._parts.new_id()),
            account_id=account.id,
            kind=CredentialKind.TOKEN,
            name=name,
            lookup=secret[:LOOKUP_CHARACTERS],
            verifiers={SCHEME: token_verifier(self._parts.vault, account.id, secret)},
            created_at=now,
            expires_at=wanted.expires_at,
            acts=read_acts(wanted.acts),
            places=_places(wanted.domains),
            protocols=program_protocols(wanted.protocols),
        )
        async with self._parts.recorded(principal, Act.TOKEN_CHANGE, about_account(account), after=_told(token)):
            await self._parts.directory.add_credential(token)
        return NewToken(token, token_text(account.id, secret))

    async def all(self, principal: Principal, address: str) -> list[UsedToken]:
        """The account's tokens in the order they were made, each with the mail programs that use it."""
        account = await permitted_account(self._parts, principal, Act.TOKEN_LOOK, address)
        tokens = await self._tokens(account)
        known = [] if self._uses is None else await self._uses.last(account.id)
        return [UsedToken(token, tuple([use for use in known if use.credential_id == token.id])) for token in tokens]

    async def remove(self, principal: Principal, address: str, name: str) -> Credential:
        """Revoke a token, given its name or its id; the sessions it began end at once. Raises: NotFound."""
        account = await permitted_account(self._parts, principal, Act.TOKEN_CHANGE, address)
        for token in await self._tokens(account):
            if name.strip().casefold() in (token.name.casefold(), to_text(token.id)):
                async with self._parts.recorded(principal, Act.TOKEN_CHANGE, about_account(account), before=_told(token)):
                    await self._parts.directory.remove_credentials(account.id, [token.id])
                return token
        raise NotFound(f"{account.address} has no token {name!r}")

    async def _tokens(self, account: Account) -> list[Credential]:
        found = await self._parts.directory.credentials(account.id)
        return [credential for credential in found if credential.kind is CredentialKind.TOKEN]


def read_acts(texts: Sequence[str]) -> tuple[str, ...]:
    """Acts by their names, by a noun, or all that only look. Raises: Invalid."""
    chosen: set[str] = set()
    for text in texts:
        found = {act.value for act in Act if _is_meant(act, text.strip().lower())}
        if not found:
            raise Invalid(f"there is no act {text!r}: write {READ_ONLY}, a noun such as account, or one of {_listed(Act)}")
        chosen |= found
    return tuple(sorted(chosen))


def _is_meant(act: Act, word: str) -> bool:
    return act.is_look if word == READ_ONLY else word in (act.value, act.value.partition(".")[0])


def _listed(acts: Iterable[Act]) -> str:
    return ", ".join(sorted(act.value for act in acts))


def _places(texts: Sequence[str]) -> tuple[str, ...]:
    if len(texts) > PLACES:
        raise Invalid(f"a token names at most {PLACES} domains")
    return tuple(dict.fromkeys(domain_key(read_domain(text)) for text in texts))


def _told(token: Credential) -> dict[str, object]:
    return {
        "id": to_text(token.id),
        "name": token.name,
        "acts": token.acts,
        "domains": token.places,
        "protocols": token.protocols,
        "expires_at": token.expires_at,
    }
