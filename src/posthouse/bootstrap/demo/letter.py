"""The letters of the demonstration, as they stand in ``letters/*.toml``."""

from importlib import resources
from typing import Final

import msgspec

from posthouse.foundation.errors import Corrupt
from posthouse.model.mailbox import Flag

FILES: Final = {"english": 0, "lists": 1, "german": 1, "chinese": 8, "japanese": 9}
"""Files, and the hours their writers' clocks are ahead of UTC."""
FLAGS: Final = {"seen": Flag.SEEN, "answered": Flag.ANSWERED, "flagged": Flag.FLAGGED}


class Letter(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One letter. Addresses are ``Name <local@domain>``, or the name of somebody in the house."""

    key: str
    to: list[str]
    hours: float
    """How long ago it was written."""
    subject: str
    sender: str = ""
    cc: list[str] = []
    envelope: str = ""
    """Reverse-path where it is not the sender's address."""
    deliver_to: list[str] | None = None
    """People of the house who get it; by default those among the recipients."""
    answers: str = ""
    """Key of the letter it replies to."""
    text: str = ""
    html: str | None = None
    inline: list[str] = []
    attach: list[str] = []
    """File names; what is in the file follows from its ending."""
    forward: str = ""
    """Key of a letter that is attached whole."""
    fields: list[tuple[str, str]] = []
    charset: str = ""
    """Written the old way, in this charset."""
    bounce_of: str = ""
    """Key of the letter that could not be delivered: this is the notice of it."""
    flags: list[str] = []
    """What the reader has done with it: keys of ``FLAGS``."""
    hours_ahead: int = 0


class _File(msgspec.Struct, forbid_unknown_fields=True):
    letter: list[Letter]


def letters() -> list[Letter]:
    """All letters, oldest first. Raises: Corrupt (a file of the package is broken)."""
    found: list[Letter] = []
    folder = resources.files(__package__) / "letters"
    for name, hours_ahead in FILES.items():
        try:
            file = msgspec.toml.decode((folder / f"{name}.toml").read_bytes(), type=_File)
        except (OSError, msgspec.DecodeError) as error:
            raise Corrupt(f"letters/{name}.toml: {error}") from error
        found += [msgspec.structs.replace(letter, hours_ahead=hours_ahead) for letter in file.letter]
    return sorted(found, key=lambda letter: -letter.hours)
