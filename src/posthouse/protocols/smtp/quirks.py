"""Client bugs that are tolerated, each with a name, so that none is tolerated by accident."""

import re
from typing import Final

SPACE_BEFORE_PATH: Final = re.compile(r"[ \t]+")
"""``MAIL FROM: <a@example.org>``: forbidden by RFC 5321 §3.3, sent by printers, scripts and old Microsoft software."""

PATH_WITHOUT_BRACKETS: Final = re.compile(r"[^\s<>\"]+")
"""``RCPT TO:a@example.org``: telnet users and appliances; only where no space or quote makes it ambiguous."""

SOURCE_ROUTE: Final = re.compile(r"@[^\s,:@]+(?:,@[^\s,:@]+)*:(?=.)")
"""``<@relay.example,@other.example:a@example.org>``: must be understood, should be ignored (RFC 5321 §4.1.1.3)."""

TRAILING_SPACE: Final = " \t"
"""``RSET `` and friends (RFC 5321 §4.1.1.1 asks to tolerate it)."""

BARE_EQUALS_AUTH: Final = "="
"""``250-AUTH=LOGIN PLAIN``: how servers announced AUTH before RFC 2554; a client must read it."""

FOREIGN_VERBS: Final = frozenset(
    {b"GET", b"PUT", b"POST", b"HEAD", b"CONNECT", b"OPTIONS", b"DELETE", b"PATCH", b"TRACE", b"HOST:"}
)
"""A browser made to talk to us (cross-protocol request forgery): its lines are never obeyed, the connection ends at once."""
