"""Sizes as people write and read them."""

import re
from typing import Final

_FACTORS: Final = {
    "": 1, "b": 1, "k": 10**3, "kb": 10**3, "m": 10**6, "mb": 10**6, "g": 10**9, "gb": 10**9, "t": 10**12, "tb": 10**12,
    "kib": 1 << 10, "mib": 1 << 20, "gib": 1 << 30, "tib": 1 << 40,
}  # fmt: skip
_SIZE: Final = re.compile(r"([0-9]{1,15}(?:\.[0-9]{1,6})?)\s*([a-z]*)")
_UNITS: Final = ("B", "kB", "MB", "GB", "TB")
_UNLIMITED: Final = frozenset({"none", "unlimited"})


def parse_octets(text: str) -> int:
    """Read a size: ``5GB``, ``500 MiB``, ``1.5g``, ``1000``; ``none`` is 0. KB is a thousand, KiB is 1,024.

    Raises: ValueError, saying what is wanted.
    """
    words = text.strip().lower()
    if words in _UNLIMITED:
        return 0
    match = _SIZE.fullmatch(words)
    if match is None or match[2] not in _FACTORS:
        raise ValueError(f"{text!r} is no size: write 5GB, 500MB, 512MiB or none")
    number, point, decimals = match[1].partition(".")
    factor = _FACTORS[match[2]]
    return int(number) * factor + (int(decimals) * factor // 10 ** len(decimals) if point else 0)


def format_octets(octets: int) -> str:
    """Write a size for people: ``5 GB``, ``1.4 MB``, ``312 B``; decimal units, two figures at least."""
    value, unit = float(octets), 0
    while value >= 999.5 and unit < len(_UNITS) - 1:
        value /= 1000
        unit += 1
    return f"{value:.0f} {_UNITS[unit]}" if value >= 10 or value == int(value) else f"{value:.1f} {_UNITS[unit]}"
