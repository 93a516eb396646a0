"""From_ lines and paths."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthouse.formats.address.value import Address
from posthouse.formats.uucp import InvalidPath, Opening, address_of, read_opening


@pytest.mark.parametrize(
    ("octets", "sender"),
    [
        (b"From eve Wed Nov 25 12:00:00 2026 remote from pc\nSubject: x\n", "pc!eve"),
        (
            b"From eve Wed Nov 25 12:00:00 2026 remote from b\n>From eve Wed Nov 25 11:00:00 2026 remote from a\nSubject: x\n",
            "b!a!eve",
        ),
        (b"From eve@elsewhere.example Wed Nov 25 12:00:00 2026 remote from hub\r\nSubject: x\r\n", "hub!eve@elsewhere.example"),
        (b"From eve@elsewhere.example Wed Nov 25 12:00:00 2026\nSubject: x\n", "eve@elsewhere.example"),
        (b"From MAILER-DAEMON Wed Nov 25 12:00:00 2026 remote from hub\nSubject: x\n", ""),
        (b"From <> Wed Nov 25 12:00:00 2026 remote from hub\nSubject: x\n", ""),
        (b"Subject: x\n", ""),
        (b"From: eve@elsewhere.example\nSubject: x\n", ""),
    ],
)
def test_openings(octets: bytes, sender: str) -> None:
    opening = read_opening(octets)
    assert opening.sender == sender
    assert octets[opening.end :].startswith((b"Subject: x", b"From:"))


@pytest.mark.parametrize(
    ("path", "address"),
    [
        ("alice@example.test", Address("alice", "example.test")),
        ("hub!pc.example!alice", Address("alice", "pc.example")),
        ("hub!alice@example.test", Address("alice", "example.test")),
        ("<hub!alice@example.test>", Address("alice", "example.test")),
        ("postmaster", Address("postmaster", "")),
    ],
)
def test_paths(path: str, address: Address) -> None:
    try:
        assert address_of(path) == address
    except InvalidPath:
        assert not address.domain, "a name alone may be no address"


@given(st.text(max_size=60))
def test_any_text_is_an_address_or_none(text: str) -> None:
    with contextlib.suppress(InvalidPath):
        assert isinstance(address_of(text), Address)


@given(st.binary(max_size=200) | st.binary(max_size=100).map(lambda octets: b"From " + octets))
def test_any_octets_have_an_opening(octets: bytes) -> None:
    opening = read_opening(octets)
    assert isinstance(opening, Opening)
    assert 0 <= opening.end <= len(octets)
