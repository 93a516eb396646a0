"""What browsers answer: right proofs, wrong ones, and octets that are nothing."""

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.authenticator import Authenticator

from posthouse.trust.passkeys import (
    ANSWER_OCTETS,
    Claim,
    InvalidPasskey,
    Site,
    claim_of,
    creation_options,
    octets_of,
    proved,
    registered,
    request_options,
    text_of,
)

SITE = Site("mail.example.test", "https://mail.example.test")
MADE, ASKED, HANDLE = b"m" * 32, b"a" * 32, b"h" * 16


def made(telephone: Authenticator) -> bytes:
    return telephone.make(creation_options(SITE, MADE, HANDLE, "alice@example.test", []))


def asserted(telephone: Authenticator, *, is_alone: bool = True) -> bytes:
    return telephone.prove(request_options(SITE, ASKED, is_alone=is_alone))


def test_a_passkey_is_made_and_proved() -> None:
    telephone = Authenticator(count=4)
    answer = made(telephone)
    new = registered(answer, MADE, SITE)
    assert new.sign_count == 4
    assert claim_of(answer) == Claim(new.credential_id, MADE, b"")
    answer = asserted(telephone)
    assert claim_of(answer) == Claim(new.credential_id, ASKED, HANDLE)
    assert proved(answer, ASKED, SITE, new.public_key, is_alone=True) == 5


def test_what_proves_nothing() -> None:
    telephone, other = Authenticator(), Authenticator()
    answer, strange = made(telephone), made(other)
    new = registered(answer, MADE, SITE)
    for challenge, site in (
        (b"x" * 32, SITE),
        (MADE, Site("example.test", SITE.origin)),
        (MADE, Site(SITE.rp_id, "https://mail.example.test:8443")),
    ):
        with pytest.raises(InvalidPasskey):
            registered(answer, challenge, site)
    right, key = asserted(telephone), new.public_key
    for octets, challenge, site, public_key in (
        (right, MADE, SITE, key),
        (right, ASKED, Site("example.test", SITE.origin), key),
        (right, ASKED, Site(SITE.rp_id, "https://evil.example"), key),
        (right, ASKED, SITE, registered(strange, MADE, SITE).public_key),
        (right, ASKED, SITE, b"no key"),
        (answer, MADE, SITE, key),
    ):
        with pytest.raises(InvalidPasskey):
            proved(octets, challenge, site, public_key, is_alone=True)
    with pytest.raises(InvalidPasskey):
        registered(right, ASKED, SITE)


def test_alone_the_authenticator_has_to_know_its_owner() -> None:
    telephone = Authenticator()
    key = registered(made(telephone), MADE, SITE).public_key
    telephone.verifies = False
    assert proved(asserted(telephone), ASKED, SITE, key, is_alone=False) == 1
    with pytest.raises(InvalidPasskey, match="verif"):
        proved(asserted(telephone), ASKED, SITE, key, is_alone=True)
    with pytest.raises(InvalidPasskey, match="verif"):
        registered(made(telephone), MADE, SITE)


def test_a_page_in_a_frame_of_another_site_proves_nothing() -> None:
    answer: dict[str, Any] = json.loads(asserted_once())
    client = json.loads(octets_of(answer["response"]["clientDataJSON"])) | {"crossOrigin": True}
    answer["response"]["clientDataJSON"] = text_of(json.dumps(client).encode())
    with pytest.raises(InvalidPasskey, match="frame"):
        claim_of(json.dumps(answer).encode())


def asserted_once() -> bytes:
    telephone = Authenticator()
    made(telephone)
    return asserted(telephone)


KEY = registered(made(TELEPHONE := Authenticator()), MADE, SITE).public_key
ANSWERS = (made(TELEPHONE), asserted(TELEPHONE))


def _try(octets: bytes) -> None:
    """An answer gives a value or the one declared error."""
    for check in (
        lambda: claim_of(octets),
        lambda: registered(octets, MADE, SITE),
        lambda: proved(octets, ASKED, SITE, KEY, is_alone=True),
    ):
        with contextlib.suppress(InvalidPasskey):
            check()


@given(st.binary(max_size=200))
def test_any_octets_are_an_answer_or_are_refused(octets: bytes) -> None:
    _try(octets)


@given(st.sampled_from(ANSWERS), st.integers(0, 2_000), st.binary(max_size=4))
def test_answers_that_are_damaged(answer: bytes, at: int, octets: bytes) -> None:
    _try(answer[:at] + octets + answer[at + len(octets) :])


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(st.sampled_from(ANSWERS), st.sampled_from(["id", "rawId", "type", "response", "clientExtensionResults"]), VALUES)
def test_answers_with_other_values(answer: bytes, name: str, value: object) -> None:
    _try(json.dumps(json.loads(answer) | {name: value}).encode())


@given(st.sampled_from(ANSWERS), st.data(), st.binary(max_size=300) | VALUES)
def test_answers_with_other_responses(answer: bytes, data: st.DataObject, value: object) -> None:
    parsed = json.loads(answer)
    name = data.draw(st.sampled_from(sorted(parsed["response"])))
    parsed["response"][name] = text_of(value) if isinstance(value, bytes) else value
    _try(json.dumps(parsed).encode())


def test_long_answers_are_not_read() -> None:
    with pytest.raises(InvalidPasskey, match="too long"):
        claim_of(b" " * (ANSWER_OCTETS + 1))


@given(st.binary(max_size=100))
def test_octets_as_text(octets: bytes) -> None:
    assert octets_of(text_of(octets)) == octets
