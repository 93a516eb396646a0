"""What a local part of ours may be written with."""

from typing import Final

from posthouse.foundation.errors import Invalid

EVERYWHERE: Final = frozenset("abcdefghijklmnopqrstuvwxyz0123456789._-")
ON_DEMAND: Final = frozenset("!#$%&'*+/=?^`{|}~")
"""What RFC 5321 allows beside it without quotes (atext)."""


def check_characters(characters: str) -> None:
    """Look at characters that shall be allowed, too. Raises: Invalid."""
    refused = next((character for character in characters if character not in ON_DEMAND), None)
    if refused is not None:
        raise Invalid(f"{refused!r} cannot be allowed in addresses; these can: {' '.join(sorted(ON_DEMAND))}")
