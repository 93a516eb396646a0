"""Mail as UUCP hands it over: ``From_`` lines before the message, addresses as paths (``host!host!user``).

RFC 976. The newest line stands first (``From user date remote from host``), older ones behind it begin with ``>From``. An address
that has an ``@`` is one of today's, whatever stands before its last exclamation mark.
"""

import re
from typing import Final, NamedTuple

from posthouse.formats.address.mailbox import InvalidMailbox, parse_mailbox
from posthouse.formats.address.value import Address

LINES: Final = 100
LINE_OCTETS: Final = 1_000
NOBODY: Final = frozenset({"", "<>", "mailer-daemon"})
"""Senders of what must not be answered."""
_LINE: Final = re.compile(rb">?From ([^ \t\r\n]{0,500})[ \t]?([^\r\n]{0,480})\r?\n")
_REMOTE: Final = re.compile(r"remote from ([^ \t]+)\s*\Z")


class InvalidPath(ValueError):
    """The text is no address, neither a path nor one of today's."""


class Opening(NamedTuple):
    """What the ``From_`` lines say."""

    sender: str
    """A path or an address; empty for the null one, and where there is no line."""
    end: int
    """First octet of the message itself."""


def read_opening(octets: bytes) -> Opening:
    """Read the lines at the start of a message; whatever else stands there is the message. Never raises."""
    end, hosts, user = 0, [], ""
    for _ in range(LINES):
        match = _LINE.match(octets, end)
        if match is None:
            break
        end = match.end()
        user = match[1].decode("utf-8", "replace")
        remote = _REMOTE.search(match[2].decode("utf-8", "replace"))
        if remote:
            hosts.append(remote[1])
    if user.lower() in NOBODY:
        return Opening("", end)
    return Opening("!".join([*hosts, user]), end)


def address_of(path: str) -> Address:
    """The address of today for a path: ``a!b!user`` is ``user@b``, and ``a!user@b.example`` is ``user@b.example``.

    Raises: InvalidPath.
    """
    *hosts, user = path.strip().removeprefix("<").removesuffix(">").split("!")
    text = user if "@" in user or not hosts else f"{user}@{hosts[-1]}"
    try:
        return parse_mailbox(text)
    except InvalidMailbox as error:
        raise InvalidPath(f"{path!r} is no address: {error}") from None
