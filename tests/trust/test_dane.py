"""DANE: records, and chains checked against them."""

import contextlib
import hashlib
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.certificates import Made, make

from posthouse.trust.dane import InvalidTlsa, Mismatch, Tlsa, check_chain, is_name_of, parse_tlsa, write_tlsa

NOW = time.time()
NAMES = ("mx.example.test", "example.test")
ROOT = make("root", ca=True)
MIDDLE = make("middle", ROOT, ca=True)
LEAF = make("mx.example.test", MIDDLE)
CHAIN = [LEAF.der, MIDDLE.der, ROOT.der]


def record(usage: int, selector: int, matching: int, made: Made) -> Tlsa:
    octets = made.public_key if selector else made.der
    data = {0: octets, 1: hashlib.sha256(octets).digest(), 2: hashlib.sha512(octets).digest()}[matching]
    return Tlsa(usage, selector, matching, data)


@given(st.builds(Tlsa, st.integers(0, 255), st.integers(0, 255), st.integers(0, 255), st.binary(min_size=1, max_size=80)))
def test_round_trip(tlsa: Tlsa) -> None:
    assert parse_tlsa(write_tlsa(tlsa)) == tlsa


@given(st.text() | st.from_regex(r"[0-9]{1,4} [0-9] [0-9] [0-9a-f ]{0,40}", fullmatch=True))
def test_any_text_is_a_record_or_none(text: str) -> None:
    with contextlib.suppress(InvalidTlsa):
        parse_tlsa(text)


def test_an_example_of_the_standard() -> None:
    # RFC 6698 §2.3
    text = "0 0 1 ( d2abde240d7cd3ee6b4b28c54df034b9 7983a1d16e8a410e4561cb106618e971 )".replace("( ", "").replace(" )", "")
    assert parse_tlsa(text).data.hex().startswith("d2abde240d7cd3ee")
    assert not parse_tlsa(text).is_usable, "RFC 7672 §3.1.3: PKIX usages are none for SMTP"


@pytest.mark.parametrize("selector", [0, 1])
@pytest.mark.parametrize("matching", [0, 1, 2])
def test_every_kind_of_record(selector: int, matching: int) -> None:
    own = record(3, selector, matching, LEAF)
    assert check_chain([record(3, 1, 1, ROOT), own], CHAIN, NAMES, NOW) == own
    for anchor in (MIDDLE, ROOT):
        found = record(2, selector, matching, anchor)
        assert check_chain([found], CHAIN, NAMES, NOW) == found
        assert check_chain([found], [LEAF.der, ROOT.der, MIDDLE.der], NAMES, NOW) == found


def test_the_certificate_itself_needs_neither_name_nor_dates() -> None:
    old = make("other.test", days=-5)
    check_chain([record(3, 1, 1, old)], [old.der], NAMES, NOW)


@pytest.mark.parametrize(
    ("anchor", "chain", "result"),
    [
        (ROOT, [LEAF.der], "certificate-not-trusted"),
        (make("other", ca=True), CHAIN, "certificate-not-trusted"),
        (ROOT, [make("mx.example.test", MIDDLE, days=-5).der, MIDDLE.der, ROOT.der], "certificate-expired"),
        (ROOT, [make("mx.other.test", MIDDLE).der, MIDDLE.der, ROOT.der], "certificate-host-mismatch"),
        (LEAF, [make("mx.example.test", LEAF).der, LEAF.der], "certificate-not-trusted"),
        (ROOT, [make("mx.example.test", make("root", ca=True)).der, ROOT.der], "certificate-not-trusted"),
        (ROOT, [], "validation-failure"),
        (ROOT, [b"nonsense"], "validation-failure"),
    ],
)
def test_chains_that_lead_nowhere(anchor: Made, chain: list[bytes], result: str) -> None:
    with pytest.raises(Mismatch) as caught:
        check_chain([record(2, 0, 1, anchor)], chain, NAMES, NOW)
    assert caught.value.result == result


def test_a_self_signed_server_may_be_its_own_anchor() -> None:
    alone = make("example.test")
    check_chain([record(2, 0, 1, alone)], [alone.der], NAMES, NOW)


def test_no_record_of_the_right_length_or_key() -> None:
    with pytest.raises(Mismatch):
        check_chain([record(3, 1, 1, ROOT)], CHAIN, NAMES, NOW)
    assert not Tlsa(3, 1, 1, b"short").is_usable
    assert not Tlsa(3, 2, 1, bytes(32)).is_usable


@given(st.lists(st.binary(max_size=200), max_size=3))
def test_any_octets_are_no_chain(chain: list[bytes]) -> None:
    with pytest.raises(Mismatch):
        check_chain([record(2, 0, 1, ROOT)], chain, NAMES, NOW)


@pytest.mark.parametrize(
    ("pattern", "name", "same"),
    [
        ("*.a.test", "b.a.test", True),
        ("*.a.test", "c.b.a.test", False),
        ("*.a.test", "a.test", False),
        ("A.test.", "a.TEST", True),
        ("", "", False),
    ],
)
def test_names(pattern: str, name: str, same: bool) -> None:
    assert is_name_of(pattern, name) is same
