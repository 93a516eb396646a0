"""Credentials that move: what is kept of a secret is opened here and sealed there, or does not move.

Keyed hashes are bound to the installation that made them. An app password proves itself without: by its SCRAM keys, after which
the other installation makes a keyed hash of its own. Recovery codes and tokens have nothing but that hash, and stay behind.
"""

from typing import Final

import msgspec

from posthouse.model.account import Credential, CredentialKind
from posthouse.ports.vault import Vault
from posthouse.services.app_passwords import BARE
from posthouse.services.second_factors import PENDING, SECRET

HMAC: Final = "hmac"
SEALED: Final = ("cram-md5", "cram-md5" + BARE, SECRET)
"""Verifiers that are kept sealed."""
_MOVING: Final = (CredentialKind.PASSWORD, CredentialKind.APP_PASSWORD, CredentialKind.TOTP)


def portable(vault: Vault, credential: Credential) -> Credential | None:
    """The credential as it can be kept anywhere; None where it cannot. Raises: Corrupt."""
    if credential.kind not in _MOVING or PENDING in credential.verifiers:
        return None
    verifiers = {
        name: vault.unseal(value) if name in SEALED else value for name, value in credential.verifiers.items() if name != HMAC
    }
    return msgspec.structs.replace(credential, verifiers=verifiers) if verifiers else None


def at_home(vault: Vault, credential: Credential) -> Credential:
    """The credential as it is kept here."""
    verifiers = {name: vault.seal(value) if name in SEALED else value for name, value in credential.verifiers.items()}
    return msgspec.structs.replace(credential, verifiers=verifiers)
