"""Whether a browser's answer proves a passkey (Web Authentication Level 2 §7): answers are the JSON forms of Level 3 §5.1.

Attestation is not asked for: who makes an owner's telephone is not ours to judge. The signature count is told, not judged.
"""

import base64
from collections.abc import Callable
from typing import Any, Final, NamedTuple, TypeVar

import msgspec

T = TypeVar("T")
ANSWER_OCTETS: Final = 32_768
ALGORITHMS: Final = (-8, -7, -257)
"""EdDSA, ES256, RS256 (COSE), which authenticators may choose from."""


class InvalidPasskey(ValueError):
    """The answer proves nothing; the text is for a log."""


class Site(NamedTuple):
    """Who asks for the proof."""

    rp_id: str
    """The host name passkeys are bound to."""
    origin: str
    """Scheme, host and port of the page, as the browser knows it."""


class Registered(NamedTuple):
    """A new passkey."""

    credential_id: bytes
    public_key: bytes
    """As COSE."""
    sign_count: int


class Claim(NamedTuple):
    """What an answer says of itself, before anything is proved."""

    credential_id: bytes
    challenge: bytes
    user_handle: bytes
    """Empty where it says nothing."""


class _ClientData(msgspec.Struct):
    challenge: str
    crossOrigin: bool = False  # noqa: N815 - the standard's name


class _Response(msgspec.Struct):
    clientDataJSON: str  # noqa: N815 - the standard's name
    userHandle: str | None = None  # noqa: N815 - the standard's name


class _Answer(msgspec.Struct):
    rawId: str  # noqa: N815 - the standard's name
    response: _Response


def claim_of(answer: bytes) -> Claim:
    """Read what an answer claims. Raises: InvalidPasskey."""
    if len(answer) > ANSWER_OCTETS:
        raise InvalidPasskey("the answer is too long")
    try:
        parsed = msgspec.json.decode(answer, type=_Answer)
        client = msgspec.json.decode(octets_of(parsed.response.clientDataJSON), type=_ClientData)
        handle = octets_of(parsed.response.userHandle or "")
        claim = Claim(octets_of(parsed.rawId), octets_of(client.challenge), handle)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise InvalidPasskey(f"the answer cannot be read: {error}") from None
    if client.crossOrigin:
        raise InvalidPasskey("the page is in a frame of another site")
    return claim


def registered(answer: bytes, challenge: bytes, site: Site) -> Registered:
    """The passkey an authenticator has made, its owner verified by it. Raises: InvalidPasskey."""
    from webauthn import verify_registration_response  # a fifth of a second: only where it is needed
    from webauthn.helpers.cose import COSEAlgorithmIdentifier

    def verify(parsed: dict[str, Any]) -> Registered:
        found = verify_registration_response(
            credential=parsed,
            expected_challenge=challenge,
            expected_rp_id=site.rp_id,
            expected_origin=site.origin,
            require_user_verification=True,
            supported_pub_key_algs=[COSEAlgorithmIdentifier(each) for each in ALGORITHMS],
        )
        return Registered(found.credential_id, found.credential_public_key, found.sign_count)

    return _verified(answer, verify)


def proved(answer: bytes, challenge: bytes, site: Site, public_key: bytes, *, is_alone: bool) -> int:
    """The signature count of a right proof; ``is_alone``: nothing else is proved, so the authenticator must know its owner.

    Raises: InvalidPasskey.
    """
    from webauthn import verify_authentication_response  # a fifth of a second: only where it is needed

    def verify(parsed: dict[str, Any]) -> int:
        found = verify_authentication_response(
            credential=parsed,
            expected_challenge=challenge,
            expected_rp_id=site.rp_id,
            expected_origin=site.origin,
            credential_public_key=public_key,
            credential_current_sign_count=0,
            require_user_verification=is_alone,
        )
        return found.new_sign_count

    return _verified(answer, verify)


def creation_options(site: Site, challenge: bytes, handle: bytes, name: str, known: list[bytes]) -> dict[str, Any]:
    """What a browser is asked to make (PublicKeyCredentialCreationOptionsJSON); ``known`` are the owner's passkeys already."""
    return {
        "rp": {"id": site.rp_id, "name": site.rp_id},
        "user": {"id": text_of(handle), "name": name, "displayName": name},
        "challenge": text_of(challenge),
        "pubKeyCredParams": [{"type": "public-key", "alg": algorithm} for algorithm in ALGORITHMS],
        "excludeCredentials": [{"type": "public-key", "id": text_of(each)} for each in known],
        "authenticatorSelection": {"residentKey": "required", "requireResidentKey": True, "userVerification": "required"},
        "attestation": "none",
    }


def request_options(site: Site, challenge: bytes, *, is_alone: bool) -> dict[str, Any]:
    """What a browser is asked to prove (PublicKeyCredentialRequestOptionsJSON): any passkey it has for this site."""
    return {
        "rpId": site.rp_id,
        "challenge": text_of(challenge),
        "userVerification": "required" if is_alone else "preferred",
    }


def text_of(octets: bytes) -> str:
    """Octets as base64url without padding (RFC 4648 §5)."""
    return base64.urlsafe_b64encode(octets).decode().rstrip("=")


def octets_of(text: str) -> bytes:
    """Read base64url without padding. Raises: ValueError."""
    return base64.b64decode(text.encode("ascii") + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)


def _verified(answer: bytes, verify: Callable[[dict[str, Any]], T]) -> T:
    try:
        return verify(msgspec.json.decode(answer, type=dict[str, Any]))
    except Exception as error:  # noqa: BLE001 - parsers of CBOR, COSE and ASN.1 raise what they like for what strangers send
        raise InvalidPasskey(f"{type(error).__name__}: {error}") from None
