"""A token that an identity provider has signed: by a key of its own, for us, and not over yet (RFC 7519, RFC 8725).

The algorithm is one of those of public keys: never ``none``, and never a keyed hash, for which whoever knows the public key could
make tokens (RFC 8725 §2.1).
"""

import json
import math
import warnings
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from joserfc import jws
from joserfc.errors import JoseError, SecurityWarning

from posthouse.trust.tokens.keys import Key

ALGORITHMS: Final = {
    "RS256": "RSA", "RS384": "RSA", "RS512": "RSA", "PS256": "RSA", "PS384": "RSA", "PS512": "RSA",
    "ES256": "EC", "ES384": "EC", "ES512": "EC", "EdDSA": "OKP", "Ed25519": "OKP",
}  # fmt: skip
"""What may sign, by the kind of key."""
LEEWAY_SECONDS: Final = 60.0
"""How far clocks may differ."""
TOKEN_OCTETS: Final = 16_384


class InvalidToken(ValueError):
    """The token does not count; the text says why, for the log."""


class UnknownKey(InvalidToken):
    """It names a key that is not among those that are known: the provider may have a new one."""


class OverToken(InvalidToken):
    """It counted until a moment that has passed: no guess."""


class Expected(NamedTuple):
    """What a token must say."""

    issuer: str
    audiences: tuple[str, ...]
    """One of them must be among those it is for."""


def is_signed(token: str) -> bool:
    """Whether this is a signed token at all, and not a word only its provider understands."""
    return token.count(".") == 2 and len(token) <= TOKEN_OCTETS and _header(token) is not None


def verified_claims(token: str, keys: Sequence[Key], expected: Expected, now: float) -> dict[str, Any]:
    """What a token says, if it counts; ``now`` in seconds since 1970.

    Raises: InvalidToken; UnknownKey; OverToken.
    """
    claims = _payload(token, keys)
    if claims.get("iss") != expected.issuer:
        raise InvalidToken("another issuer has made it")
    check_audience(claims, expected.audiences)
    until = moment_of(claims.get("exp"))
    if until is None:
        raise InvalidToken("it says not until when it counts")
    if until + LEEWAY_SECONDS <= now:
        raise OverToken("its time is over")
    for name in ("nbf", "iat"):
        since = moment_of(claims.get(name, now))
        if since is None or since - LEEWAY_SECONDS > now:
            raise InvalidToken(f"it does not count yet ({name})")
    return claims


def check_audience(claims: dict[str, Any], audiences: Sequence[str]) -> None:
    """Whether a token is for us. Raises: InvalidToken."""
    said = claims.get("aud")
    meant = [said] if isinstance(said, str) else said if isinstance(said, list) else []
    if not any(audience in meant for audience in audiences):
        raise InvalidToken("it is for somebody else (aud)")


def _payload(token: str, keys: Sequence[Key]) -> dict[str, Any]:
    """What a key of the provider has signed."""
    header = _header(token)
    if header is None or len(token) > TOKEN_OCTETS:
        raise InvalidToken("it is no signed token")
    algorithm, name = header.get("alg"), header.get("kid")
    if not isinstance(algorithm, str) or algorithm not in ALGORITHMS:
        raise InvalidToken("its algorithm is not taken")
    if "crit" in header or str(header.get("typ", "jwt")).lower().removeprefix("application/") not in {"jwt", "at+jwt"}:
        raise InvalidToken("it is another kind of token")
    fitting = [key.key for key in keys if key.key.key_type == ALGORITHMS[algorithm] and name in (None, key.name)]
    if not fitting:
        raise UnknownKey("its key is not known")
    for key in fitting:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", SecurityWarning)  # EdDSA is called Ed25519 since RFC 9864; providers say both
                registry = jws.JWSRegistry(algorithms=[algorithm], strict_check_header=False)  # providers add fields of their own
                payload = jws.deserialize_compact(token, key, registry=registry).payload
            claims = json.loads(payload)
        except (JoseError, ValueError, TypeError, RecursionError):
            continue
        if isinstance(claims, dict):
            return claims
    raise InvalidToken("its signature is wrong")


def _header(token: str) -> dict[str, Any] | None:
    try:
        header: object = jws.extract_compact(token.encode()).protected
    except (JoseError, ValueError, TypeError, RecursionError):
        return None
    return header if isinstance(header, dict) else None


def moment_of(value: object) -> float | None:
    """Seconds since 1970 as tokens say them; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(value) if abs(value) < 1e15 else None
