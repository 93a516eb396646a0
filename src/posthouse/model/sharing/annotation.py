"""What people and programs write on mailboxes and accounts (RFC 5464): names of entries and their limits."""

import re
from typing import Final

from posthouse.foundation.errors import Invalid

SHARED: Final = "/shared/"
"""Entries that everybody with access sees."""
PRIVATE: Final = "/private/"
"""Entries of one viewer; each has their own."""
HOUSE: Final = "/private/vendor/vendor.posthouse/"
"""Entries of the house itself, which no program sees or writes."""
ENTRY_OCTETS: Final = 1_024
VALUE_OCTETS: Final = 65_536
ENTRIES: Final = 1_000
"""The most entries of one mailbox (or of the account itself), those of all viewers together."""
ACCOUNT_OCTETS: Final = 8_388_608
"""The most octets of all names and values in an account."""

_ENTRY = re.compile(r"/(shared|private)(/[!-$&-)+-.0-~]+)+")


def check_entry(name: str) -> str:
    """Return an entry's name as it is kept, in lower case (RFC 5464 §3.2: names are not case-sensitive).

    Raises: Invalid for a name that no entry may have.
    """
    lowered = name.lower()
    if len(name) > ENTRY_OCTETS or not name.isascii() or not _ENTRY.fullmatch(lowered):
        raise Invalid("the name of an entry begins with /shared/ or /private/, has no empty level, no * and no %")
    return lowered
