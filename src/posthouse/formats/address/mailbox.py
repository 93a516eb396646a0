"""The Mailbox of RFC 5321 §4.1.2 (with RFC 6531 §3.3): ``local-part@domain`` from characters and back.

Bounds are those of the wire, not of the RFC's minima: local parts longer than 64 octets are everyday (VERP), so only the
whole is bounded. Dots in odd places (``a..b@docomo.ne.jp``) are read, and written as a quoted string.
"""

import re
from typing import Final

from posthouse.formats.address.domain import InvalidDomain, check_domain
from posthouse.formats.address.value import Address

MAILBOX_OCTETS: Final = 512
"""Longest mailbox that is read, in octets of UTF-8; RFC 5321 §4.5.3.1.3 asks for at least 254."""
_ATEXT = r"A-Za-z0-9!#$%&'*+/=?^_`{|}~\u0080-\U0010ffff-"
_LOCAL_PART = re.compile(rf'([{_ATEXT}.]++)|"((?:[^"\\\x00-\x1f\x7f]++|\\[\x20-\x7e])*)"')
_DOT_STRING = re.compile(rf"[{_ATEXT}]++(?:\.[{_ATEXT}]++)*")
_NOT_PRINTED = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_QUOTED_PAIR = re.compile(r"\\(.)")
_TO_QUOTE = re.compile(r'(["\\])')


class InvalidMailbox(ValueError):
    """The characters are no Mailbox; the message says what is wrong, for people."""


def parse_mailbox(text: str | bytes) -> Address:
    """Parse ``local-part@domain`` without angle brackets, route or white space around it.

    Octets are UTF-8. The local part comes back unquoted, the domain as written.
    Raises: InvalidMailbox.
    """
    characters = _characters(text)
    match = _LOCAL_PART.match(characters)
    if match is None:
        raise InvalidMailbox("the part before @ is missing or has characters that need quotes")
    if characters[match.end() : match.end() + 1] != "@":
        raise InvalidMailbox("a local part, @ and a domain are wanted")
    local_part = match[1] if match[1] is not None else _QUOTED_PAIR.sub(r"\1", match[2])
    if _NOT_PRINTED.search(local_part):
        raise InvalidMailbox("control characters are not allowed")
    try:
        return Address(local_part, check_domain(characters[match.end() + 1 :]))
    except InvalidDomain as error:
        raise InvalidMailbox(str(error)) from None


def format_mailbox(address: Address) -> str:
    """Write an address as a Mailbox, its local part quoted where it must be. Postmaster without a domain is written bare."""
    local_part = address.local_part
    if not _DOT_STRING.fullmatch(local_part):
        local_part = '"' + _TO_QUOTE.sub(r"\\\1", local_part) + '"'
    return f"{local_part}@{address.domain}" if address.domain else local_part


def _characters(text: str | bytes) -> str:
    if len(text) > MAILBOX_OCTETS:
        raise InvalidMailbox(f"an address has at most {MAILBOX_OCTETS} octets")
    try:
        return text.decode("utf-8") if isinstance(text, bytes) else text
    except UnicodeDecodeError:
        raise InvalidMailbox("the address is not UTF-8") from None
