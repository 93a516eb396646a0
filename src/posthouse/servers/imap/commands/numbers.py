"""Message numbers in commands: where there are none any more, whoever uses one is told so (RFC 9586)."""

from typing import Any

import msgspec

from posthouse.protocols.imap.commands.search.keys import Messages
from posthouse.protocols.imap.commands.table import Command
from posthouse.protocols.imap.responses.codes import UIDREQUIRED
from posthouse.servers.imap.answers import Bad
from posthouse.servers.imap.modes import Modes


def require_uids(modes: Modes, command: Command) -> None:
    """Let nobody use message numbers who has done without them. Raises: Bad, code UIDREQUIRED."""
    if modes.uid_only and names_numbers(command):
        raise Bad("Message numbers are not used here: UID commands only", UIDREQUIRED)


def names_numbers(command: Command) -> bool:
    """Whether a command names messages by number, or is answered with numbers."""
    return not getattr(command, "uid", True) or _has_numbers(getattr(command, "keys", None))


def _has_numbers(value: Any) -> bool:
    """Whether there is a search key of message numbers somewhere in ``value``."""
    if isinstance(value, Messages):
        return not value.uid and not value.messages.is_saved
    if isinstance(value, msgspec.Struct):
        return any(map(_has_numbers, msgspec.structs.astuple(value)))
    return isinstance(value, tuple) and any(map(_has_numbers, value))
