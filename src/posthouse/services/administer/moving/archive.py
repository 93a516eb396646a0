"""What is in the archive of a domain (docs/moving.md), and how its members are called. Octets are base64 in its JSON."""

from typing import Any, Final, TypeVar

import msgspec

from posthouse.foundation.errors import Invalid, TooLarge
from posthouse.model.account import Account, Alias, Credential, Domain
from posthouse.model.domain_key import DomainKey
from posthouse.model.sharing.rights import Grant
from posthouse.model.traffic.group import Group

FORMAT: Final = "posthouse domain"
VERSION: Final = 1
"""Raised when an older program would do something wrong with a newer archive; further fields are passed over."""
HEAD, DOMAIN, END = "archive.json", "domain.json", "end.json"
ACCOUNTS, ALIASES = "accounts/", "aliases/"
ACCOUNT, MAILBOXES, MAIL = "account.json", "mailboxes.json", "mail"
PART_OCTETS: Final = 16_777_216
"""Longest member that is no message."""
SALT_OCTETS: Final = 16
T = TypeVar("T")


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """The first member: what this is."""

    format: str
    version: int
    id: bytes
    """Of this archive: an import that is repeated goes on with its own."""
    domain: str
    exported_at: float
    mail: bool
    """Whether messages are in it."""
    salt: bytes = b""
    """Of the key that secrets are sealed with; empty: there are none in it."""


class DomainPart(msgspec.Struct, frozen=True, kw_only=True):
    """The domain itself."""

    domain: Domain
    settings: dict[str, Any]
    sealed: bytes = b""
    """``DomainSecrets``."""


class DomainSecrets(msgspec.Struct, frozen=True, kw_only=True):
    """What of a domain nobody may read: MessagePack, sealed."""

    settings: dict[str, Any]
    keys: list[DomainKey]
    """With their private keys in clear."""


class AccountPart(msgspec.Struct, frozen=True, kw_only=True):
    """One account."""

    account: Account
    settings: dict[str, Any]
    group: Group | None = None
    group_settings: dict[str, Any] = {}
    """Of the group's members."""
    sealed: bytes = b""
    """``AccountSecrets``."""


class AccountSecrets(msgspec.Struct, frozen=True, kw_only=True):
    """What of an account nobody may read: MessagePack, sealed."""

    settings: dict[str, Any]
    credentials: list[Credential]
    """With verifiers that prove something at any installation."""


class MailboxPart(msgspec.Struct, frozen=True, kw_only=True):
    """One mailbox; its messages are below ``mail/NUMBER/`` by UID, ascending."""

    name: str
    special_use: str | None
    uid_validity: int
    uid_next: int
    grants: list[Grant] = []
    annotations: dict[str, bytes] = {}


class MailPart(msgspec.Struct, frozen=True, kw_only=True):
    """The mailboxes of an account, INBOX first."""

    mailboxes: list[MailboxPart]
    subscriptions: list[str]
    annotations: dict[str, bytes] = {}
    """Of the account."""


class AliasesPart(msgspec.Struct, frozen=True):
    """Some of the domain's aliases."""

    aliases: list[Alias]


class End(msgspec.Struct, frozen=True, kw_only=True):
    """The last member: without it the archive is not whole."""

    accounts: int
    aliases: int
    messages: int
    left_out: list[str] = []
    """What is not in it, in words."""


def encoded(part: msgspec.Struct) -> bytes:
    """Write a part."""
    return msgspec.json.encode(part)


def decoded(octets: bytes, kind: type[T], name: str) -> T:
    """Read a part. Raises: Invalid, with the place; TooLarge."""
    if len(octets) > PART_OCTETS:
        raise TooLarge(f"{name} in the archive has more than {PART_OCTETS} octets")
    try:
        return msgspec.json.decode(octets, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Invalid(f"{name} in the archive cannot be read: {error}") from error


def message_name(account: int, mailbox: int, uid: int) -> str:
    """The name of a message."""
    return f"{ACCOUNTS}{account:06}/{MAIL}/{mailbox:05}/{uid:010}.eml"


def message_place(name: str) -> tuple[int, int] | None:
    """Mailbox and UID of a message's name; None where it is none. Raises: Invalid."""
    levels = name.split("/")
    if len(levels) != 5 or levels[2] != MAIL:
        return None
    mailbox, uid = levels[3], levels[4].removesuffix(".eml")
    if not (mailbox.isascii() and mailbox.isdecimal() and uid.isascii() and uid.isdecimal() and len(mailbox + uid) < 20):
        raise Invalid(f"{name[:100]!r} in the archive is no message")
    return int(mailbox), int(uid)
