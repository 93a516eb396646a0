"""One key for all spellings."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.addresses import ADDRESSES

from posthouse.formats.address.domain import InvalidDomain
from posthouse.formats.address.key import address_key, domain_key, local_part_key
from posthouse.formats.address.value import Address


@given(ADDRESSES)
def test_a_key_is_its_own_key(address: Address) -> None:
    key = address_key(address)
    local_part, _, domain = key.rpartition("@")
    assert address_key(Address(local_part, domain)) == key


@given(st.text(max_size=12))
def test_local_parts_have_one_key(local_part: str) -> None:
    key = local_part_key(local_part)
    assert local_part_key(key) == key
    assert local_part_key(local_part.upper().lower()) == local_part_key(local_part.lower().upper().lower())


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (Address("Alice", "Example.COM"), Address("alice", "example.com")),
        (Address("a", "BÜCHER.de"), Address("A", "xn--bcher-kva.de")),
        (Address("Grüße", "b.c"), Address("GRU\u0308SSE", "b.c")),
        (Address("a", "b.c."), Address("a", "b.c")),
        (Address("a", "[IPv6:2001:DB8:0::1]"), Address("a", "[IPv6:2001:db8::1]")),
        (Address("Postmaster", ""), Address("POSTMASTER", "")),
    ],
)
def test_spellings(one: Address, other: Address) -> None:
    assert address_key(one) == address_key(other)


def test_keys() -> None:
    assert address_key(Address("Postmaster", "")) == "postmaster"
    assert address_key(Address("a@b", "C.d")) == "a@b@c.d"
    assert domain_key("Bücher.DE.") == "xn--bcher-kva.de"
    assert address_key(Address("a.b", "c.d")) != address_key(Address("ab", "c.d"))
    with pytest.raises(InvalidDomain):
        address_key(Address("a", "b c"))
