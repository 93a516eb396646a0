"""Time-based one-time passwords (RFC 6238 over RFC 4226), as authenticator programs make them: SHA-1, six digits, 30 seconds."""

import base64
import hmac
from typing import Final
from urllib.parse import quote, urlencode

DIGITS: Final = 6
STEP_SECONDS: Final = 30
SECRET_OCTETS: Final = 20
"""RFC 4226 §4 R6 recommends 160 bits."""
DRIFT: Final = 1
"""Steps a clock may be ahead or behind (RFC 6238 §5.2)."""


def hotp(secret: bytes, counter: int, digits: int = DIGITS) -> str:
    """The password of a counter (RFC 4226 §5.3), as decimal digits with leading zeros."""
    mac = hmac.digest(secret, counter.to_bytes(8, "big"), "sha1")
    offset = mac[-1] & 15
    number = int.from_bytes(mac[offset : offset + 4], "big") & 0x7FFFFFFF
    return f"{number % 10**digits:0{digits}d}"


def step_of(now: float) -> int:
    """The number of the step that a moment (seconds since 1970) lies in."""
    return int(now) // STEP_SECONDS


def matching_step(secret: bytes, code: str, now: float, after: int) -> int | None:
    """The step above ``after`` whose password this is, at most ``DRIFT`` away from now; None: there is none.

    Whoever keeps the step as the next ``after`` takes no password twice.
    """
    if len(code) != DIGITS or not (code.isascii() and code.isdigit()):
        return None
    found = None
    for step in range(max(step_of(now) - DRIFT, 0), step_of(now) + DRIFT + 1):
        # All of them are compared: how long it takes does not tell which one it was.
        if hmac.compare_digest(hotp(secret, step), code) and step > after:
            found = step
    return found


def secret_text(secret: bytes) -> str:
    """The secret as people type it into a program that cannot see pictures: base32 without padding."""
    return base64.b32encode(secret).decode().rstrip("=")


def key_uri(secret: bytes, issuer: str, address: str) -> str:
    """The URI that authenticator programs read from a QR code."""
    label = quote(f"{issuer}:{address}", safe="@:")
    parameters = {"secret": secret_text(secret), "issuer": issuer, "algorithm": "SHA1", "digits": DIGITS, "period": STEP_SECONDS}
    return f"otpauth://totp/{label}?{urlencode(parameters, quote_via=quote)}"
