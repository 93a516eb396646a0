"""Who runs a command on this machine, for the audit log."""

import os
import pwd


def at_the_machine() -> str:
    """The user of this process in words, and who became it by sudo: what the machine says, not what anybody proves."""
    user = _name(os.getuid())
    before = os.environ.get("SUDO_USER", "")
    return f"command line, user {user}" + (f" (sudo by {before})" if before.isprintable() and 0 < len(before) <= 64 else "")


def _name(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)
