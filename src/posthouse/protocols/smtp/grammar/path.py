"""Reverse-path and forward-path (RFC 5321 §4.1.2, RFC 6531 §3.3)."""

import re
from typing import Final

from posthouse.formats.address.mailbox import InvalidMailbox, format_mailbox, parse_mailbox
from posthouse.formats.address.value import Address
from posthouse.protocols.smtp.codes import Code, Detail
from posthouse.protocols.smtp.errors import SyntaxViolation
from posthouse.protocols.smtp.quirks import PATH_WITHOUT_BRACKETS, SOURCE_ROUTE, SPACE_BEFORE_PATH
from posthouse.protocols.smtp.replies import Reply

_BRACKETED: Final = re.compile(r"<((?:\"(?:[^\"\\]++|\\.)*\"|[^\"<>\s]++)*)>(?:[ \t]+|$)")
_NAKED: Final = re.compile(rf"({PATH_WITHOUT_BRACKETS.pattern})(?:[ \t]+|$)")
POSTMASTER: Final = "postmaster"


def reverse_path(text: str) -> tuple[Address | None, str]:
    """Parse what follows ``MAIL FROM:``; returns the path (None for ``<>``) and the parameters' text.

    Raises: SyntaxViolation.
    """
    path, rest = _path(text, Detail.BAD_SENDER_SYNTAX)
    return (_mailbox(path, Detail.BAD_SENDER_SYNTAX) if path else None), rest


def forward_path(text: str) -> tuple[Address, str]:
    """Parse what follows ``RCPT TO:``; returns the path and the parameters' text. ``<Postmaster>`` has an empty domain.

    Raises: SyntaxViolation.
    """
    path, rest = _path(text, Detail.BAD_DESTINATION_SYNTAX)
    if path.lower() == POSTMASTER:
        return Address(path, ""), rest
    return _mailbox(path, Detail.BAD_DESTINATION_SYNTAX), rest


def write_path(address: Address | None) -> str:
    """The path in its brackets."""
    return "<>" if address is None else f"<{format_mailbox(address)}>"


def _path(text: str, detail: Detail) -> tuple[str, str]:
    space = SPACE_BEFORE_PATH.match(text)
    at = space.end() if space else 0
    found = _BRACKETED.match(text, at) or _NAKED.match(text, at)
    if found is None:
        raise _refusal("address wanted, like <local-part@domain>", detail)
    return found[1], text[found.end() :]


def _mailbox(path: str, detail: Detail) -> Address:
    route = SOURCE_ROUTE.match(path)
    try:
        return parse_mailbox(path[route.end() :] if route else path)
    except InvalidMailbox as error:
        raise _refusal(f"bad address syntax: {error}", detail) from None


def _refusal(words: str, detail: Detail) -> SyntaxViolation:
    return SyntaxViolation(Reply(Code.ARGUMENTS_UNRECOGNIZED, words, detail))
