"""Passwords nobody has to think up."""

from hypothesis import given
from hypothesis import strategies as st

from posthouse.services.administer.rules.generating import ALPHABET, generate_password


class Drawing:
    """Entropy that Hypothesis chooses; after that, octets that count."""

    def __init__(self, first: bytes) -> None:
        self._first = first
        self._drawn = 0

    def octets(self, count: int) -> bytes:
        self._drawn += 1
        return self._first[:count].ljust(count, b"\x5a") if self._drawn == 1 else bytes(range(self._drawn, self._drawn + count))


@given(st.binary(max_size=64), st.integers(0, 128))
def test_long_enough_with_every_class_and_nothing_that_can_be_mistaken(first: bytes, characters: int) -> None:
    password = generate_password(Drawing(first), characters)
    assert len(password) >= max(19, characters)
    assert {len(group) for group in password.split("-")} == {4}
    letters = set(password.replace("-", ""))
    assert letters <= set(ALPHABET)
    assert any(map(str.islower, letters))
    assert any(map(str.isupper, letters))
    assert any(map(str.isdigit, letters))


def test_all_alike_is_drawn_again() -> None:
    assert len(set(generate_password(Drawing(bytes(64))).replace("-", ""))) > 4
