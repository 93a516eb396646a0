"""The arguments of a pipe's command: split as a shell would, filled in without one."""

import shlex
import string
from collections.abc import Sequence
from typing import Final

MOST: Final = 1_000
"""Arguments of one command."""


def arguments(command: str, sender: str, recipients: Sequence[str]) -> list[str]:
    """Fill in a command line.

    ``$sender`` is the reverse-path (``MAILER-DAEMON`` for the null one), ``$recipients`` makes one argument of each recipient from
    the argument it stands in, ``$domain`` is the first recipient's. ``$$`` is a dollar sign. An address that begins with a hyphen
    is no option of anybody: it is refused. Raises: ValueError.
    """
    if any(address.startswith("-") for address in (sender, *recipients)):
        raise ValueError("an address that begins with a hyphen is not given to a command")
    values = {"sender": sender or "MAILER-DAEMON", "domain": recipients[0].rpartition("@")[2]}
    found: list[str] = []
    for word in shlex.split(command):
        template = string.Template(word)
        if "recipients" in template.get_identifiers():
            found += [template.safe_substitute(values, recipients=recipient) for recipient in recipients]
        else:
            found.append(template.safe_substitute(values))
    if len(found) > MOST or any("\0" in word for word in found):
        raise ValueError("a command takes so many arguments, and none with NUL")
    return found
