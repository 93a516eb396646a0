"""Passkeys: proved at sign-in, instead of password and code or as the second factor.

A passkey is a credential of its account: its id, its public key, and how often its authenticator says it was used. One that says a
smaller number than before has been copied: it is refused from then on, and its owner sees that.
"""

import logging
from collections.abc import Sequence
from typing import Any, Final

from msgspec.structs import replace

from posthouse.foundation.errors import AuthenticationFailed
from posthouse.model.account import Account, Credential, CredentialKind
from posthouse.ports.directory import Directory
from posthouse.services.browsers.challenges import Challenges
from posthouse.trust.passkeys import Claim, InvalidPasskey, Site, claim_of, proved, request_options

WRONG_PASSKEY: Final = "this passkey is not known here, or the attempt took too long: try again, or use your password"
COPIED_PASSKEY: Final = "this passkey has been used elsewhere and may have been copied: remove it, and sign in another way"
CREDENTIAL_ID: Final = "credential-id"
PUBLIC_KEY: Final = "public-key"
SIGN_COUNT: Final = "sign-count"
COPIED: Final = "copied"
_ALONE: Final = b"sign in"
_log = logging.getLogger(__name__)


class PasskeyCheck:
    """What a browser sign-in asks; failures are counted by whoever signs people in. All verbs raise Unavailable."""

    def __init__(self, directory: Directory, challenges: Challenges) -> None:
        self._directory = directory
        self._challenges = challenges

    def options(self, site: Site, step: str = "") -> dict[str, Any]:
        """What a browser is asked to prove, alone or (``step``) as the second factor of a sign-in."""
        return request_options(site, self._challenges.new(_bound(step)), is_alone=not step)

    async def prove(self, account: Account, claim: Claim, answer: bytes, site: Site, step: str = "") -> Credential:
        """Which passkey of the account a browser has proved. Raises: AuthenticationFailed."""
        kept = passkey_of(await self._directory.credentials(account.id), claim)
        if kept is None or not self._challenges.is_good(claim.challenge, _bound(step)):
            raise AuthenticationFailed(WRONG_PASSKEY)
        try:
            count = proved(answer, claim.challenge, site, kept.verifiers[PUBLIC_KEY], is_alone=not step)
        except InvalidPasskey as error:
            _log.info("a passkey is not proved: %s", ascii(str(error)[:200]))
            raise AuthenticationFailed(WRONG_PASSKEY) from None
        if not await self._challenges.use(claim.challenge, account.id):
            raise AuthenticationFailed(WRONG_PASSKEY)
        await self._count(kept, count)
        return kept

    async def _count(self, kept: Credential, count: int) -> None:
        """Note how often the passkey says it was used; authenticators that do not count say 0. Raises: AuthenticationFailed."""
        before = int(kept.verifiers[SIGN_COUNT])
        is_copied = COPIED in kept.verifiers or (max(before, count) > 0 and count <= before)
        noted = {COPIED: b"1"} if is_copied else {SIGN_COUNT: b"%d" % count}
        changed = replace(kept, verifiers=kept.verifiers | noted)
        if changed != kept and not await self._directory.replace_credential(kept, changed):
            raise AuthenticationFailed(WRONG_PASSKEY)
        if is_copied:
            _log.warning("the passkey %s of an account has been used elsewhere: it may have been copied", ascii(kept.name))
            raise AuthenticationFailed(COPIED_PASSKEY)


def read_claim(answer: bytes) -> Claim:
    """What an answer says of itself. Raises: AuthenticationFailed."""
    try:
        return claim_of(answer)
    except InvalidPasskey:
        raise AuthenticationFailed(WRONG_PASSKEY) from None


def passkeys_of(credentials: Sequence[Credential]) -> list[Credential]:
    """Those of an account's credentials that are passkeys."""
    return [kept for kept in credentials if kept.kind is CredentialKind.PASSKEY]


def passkey_of(credentials: Sequence[Credential], claim: Claim) -> Credential | None:
    """The one that an answer claims."""
    return next((kept for kept in passkeys_of(credentials) if kept.verifiers[CREDENTIAL_ID] == claim.credential_id), None)


def _bound(step: str) -> bytes:
    return b"second factor\0" + step.encode("utf-8", "surrogatepass") if step else _ALONE
