r"""Flags between the wire (``\Seen``, ``work``) and the house (bits, and keywords sorted and joined by spaces)."""

from typing import Final, NamedTuple

from posthouse.foundation.errors import Invalid
from posthouse.model.mailbox import Flag

KEYWORDS: Final = 100
"""Keywords in one command."""
KEYWORD_CHARACTERS: Final = 100

BITS: Final[dict[str, Flag]] = {
    "\\Answered": Flag.ANSWERED,
    "\\Flagged": Flag.FLAGGED,
    "\\Deleted": Flag.DELETED,
    "\\Seen": Flag.SEEN,
    "\\Draft": Flag.DRAFT,
}
SYSTEM: Final = tuple([name.encode() for name in BITS])
RECENT: Final = rb"\Recent"
ANY: Final = rb"\*"
"""Among PERMANENTFLAGS: clients may make keywords."""

TEXTS: Final = tuple([b" ".join([name.encode() for name, bit in BITS.items() if bits & bit]) for bits in range(32)])
"""System flags as they stand in FETCH, by their bits."""


class Flags(NamedTuple):
    """Flags of a command, in the house's terms."""

    bits: int
    keywords: tuple[str, ...]


def from_wire(names: tuple[str, ...]) -> Flags:
    """Take the flags of a command apart.

    Raises: Invalid for system flags that are none, and for keywords too many or too long.
    """
    bits = 0
    keywords: list[str] = []
    for name in names:
        if name in BITS:
            bits |= BITS[name]
        elif name.startswith("\\"):
            raise Invalid("there is no such system flag")
        else:
            keywords.append(name)
    if len(keywords) > KEYWORDS or any(len(keyword) > KEYWORD_CHARACTERS for keyword in keywords):
        raise Invalid(f"at most {KEYWORDS} keywords of {KEYWORD_CHARACTERS} characters")
    return Flags(bits, tuple(keywords))


def to_wire(bits: int, keywords: str = "", *, is_recent: bool = False) -> bytes:
    """Write flags as they stand between the parentheses of FLAGS."""
    text = TEXTS[bits]
    if keywords:
        text = b"%b %b" % (text, keywords.encode()) if text else keywords.encode()
    if is_recent:
        text = b"%b %b" % (text, RECENT) if text else RECENT
    return text
