"""How much one connection may bring."""

from typing import Final

import msgspec

from posthouse.foundation.limits import IMAP_COMMAND_OCTETS, MESSAGE_OCTETS


class Limits(msgspec.Struct, frozen=True):
    """Bounds of one connection, in octets."""

    command: int = IMAP_COMMAND_OCTETS
    """One command with its gathered literals."""
    command_before_login: int = 65_536
    """The same before somebody is logged in."""
    line: int = 65_536
    """One answer to a SASL challenge."""
    swallowed: int = 2 * MESSAGE_OCTETS
    """What a refused command may still bring with it before the connection is given up."""
    swallowed_before_login: int = 1_048_576
    """The same before somebody is logged in."""


DEFAULT_LIMITS: Final = Limits()
