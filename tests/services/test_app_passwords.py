"""Secrets that people type, and what is kept of them."""

import base64
import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthouse.adapters.memory.vault import MemoryVault
from posthouse.foundation.ids import AccountId
from posthouse.services.app_passwords import ALPHABET, CHARACTERS, grouped, normalised, scram_keys, spell, verifier_of

ENTROPY = st.binary(min_size=20, max_size=20)


def test_no_two_letters_look_alike() -> None:
    assert len(ALPHABET) == len(set(ALPHABET)) == 32
    assert not set(ALPHABET) & set("l018")


@given(ENTROPY, ENTROPY)
def test_every_bit_of_entropy_is_spelt(one: bytes, other: bytes) -> None:
    spelt = spell(one)
    assert len(spelt) == CHARACTERS
    assert set(spelt) <= set(ALPHABET)
    assert (spelt == spell(other)) == (one == other)


@given(ENTROPY)
def test_what_is_shown_is_read_however_it_is_typed(entropy: bytes) -> None:
    secret = spell(entropy)
    shown = grouped(secret)
    assert [len(group) for group in shown.split("-")] == [4] * 8
    for typed in (shown, shown.upper(), shown.replace("-", ""), shown.replace("-", " "), f"\t{shown}\n"):
        assert normalised(typed) == secret


def test_a_verifier_belongs_to_an_account_and_an_installation() -> None:
    alice, bob = AccountId(b"a" * 16), AccountId(b"b" * 16)
    here, there = MemoryVault(b"here"), MemoryVault(b"there")
    verifiers = {verifier_of(vault, account, "secret") for vault in (here, there) for account in (alice, bob)}
    assert len(verifiers) == 4
    assert verifier_of(here, alice, "secret") in verifiers


@pytest.mark.parametrize(
    ("algorithm", "salt", "client_nonce", "server_nonce", "proof", "signature"),
    [
        (
            "sha1",
            "QSXCR+Q6sek8bf92",
            "fyko+d2lbbFgONRv9qkxdawL",
            "3rfcNHYJY1ZVvWVs7j",
            "v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=",
            "rmF9pqV8S7suAoZWja4dJRkFsKQ=",
        ),
        (
            "sha256",
            "W22ZaJ0SNY7soEsUEjb6gQ==",
            "rOprNGfwEbeRWgbNEkqO",
            "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0",
            "dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
            "6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=",
        ),
    ],
    ids=["RFC 5802 §5", "RFC 7677 §3"],
)
def test_scram_keys_check_the_examples_of_the_standards(
    algorithm: str, salt: str, client_nonce: str, server_nonce: str, proof: str, signature: str
) -> None:
    keys = scram_keys(algorithm, "pencil", base64.b64decode(salt))
    size = hashlib.new(algorithm).digest_size
    stored_key, server_key = keys[:size], keys[size:]
    nonce = client_nonce + server_nonce
    message = f"n=user,r={client_nonce},r={nonce},s={salt},i=4096,c=biws,r={nonce}".encode()
    client_signature = hmac.digest(stored_key, message, algorithm)
    client_key = bytes(a ^ b for a, b in zip(base64.b64decode(proof), client_signature, strict=True))
    assert hashlib.new(algorithm, client_key).digest() == stored_key
    assert base64.b64encode(hmac.digest(server_key, message, algorithm)).decode() == signature
