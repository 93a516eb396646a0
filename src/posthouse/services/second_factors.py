"""The second factor at a browser sign-in: a code of an authenticator program, or one of the codes kept for a lost one.

What is kept are credentials of the account: the program's secret, sealed, with the last step it was used in, and keyed hashes of
the recovery codes. Each is changed by compare-and-set, so that a code counts once however many try it at the same time.
"""

from typing import Final

from msgspec.structs import replace

from posthouse.formats.one_time.totp import matching_step
from posthouse.foundation.errors import AuthenticationFailed
from posthouse.foundation.ids import AccountId
from posthouse.model.account import Account, Credential, CredentialKind
from posthouse.ports.clock import Clock
from posthouse.ports.directory import Directory
from posthouse.ports.vault import Vault

WRONG_CODE: Final = "the code is wrong, or has been used already"
SECRET: Final = "secret"  # noqa: S105 - a verifier's name
LAST_STEP: Final = "last-step"
PENDING: Final = "pending"
"""Among the verifiers while nobody has shown yet that the program is set up."""
_FACTORS: Final = (CredentialKind.TOTP, CredentialKind.RECOVERY_CODES, CredentialKind.PASSKEY)


class SecondFactorCheck:
    """What a browser sign-in asks; failures are counted by whoever signs people in. All verbs raise Unavailable."""

    def __init__(self, directory: Directory, vault: Vault, clock: Clock) -> None:
        self._directory = directory
        self._vault = vault
        self._clock = clock

    async def kinds(self, account_id: AccountId) -> tuple[str, ...]:
        """What may be asked for beside the password; nothing where that alone is enough."""
        kept = second_factors(await self._directory.credentials(account_id))
        if not any(_is_program(each) or each.kind is CredentialKind.PASSKEY for each in kept):
            return ()
        return tuple(dict.fromkeys([each.kind.value for each in kept if PENDING not in each.verifiers and each.verifiers]))

    async def check(self, account: Account, code: str) -> CredentialKind:
        """Use a code up; says of which kind it was. Blanks and hyphens in it do not matter.

        Raises: AuthenticationFailed.
        """
        typed = normalised_code(code)
        for kept in await self._directory.credentials(account.id):
            used = None
            if _is_program(kept):
                used = stepped(self._vault, kept, typed, self._clock.now())
            elif kept.kind is CredentialKind.RECOVERY_CODES:
                used = _without(kept, recovery_verifier(self._vault, account.id, typed))
            if used is not None and await self._directory.replace_credential(kept, used):
                return kept.kind
        raise AuthenticationFailed(WRONG_CODE)


def second_factors(credentials: list[Credential]) -> list[Credential]:
    """Those of an account's credentials that are second factors."""
    return [kept for kept in credentials if kept.kind in _FACTORS]


def stepped(vault: Vault, kept: Credential, code: str, now: float) -> Credential | None:
    """The credential of a program after a right code: set up, and good for later steps only. None: the code is not right."""
    step = matching_step(vault.unseal(kept.verifiers[SECRET]), code, now, int(kept.verifiers.get(LAST_STEP, b"-1")))
    if step is None:
        return None
    return replace(kept, verifiers={SECRET: kept.verifiers[SECRET], LAST_STEP: b"%d" % step})


def recovery_verifier(vault: Vault, account_id: AccountId, code: str) -> bytes:
    """What is kept of a recovery code (normalised); it has 50 bits, and the hash is keyed."""
    return vault.keyed(b"recovery-code\0" + account_id + code.encode("utf-8", "surrogatepass"))


def normalised_code(code: str) -> str:
    """A code as people type it, without what does not matter."""
    return "".join(code.split()).replace("-", "").lower()


def _is_program(kept: Credential) -> bool:
    return kept.kind is CredentialKind.TOTP and PENDING not in kept.verifiers


def _without(kept: Credential, verifier: bytes) -> Credential | None:
    rest = {name: each for name, each in kept.verifiers.items() if each != verifier}
    return replace(kept, verifiers=rest) if len(rest) < len(kept.verifiers) else None
