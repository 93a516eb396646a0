"""Who may do what with a mailbox (RFC 4314).

An identifier is opaque to the store. Services write ``user:<account id>``, ``group:<id>`` and ``anyone``; a leading ``-`` takes
rights away from those whom other identifiers give them. The wire's virtual rights ``c`` and ``d`` are not known here.
"""

import enum
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from typing import Final

import msgspec

from posthouse.foundation.errors import Invalid
from posthouse.foundation.ids import AccountId, from_text, to_text

ANYONE: Final = "anyone"
"""Whoever can sign in."""
USER: Final = "user:"
GROUP: Final = "group:"
"""The members of a group, whoever they are at the moment."""
NEGATIVE: Final = "-"
IDENTIFIER_OCTETS: Final = 255
GRANTS: Final = 1_000
"""The most identifiers that may have rights on one mailbox."""


class Right(enum.IntFlag):
    """The rights of RFC 4314 §2.1."""

    NONE = 0
    LOOKUP = 1
    """``l``: the mailbox is listed."""
    READ = 2
    """``r``: it may be selected and read."""
    SEEN = 4
    """``s``: Seen is kept across sessions."""
    WRITE = 8
    """``w``: flags other than Seen and Deleted, and keywords."""
    INSERT = 16
    """``i``: append and copy into it."""
    POST = 32
    """``p``: mail sent to its own address is filed here."""
    CREATE = 64
    """``k``: mailboxes below it."""
    DELETE_MAILBOX = 128
    """``x``: delete or rename the mailbox itself."""
    DELETE_MESSAGES = 256
    """``t``: the Deleted flag."""
    EXPUNGE = 512
    """``e``."""
    ADMINISTER = 1024
    """``a``: give and take rights."""


LETTERS: Final = "lrswipkxtea"
"""One letter for each right, in the order of the bits."""
ALL_RIGHTS: Final = Right((1 << len(LETTERS)) - 1)


class Grant(msgspec.Struct, frozen=True):
    """The rights an identifier has on a mailbox."""

    identifier: str
    rights: int
    """``Right`` bits; none at all is no grant."""


def parse_rights(letters: str) -> Right:
    """Read rights as letters, in any order. Raises: Invalid for a letter that is no right."""
    rights = Right.NONE
    for letter in letters:
        position = LETTERS.find(letter)
        if position < 0:
            raise Invalid(f"{letter!r} is not a right: there are {LETTERS}")
        rights |= Right(1 << position)
    return rights


def format_rights(rights: int) -> str:
    """Write rights as letters, in the order of RFC 4314."""
    return "".join(letter for position, letter in enumerate(LETTERS) if rights >> position & 1)


def check_identifier(identifier: str) -> str:
    """Return an identifier that may be given rights. Raises: Invalid."""
    if not identifier.removeprefix("-") or len(identifier.encode(errors="replace")) > IDENTIFIER_OCTETS:
        raise Invalid(f"an identifier has 1 to {IDENTIFIER_OCTETS} octets")
    if not identifier.isprintable():
        raise Invalid("an identifier has printable characters only")
    return identifier


def user_identifier(account_id: AccountId) -> str:
    """The identifier of a person."""
    return USER + to_text(account_id)


def group_identifier(account_id: AccountId) -> str:
    """The identifier of the members of the group whose account this is."""
    return GROUP + to_text(account_id)


def account_of(identifier: str) -> AccountId | None:
    """The account of the person, or of the group, that an identifier stands for; None where it stands for others."""
    kind, _, text = identifier.partition(":")
    if f"{kind}:" not in (USER, GROUP):
        return None
    try:
        return AccountId(from_text(text))
    except ValueError:
        return None


def for_another(identifier: str, account_id: AccountId) -> str:
    """The identifier of another person, or of another group's members, as this one (``account_of``) is of its own."""
    return f"{identifier.partition(':')[0]}:{to_text(account_id)}"


def rights_among(grants: Iterable[Grant], own: AbstractSet[str]) -> Right:
    """The rights that grants give whom these identifiers stand for: what all give, less what negative ones take (RFC 4314 §2)."""
    given = taken = Right.NONE
    for grant in grants:
        if grant.identifier in own:
            given |= Right(grant.rights)
        elif grant.identifier.removeprefix(NEGATIVE) in own:
            taken |= Right(grant.rights)
    return given & ~taken
