"""Signing: what we sign verifies, nothing can be added, lines stay short."""

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.asked import answered
from tests.support.dkim_messages import BODY, HEAD, signing_keys

from posthouse.trust.dkim.key import key_record
from posthouse.trust.dkim.sign import OVERSIGNED, private_key, private_octets, sign
from posthouse.trust.dkim.verify import Result, examine, verify

NOW = 1_800_000_000


def results(head: bytes, body: list[bytes]) -> list[Result]:
    zone = {(f"{key.selector}._domainkey.example.com", "TXT"): (key_record(key.private.public_key()),) for key in signing_keys()}
    return [verdict.result for verdict in answered(verify(examine(head, body), NOW), zone)]


def test_both_kinds_of_keys_sign_the_same_message() -> None:
    fields = sign(HEAD, [BODY[:7], BODY[7:]], signing_keys(), "example.com", NOW)
    assert fields.count(b"DKIM-Signature: v=1; a=") == 2
    assert fields.endswith(b"\r\n")
    assert max(map(len, fields.split(b"\r\n"))) <= 78
    assert results(fields + HEAD, [BODY]) == [Result.PASS, Result.PASS]


@pytest.mark.parametrize("name", OVERSIGNED)
def test_nothing_can_be_added(name: bytes) -> None:
    fields = sign(HEAD, [BODY], signing_keys()[1:], "example.com", NOW)
    assert results(fields + name + b": added\r\n" + HEAD, [BODY]) == [Result.FAIL]
    assert results(fields + HEAD + name + b": added\r\n", [BODY]) == [Result.FAIL]


_FIELD = st.tuples(
    st.sampled_from([b"Subject", b"To", b"X-Other", b"MIME-Version", b"List-Id", b"Received"]), st.binary(max_size=20)
).map(lambda pair: pair[0] + b": " + pair[1].replace(b"\r", b"").replace(b"\n", b"") + b"\r\n")


@given(st.lists(_FIELD, max_size=8), st.lists(st.binary(max_size=20), max_size=5))
@settings(max_examples=60)
def test_whatever_is_signed_verifies(others: list[bytes], chunks: list[bytes]) -> None:
    head = b"From: a@example.com\r\n" + b"".join(others)
    fields = sign(head, chunks, signing_keys(), "example.com", NOW)
    assert results(fields + head, [b"".join(chunks)]) == [Result.PASS, Result.PASS]


def test_long_lists_of_fields_stay_in_their_lines() -> None:
    head = HEAD + b"Resent-To: x\r\nList-Unsubscribe-Post: y\r\n" * 40
    fields = sign(head, [], signing_keys(), "a." * 60 + "example.com", NOW)
    assert max(map(len, fields.split(b"\r\n"))) < 200
    assert fields.count(b"resent-to") == 2 * 20


def test_without_from_there_is_no_signature() -> None:
    with pytest.raises(ValueError, match="From"):
        sign(b"To: b@example.net\r\n", [], signing_keys(), "example.com", NOW)


def test_keys_as_octets() -> None:
    for key in signing_keys():
        loaded = private_key(private_octets(key.private))
        assert key_record(loaded.public_key()) == key_record(key.private.public_key())
    other = ec.generate_private_key(ec.SECP256R1()).private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    for octets in (b"", b"junk", other):
        with pytest.raises(ValueError, match="key"):
            private_key(octets)
