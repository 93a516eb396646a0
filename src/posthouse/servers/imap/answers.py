"""How a command ends: done, refused with a reason, or wrong; and which code a failure of the house has on the wire (RFC 5530)."""

import logging
from collections.abc import Callable
from typing import Final, NamedTuple

from posthouse.foundation import errors
from posthouse.protocols.imap.responses import codes
from posthouse.protocols.imap.responses.status import bad, no

_log = logging.getLogger(__name__)


class Done(NamedTuple):
    """``OK`` with words and perhaps a code."""

    text: str
    code: bytes = b""


class No(Exception):
    """``NO`` with words and perhaps a code: the command was understood and cannot be carried out."""

    def __init__(self, text: str, code: bytes = b"") -> None:
        super().__init__(text)
        self.text = text
        self.code = code


class Bad(Exception):
    """``BAD`` with words and perhaps a code: the command is wrong in a way the grammar cannot tell."""

    def __init__(self, text: str, code: bytes = b"") -> None:
        super().__init__(text)
        self.code = code


_CODES: Final[tuple[tuple[type[errors.PosthouseError], bytes], ...]] = (
    (errors.Unavailable, codes.UNAVAILABLE),
    (errors.Busy, codes.INUSE),
    (errors.LimitReached, codes.LIMIT),
    (errors.TemporaryFailure, codes.UNAVAILABLE),
    (errors.NotFound, codes.NONEXISTENT),
    (errors.AlreadyExists, codes.ALREADYEXISTS),
    (errors.NotPermitted, codes.NOPERM),
    (errors.OverQuota, codes.OVERQUOTA),
    (errors.TooLarge, codes.TOOBIG),
    (errors.AuthenticationFailed, codes.AUTHENTICATIONFAILED),
    (errors.Expired, codes.EXPIRED),
    (errors.Retired, codes.CONTACTADMIN),
    (errors.Invalid, codes.CANNOT),
    (errors.Corrupt, codes.CORRUPTION),
)


def refusal(tag: bytes, error: Exception, say: Callable[[str], str] = str) -> bytes:
    """Write the tagged response for a command that failed. What nobody expected is logged; the client may try again."""
    if isinstance(error, No):
        return no(tag, say(sentence(error.text)), error.code)
    if isinstance(error, Bad):
        return bad(tag, say(str(error)), error.code)
    if isinstance(error, errors.PosthouseError) and (code := code_of(error)):
        return no(tag, say(sentence(str(error))), code)
    _log.error("an IMAP command failed", exc_info=error)
    return no(tag, say("Something is wrong on this server; it has been noted"), codes.SERVERBUG)


def code_of(error: errors.PosthouseError) -> bytes:
    """The response code that tells a program what kind of failure it is; empty where there is none."""
    return next((code for kind, code in _CODES if isinstance(error, kind)), b"")


def sentence(text: str) -> str:
    """Make one line that begins with a capital."""
    words = " ".join(text.split())[:500] or "Cannot be done"
    return words[0].upper() + words[1:]
