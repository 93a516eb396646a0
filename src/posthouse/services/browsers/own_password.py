"""Owners change their password, which they have to know; the browser they do it with stays signed in, all others do not."""

from dataclasses import dataclass

from posthouse.foundation.errors import AuthenticationFailed, Invalid
from posthouse.ports.directory import DirectoryReader
from posthouse.services.administer.accounts import Accounts
from posthouse.services.authenticate import Authenticator
from posthouse.services.browsers.sessions import Opened, OpenSessions, Proof, SignedIn
from posthouse.services.guard.guarding import Source

KEPT_OUTSIDE = "your organisation keeps this password: change it there"
WRONG_PRESENT = "the present password is wrong"


@dataclass(frozen=True)
class OwnPasswordParts:
    """What a password is changed with."""

    directory: DirectoryReader
    accounts: Accounts
    authenticator: Authenticator
    sessions: OpenSessions


class OwnPassword:
    """The verb."""

    def __init__(self, parts: OwnPasswordParts) -> None:
        self._parts = parts

    async def change(self, signed_in: SignedIn, present: str, new: str, source: Source) -> Opened:
        """Give the account of a session a new password, and the browser a new session in the place of this one.

        Raises: AuthenticationFailed (the present password is wrong, which is counted), Invalid (the new one is, or the present
        one is kept elsewhere), SignInBlocked, Unavailable.
        """
        parts, account = self._parts, signed_in.account
        admitted = await parts.authenticator.admit(source, account.address)
        if admitted is not None:
            await admitted.refuse_guess(present)
        credentials = await parts.directory.credentials(account.id)
        proved = await parts.authenticator.passwords.prove(account, credentials, present)
        if proved is None:
            if admitted is not None:
                await admitted.failed(present)
            raise AuthenticationFailed(WRONG_PRESENT)
        if proved.credential is None:
            raise Invalid(KEPT_OUTSIDE)
        await parts.accounts.set_password(signed_in.principal, account.address, new)
        proofs = tuple([Proof(each) for each in signed_in.session.proofs])
        return await parts.sessions.open(account, source, proofs, signed_in.session.credential)
