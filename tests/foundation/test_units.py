"""Sizes as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthouse.foundation.units import format_octets, parse_octets


@pytest.mark.parametrize(
    ("text", "octets"),
    [
        ("5GB", 5_000_000_000),
        (" 500 mib ", 524_288_000),
        ("1.5k", 1_500),
        ("0.1GB", 100_000_000),
        ("1000", 1_000),
        ("none", 0),
        ("Unlimited", 0),
        ("2TiB", 2_199_023_255_552),
    ],
)
def test_sizes(text: str, octets: int) -> None:
    assert parse_octets(text) == octets


@pytest.mark.parametrize("text", ["", "GB", "5XB", "-1GB", "1e9", "5 GB 3", "٣GB", "1.GB", "9" * 16])
def test_what_is_no_size(text: str) -> None:
    with pytest.raises(ValueError, match="no size"):
        parse_octets(text)


@pytest.mark.parametrize(
    ("octets", "text"),
    [(0, "0 B"), (999, "999 B"), (1_000, "1 kB"), (1_490, "1.5 kB"), (12_345_678, "12 MB"), (5 * 10**15, "5000 TB")],
)
def test_sizes_for_people(octets: int, text: str) -> None:
    assert format_octets(octets) == text


@given(st.integers(0, 10**15))
def test_what_is_written_is_nearly_what_was_meant(octets: int) -> None:
    assert parse_octets(format_octets(octets)) == pytest.approx(octets, rel=0.06)
