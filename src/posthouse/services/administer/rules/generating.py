"""Account passwords that nobody has to think up: four groups of four, easy to read aloud, with every class of characters."""

from typing import Final

from posthouse.ports.entropy import Entropy

_LOWER: Final = "abcdefghjkmnpqrstuvwxyz"
_UPPER: Final = "ABCDEFGHJKLMNPQRSTUVWXYZ"
_DIGITS: Final = "23456789"
ALPHABET: Final = _LOWER + _UPPER + _DIGITS
"""Without 0 and O, 1, l, I, i and o: what is read aloud or copied by hand must not be mistaken."""
LEAST_GROUPS: Final = 4
"""Some 92 bits."""
GROUP: Final = 4


def generate_password(entropy: Entropy, characters: int = 0) -> str:
    """Make a password such as ``Kd7m-xw3q-Tn5v-hb2f`` of at least so many characters; the hyphens are part of it.

    Draws again until every class is there.
    """
    count = GROUP * max(LEAST_GROUPS, -(-(characters + 1) // (GROUP + 1)))
    while True:
        secret = _drawn(entropy.octets(2 * count), count)
        if all(set(secret) & set(wanted) for wanted in (_LOWER, _UPPER, _DIGITS)):
            return "-".join(secret[start : start + GROUP] for start in range(0, count, GROUP))


def _drawn(octets: bytes, count: int) -> str:
    number, letters = int.from_bytes(octets, "big"), []
    for _ in range(count):
        number, index = divmod(number, len(ALPHABET))
        letters.append(ALPHABET[index])
    return "".join(letters)
