"""Which addresses may be given out (capability B2). What comes from elsewhere is judged by ``formats.address``, more mildly."""

import unicodedata
from typing import Final

from posthouse.formats.address.domain import InvalidDomain, literal_address
from posthouse.formats.address.key import domain_key
from posthouse.formats.address.mailbox import InvalidMailbox, format_mailbox, parse_mailbox
from posthouse.formats.address.value import Address
from posthouse.foundation.errors import Invalid
from posthouse.model.account import login_key
from posthouse.model.people.names import EVERYWHERE
from posthouse.model.settings.people import ADDRESS_CHARACTERS
from posthouse.services.settings import Settings

LOGIN_CHARACTERS: Final = 200
LOCAL_PART_OCTETS: Final = 64
"""RFC 5321 §4.5.3.1.1: what every other server must take."""
DISPLAY_NAME_CHARACTERS: Final = 200


def read_address(text: str) -> Address:
    """Read an address that a person typed.

    Raises: Invalid, in words.
    """
    try:
        return parse_mailbox(text.strip())
    except InvalidMailbox as error:
        raise Invalid(f"{text!r} is no mail address: {error}") from error


def read_domain(text: str) -> str:
    """Read a domain name that a person typed; as written, without a final dot.

    Raises: Invalid, in words.
    """
    name = text.strip().removesuffix(".")
    try:
        domain_key(name)
    except InvalidDomain as error:
        raise Invalid(f"{text!r} is no domain name: {error}") from error
    if literal_address(name) is not None or name.startswith("["):
        raise Invalid(f"{text!r} is an address literal: a domain name is wanted")
    return name


async def new_address(settings: Settings, text: str) -> Address:
    """As ``given_address``, with what its domain allows beside the usual characters (``address.characters``)."""
    domain = domain_key(read_domain(read_address(text).domain))
    return given_address(text, await settings.get(ADDRESS_CHARACTERS, domain=domain))


def login_name(text: str) -> str:
    """Read a further name to sign in with; folded.

    Raises: Invalid.
    """
    name = login_key(unicodedata.normalize("NFC", text))
    if not name or len(name) > LOGIN_CHARACTERS or not name.isprintable():
        raise Invalid(f"a login name has 1 to {LOGIN_CHARACTERS} printable characters")
    return name


def given_address(text: str, more: str = "") -> Address:
    """Read an address that shall be given out: lower case, and only of characters everybody can type, or of ``more``.

    Raises: Invalid, naming the character that is refused.
    """
    address = read_address(text)
    local_part = unicodedata.normalize("NFC", address.local_part).lower()
    refused = next((character for character in local_part if character not in EVERYWHERE and character not in more), None)
    if refused is not None:
        allowed = " ".join(("a-z 0-9 . _ -", *more))
        raise Invalid(f"{text}: the character {_named(refused)} is not allowed; allowed are {allowed}")
    if len(local_part) > LOCAL_PART_OCTETS:
        raise Invalid(f"{text}: the part before @ has at most {LOCAL_PART_OCTETS} characters")
    if local_part.startswith(".") or local_part.endswith(".") or ".." in local_part:
        raise Invalid(f"{text}: a dot stands between two other characters")
    return Address(local_part, read_domain(address.domain))


def display_name(text: str) -> str:
    """Check a name that will stand in From fields.

    Raises: Invalid.
    """
    name = unicodedata.normalize("NFC", text.strip())
    if len(name) > DISPLAY_NAME_CHARACTERS or not name.isprintable():
        raise Invalid(f"a display name has at most {DISPLAY_NAME_CHARACTERS} printable characters")
    return name


def written(address: Address) -> str:
    """The address as people see it."""
    return format_mailbox(address)


def _named(character: str) -> str:
    shown = f"{character!r} " if character.isprintable() and character != " " else ""
    name = unicodedata.name(character, f"U+{ord(character):04X}").lower()
    return f"{shown}({name})"
