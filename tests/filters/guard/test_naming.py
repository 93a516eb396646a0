"""Under which names clients are counted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthouse.filters.guard.naming import networks_of, plain_address


@pytest.mark.parametrize(
    ("address", "networks"),
    [
        ("192.0.2.1", ("192.0.2.1/32", "192.0.2.0/24")),
        ("::ffff:192.0.2.1", ("192.0.2.1/32", "192.0.2.0/24")),
        ("2001:db8:1:2:3::4", ("2001:db8:1:2::/64", "2001:db8:1::/48")),
        ("fe80::1%eth0", ("fe80::/64", "fe80::/48")),
        ("", None),
        ("/run/socket", None),
    ],
)
def test_networks(address: str, networks: tuple[str, str] | None) -> None:
    assert networks_of(address) == networks


@pytest.mark.parametrize(
    ("address", "plain"),
    [("::ffff:192.0.2.1", "192.0.2.1"), ("fe80::1%eth0", "fe80::1"), ("2001:DB8::1", "2001:db8::1"), ("x", None)],
)
def test_plain_addresses(address: str, plain: str | None) -> None:
    assert plain_address(address) == plain


@given(st.ip_addresses().map(str))
def test_every_address_has_both(address: str) -> None:
    assert networks_of(address) is not None
