"""Domains and address literals."""

from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from posthouse.formats.address.domain import DOMAIN_OCTETS, InvalidDomain, a_label, check_domain, literal_address, u_label


@pytest.mark.parametrize(
    ("domain", "a_form", "u_form"),
    [
        ("Example.COM", "example.com", "Example.COM"),
        ("bücher.example", "xn--bcher-kva.example", "bücher.example"),
        ("BÜCHER.example", "xn--bcher-kva.example", "BÜCHER.example"),
        ("xn--bcher-kva.example", "xn--bcher-kva.example", "bücher.example"),
        ("straße.de", "xn--strae-oqa.de", "straße.de"),
        ("例子。广告", "xn--fsqu00a.xn--4rr70v", "例子。广告"),
        ("xn--zzzzzzzzz.com", "xn--zzzzzzzzz.com", "xn--zzzzzzzzz.com"),
        ("a_b.example", "a_b.example", "a_b.example"),
        ("[192.0.2.1]", "[192.0.2.1]", "[192.0.2.1]"),
        ("[IPv6:2001:0DB8::1]", "[ipv6:2001:db8::1]", "[IPv6:2001:0DB8::1]"),
        ("[X-tag:Value]", "[x-tag:value]", "[X-tag:Value]"),
    ],
)
def test_forms(domain: str, a_form: str, u_form: str) -> None:
    assert a_label(domain) == a_form
    assert u_label(domain) == u_form
    assert check_domain(domain) == domain


@pytest.mark.parametrize(
    "domain",
    ["", ".", "a.", ".a", "a..b", "-a", "a-", "a b", "a/b", "a\n", "a" * 64, "ä" * 64, "a." * 127 + "aa", "ä" * 300, "[", "[]",
     "[1.2.3.4.5]", "[IPv6:1]", "[ipv6:fe80::1%eth0]", "[tag:]", "[a:" + "b" * DOMAIN_OCTETS + "]", "❤.ws"],
)  # fmt: skip
def test_refusals(domain: str) -> None:
    with pytest.raises(InvalidDomain):
        a_label(domain)


@given(st.text(st.sampled_from("aß1-._xn🙂例[]:٠"), max_size=12) | st.text(max_size=12))
@settings(max_examples=150)
def test_anything_has_one_normal_form_or_is_refused(domain: str) -> None:
    u_label(domain)
    literal_address(domain)
    try:
        normal = a_label(domain)
    except InvalidDomain:
        return
    assert normal.isascii()
    assert a_label(normal) == normal


def test_literals() -> None:
    assert literal_address("[192.0.2.1]") == IPv4Address("192.0.2.1")
    assert literal_address("[IPv6:::1]") == IPv6Address("::1")
    assert literal_address("[::1]") is None
    assert literal_address("192.0.2.1") is None
