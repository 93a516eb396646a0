"""Arguments as people write them."""

import pytest
import typer

from posthouse.cli.arguments import expiry, octets


def test_a_date_lasts_to_its_end() -> None:
    assert expiry("2027-01-31") == expiry("2027-02-01T00:00:00Z") == expiry("2027-02-01T01:00+01:00") == 1_801_440_000.0


@pytest.mark.parametrize("text", ["", "soon", "2027-02-30", "31.1.2027"])
def test_what_is_no_date(text: str) -> None:
    with pytest.raises(typer.BadParameter, match="no date"):
        expiry(text)


def test_sizes() -> None:
    assert octets("5GB") == 5_000_000_000
    with pytest.raises(typer.BadParameter, match="no size"):
        octets("5 apples")
