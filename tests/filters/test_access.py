"""Lists by hand: networks, names, addresses, wildcards."""

import fnmatch
import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthouse.filters.access import AccessList

LIST = AccessList(
    [
        "192.0.2.1",
        "198.51.100.0/24",
        "198.51.0.0/16",
        "2001:db8::/32",
        "Bad.Example",
        "mail-*.pool.example",
        "eve@elsewhere.example",
        "*@list.example",
        "news-*@*.example.net",
        "",
    ]
)


@pytest.mark.parametrize(
    ("address", "pattern"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("192.0.2.2", None),
        ("198.51.100.7", "198.51.100.0/24"),
        ("198.51.7.7", "198.51.0.0/16"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1::1", "2001:db8::/32"),
        ("2001:db9::1", None),
        ("no address", None),
        ("", None),
    ],
)
def test_addresses(address: str, pattern: str | None) -> None:
    assert LIST.address(address) == pattern


@pytest.mark.parametrize(
    ("host", "pattern"),
    [
        ("bad.example", "Bad.Example"),
        ("MX.Bad.example.", "Bad.Example"),
        ("notbad.example", None),
        ("mail-7.pool.example", "mail-*.pool.example"),
        ("pool.example", None),
        ("example", None),
    ],
)
def test_hosts(host: str, pattern: str | None) -> None:
    assert LIST.host(host) == pattern


@pytest.mark.parametrize(
    ("sender", "pattern"),
    [
        ("eve@elsewhere.example", "eve@elsewhere.example"),
        ("adam@elsewhere.example", None),
        ("anybody@list.example", "*@list.example"),
        ("anybody@sub.bad.example", "Bad.Example"),
        ("news-1@a.example.net", "news-*@*.example.net"),
        ("news-1@example.net", None),
    ],
)
def test_senders(sender: str, pattern: str | None) -> None:
    assert LIST.sender(sender) == pattern


def test_an_empty_list_says_so() -> None:
    assert not AccessList([])
    assert AccessList(["a.example"])


@given(st.ip_addresses(v=4) | st.ip_addresses(v=6, network="2000::/3"), st.integers(4, 32))
def test_a_network_holds_what_python_says(address: ipaddress.IPv4Address | ipaddress.IPv6Address, length: int) -> None:
    network = ipaddress.ip_network((address, length), strict=False)
    access = AccessList([str(network)])
    assert access.address(str(address)) == str(network)
    assert access.address(str(network[-1])) == str(network)
    neighbour = type(address)(int(address) ^ 1 << (address.max_prefixlen - length))
    assert access.address(str(neighbour)) is None


@given(st.text("ab.*", max_size=8), st.text("ab.", min_size=1, max_size=12))
def test_wildcards_fit_as_in_a_shell(pattern: str, name: str) -> None:
    fits = fnmatch.fnmatchcase(name.rstrip("."), pattern)
    if "*" in pattern:
        assert (AccessList([pattern]).host(name) is not None) is fits


@given(st.lists(st.text(max_size=30), max_size=5), st.text(max_size=30))
def test_nothing_raises(patterns: list[str], text: str) -> None:
    access = AccessList(patterns)
    for look in (access.address, access.host, access.sender):
        found = look(text)
        assert found is None or found in patterns
