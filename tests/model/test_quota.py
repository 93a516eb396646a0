"""When an account is full."""

import pytest

from posthouse.model.quota import refusal


@pytest.mark.parametrize(
    ("used", "added", "limits", "reason"),
    [
        ((100, 1), (100, 1), (100, 1), None),
        ((101, 1), (100, 1), (100, 0), "1 of 100 octets"),
        ((1, 3), (1, 1), (0, 2), "2 of 2 messages"),
        ((999, 9), (1, 1), (0, 0), None),
        ((999, 9), (-5, 0), (10, 1), None),
        ((999, 9), (0, 1), (10, 0), None),
    ],
)
def test_only_what_adds_is_refused(
    used: tuple[int, int], added: tuple[int, int], limits: tuple[int, int], reason: str | None
) -> None:
    found = refusal(used, added, limits)
    assert (found is None) if reason is None else (found is not None and reason in found)
