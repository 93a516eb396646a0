"""The verifiers of a new app password: all that any mechanism will ever need, made while its secret is still known (docs/adr/0004).

PLAIN and LOGIN bring the password to the server, which reads it as people type it. SCRAM and CRAM-MD5 compute with the characters
that were typed, so that there is a set for the password as it is shown (with hyphens) and one without them (``-bare``).
"""

from typing import Final

from posthouse.foundation.md5 import hmac_states
from posthouse.model.account import Account
from posthouse.ports.vault import Vault
from posthouse.services.app_passwords import BARE, grouped, scram_keys, verifier_of

_ALGORITHMS: Final = {"scram-sha-1": "sha1", "scram-sha-256": "sha256"}


def app_password_verifiers(vault: Vault, account: Account, secret: str) -> dict[str, bytes]:
    """Every verifier of a secret (without hyphens), by scheme. Takes some 10 ms: call it in a thread."""
    made = {"hmac": verifier_of(vault, account.id, secret)}
    for suffix, typed in (("", grouped(secret)), (BARE, secret)):
        for scheme, algorithm in _ALGORITHMS.items():
            made[scheme + suffix] = scram_keys(algorithm, typed, account.scram_salt)
        made["cram-md5" + suffix] = vault.seal(hmac_states(typed.encode()))
    return made
