"""The programs that use an account's app passwords: when, from where, by which protocol."""

import msgspec

from posthouse.model.account import Credential, CredentialKind
from posthouse.model.principal import Principal
from posthouse.model.role import Act
from posthouse.ports.credential_uses import CredentialUses, Use
from posthouse.services.administer.finding import permitted_account
from posthouse.services.administer.parts import Administration


class UsedAppPassword(msgspec.Struct, frozen=True):
    """An app password and the programs that use it, the last one first."""

    credential: Credential
    uses: tuple[Use, ...]


class Programs:
    """The verb; it raises Invalid and NotFound for the address, Unavailable, and NotPermitted but for owners and who is above."""

    def __init__(self, parts: Administration, uses: CredentialUses) -> None:
        self._parts = parts
        self._uses = uses

    async def all(self, principal: Principal, address: str) -> list[UsedAppPassword]:
        """The account's app passwords in the order they were made, each with its programs."""
        account = await permitted_account(self._parts, principal, Act.APP_PASSWORD_LOOK, address)
        credentials = await self._parts.directory.credentials(account.id)
        uses = await self._uses.last(account.id)
        return [
            UsedAppPassword(credential, tuple([use for use in uses if use.credential_id == credential.id]))
            for credential in credentials
            if credential.kind is CredentialKind.APP_PASSWORD
        ]
