"""What a server keeps of the people in the RFCs' examples.

user has the password pencil, tim has tanstaaftanstaaf, user@example.com the token of RFC 7628 §4.
"""

import base64
import hashlib
import hmac
from typing import Final

from posthouse.foundation.md5 import hmac_states
from posthouse.protocols.sasl.types import Secrets, Wanted

ITERATIONS: Final = 4_096
TOKEN: Final = "vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg=="
DISCOVERY: Final = "https://example.com/.well-known/openid-configuration"
_SALTS: Final = {"scram-sha-1": "QSXCR+Q6sek8bf92", "scram-sha-256": "W22ZaJ0SNY7soEsUEjb6gQ=="}


def kept(wanted: Wanted) -> Secrets:
    """What is kept, for the person and the scheme of RFC 2195 §2, RFC 5802 §5, RFC 7677 §3."""
    if wanted == Wanted("tim", "cram-md5"):
        return Secrets([hmac_states(b"tanstaaftanstaaf")])
    if wanted.scheme == "bearer":
        counts = wanted.authcid == "user@example.com" and wanted.token == TOKEN
        return Secrets([b""] if counts else [], discovery=DISCOVERY)
    assert wanted.authcid == "user", wanted
    salt = base64.b64decode(_SALTS[wanted.scheme])
    algorithm = wanted.scheme.removeprefix("scram-").replace("-", "")
    return Secrets([verifier(algorithm, "pencil", salt, ITERATIONS)], salt, ITERATIONS)


def verifier(algorithm: str, password: str, salt: bytes, iterations: int) -> bytes:
    """StoredKey and ServerKey, straight from RFC 5802 §3."""
    salted = hashlib.pbkdf2_hmac(algorithm, password.encode(), salt, iterations)
    client_key = hmac.digest(salted, b"Client Key", algorithm)
    return hashlib.new(algorithm, client_key).digest() + hmac.digest(salted, b"Server Key", algorithm)
