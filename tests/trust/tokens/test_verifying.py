"""Signed tokens: by every kind of key, and all the ways in which one does not count."""

import base64
import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.signed_tokens import SigningKey, public_keys

from posthouse.trust.tokens.keys import InvalidKeys, Key, parse_keys
from posthouse.trust.tokens.verifying import Expected, InvalidToken, OverToken, UnknownKey, is_signed, verified_claims

ISSUER = "https://id.example.org"
NOW = 1_800_000_000.0
EXPECTED = Expected(ISSUER, ("mail", "posthouse"))
RIGHT: dict[str, Any] = {"iss": ISSUER, "aud": "mail", "exp": NOW + 300, "iat": NOW, "email": "alice@example.org"}
KINDS = ("RS256", "PS256", "ES256", "ES384", "EdDSA", "Ed25519")
SIGNERS = {kind: SigningKey(kind, f"key of {kind}") for kind in KINDS}
KEYS = parse_keys(public_keys(*SIGNERS.values()))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("is_named", [True, False])
def test_every_kind_of_public_key(kind: str, is_named: bool) -> None:
    token = SIGNERS[kind].sign(RIGHT, **({} if is_named else {"kid": None}))
    assert is_signed(token)
    assert verified_claims(token, KEYS, EXPECTED, NOW)["email"] == "alice@example.org"


@pytest.mark.parametrize(
    "changed",
    [
        {"iss": ISSUER + "/"},
        {"iss": None},
        {"aud": "other"},
        {"aud": ["a", "b"]},
        {"aud": {"mail": 1}},
        {"aud": None},
        {"exp": None},
        {"exp": "tomorrow"},
        {"exp": True},
        {"nbf": NOW + 61},
        {"iat": NOW + 61},
        {"nbf": "now"},
    ],
    ids=str,
)
def test_what_does_not_count(changed: dict[str, Any]) -> None:
    claims = {name: value for name, value in (RIGHT | changed).items() if value is not None}
    with pytest.raises(InvalidToken) as raised:
        verified_claims(SIGNERS["RS256"].sign(claims), KEYS, EXPECTED, NOW)
    assert raised.type is InvalidToken


def test_clocks_may_differ_a_little() -> None:
    token = SIGNERS["ES256"].sign(RIGHT | {"exp": NOW - 59, "nbf": NOW + 59, "aud": ["x", "posthouse"]})
    verified_claims(token, KEYS, EXPECTED, NOW)
    with pytest.raises(OverToken):
        verified_claims(SIGNERS["ES256"].sign(RIGHT | {"exp": NOW - 60}), KEYS, EXPECTED, NOW)


def test_other_kinds_of_token_do_not_count() -> None:
    for header in ({"typ": "logout+jwt"}, {"typ": "secevent+jwt"}, {"crit": ["kid"]}):
        with pytest.raises(InvalidToken):
            verified_claims(SIGNERS["RS256"].sign(RIGHT, **header), KEYS, EXPECTED, NOW)
    verified_claims(SIGNERS["RS256"].sign(RIGHT, typ="at+jwt", x5t="x", nonce="of their own"), KEYS, EXPECTED, NOW)


def test_whoever_knows_the_public_key_can_make_no_token() -> None:
    """RFC 8725 §2.1: ``none``, and a keyed hash under the public key."""
    body = ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in ({"alg": "none"}, RIGHT))
    hashed = SigningKey("HS256", "key of RS256", secret=public_keys(SIGNERS["RS256"])).sign(RIGHT)
    for token in (body + ".", hashed):
        with pytest.raises(InvalidToken, match="algorithm"):
            verified_claims(token, KEYS, EXPECTED, NOW)


def test_another_key_of_the_same_name_and_a_changed_token() -> None:
    with pytest.raises(InvalidToken, match="signature"):
        verified_claims(SigningKey("RS256", "key of RS256").sign(RIGHT), KEYS, EXPECTED, NOW)
    head, body, signature = SIGNERS["RS256"].sign(RIGHT).split(".")
    other = base64.urlsafe_b64encode(json.dumps(RIGHT | {"email": "bob@example.org"}).encode()).decode().rstrip("=")
    with pytest.raises(InvalidToken, match="signature"):
        verified_claims(f"{head}.{other}.{signature}", KEYS, EXPECTED, NOW)
    assert body != other


def test_a_key_nobody_knows() -> None:
    token = SigningKey("RS256", "new").sign(RIGHT)
    with pytest.raises(UnknownKey):
        verified_claims(token, KEYS, EXPECTED, NOW)


def test_keys_that_are_none() -> None:
    rsa = json.loads(public_keys(SIGNERS["RS256"]))["keys"][0]
    listed = [
        rsa,
        rsa | {"use": "enc"},
        rsa | {"n": "!"},
        rsa | {"kid": 7},
        {"kty": "oct", "k": "c2VjcmV0"},
        {"kty": "RSA"},
        {"kty": ["RSA"]},
        "key",
        json.loads(public_keys(SigningKey("RS256", "weak", bits=1024)))["keys"][0],
    ]
    assert [key.name for key in parse_keys(json.dumps({"keys": listed}).encode())] == ["key of RS256"]
    for octets in (b"", b"[]", b"{}", b'{"keys": {}}', b"[" * 100_000, b"\xff"):
        with pytest.raises(InvalidKeys):
            parse_keys(octets)


@given(st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
def test_any_octets_are_keys_or_none(octets: bytes) -> None:
    with contextlib.suppress(InvalidKeys):
        assert isinstance(parse_keys(octets), tuple)


@given(st.text(max_size=80) | st.lists(st.text(max_size=30), min_size=3, max_size=3).map(".".join))
def test_any_text_is_refused(text: str) -> None:
    keys: tuple[Key, ...] = KEYS
    is_signed(text)
    with pytest.raises(InvalidToken):
        verified_claims(text, keys, EXPECTED, NOW)
