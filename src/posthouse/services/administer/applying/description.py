"""What shall be: a description in TOML or JSON. What it does not name is left as it is."""

import tomllib
from typing import Annotated, Any, Final, Literal

import msgspec

from posthouse.foundation.errors import Invalid, TooLarge
from posthouse.model.account import OwnerKind
from posthouse.model.traffic.group import Posting

OCTETS: Final = 16_777_216
"""Longest description."""
RoleWord = Literal["owner", "group-manager", "help-desk", "auditor", "domain-administrator", "operator"]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=320)]


class DescribedDomain(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A domain."""

    domain: Name
    settings: dict[str, Any] = {}


class DescribedAccount(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An account; what is left out is left as it is, or begins as for any new account."""

    address: Name
    display_name: str | None = None
    language: str | None = None
    quota_octets: int | None = None
    quota_messages: int | None = None
    role: RoleWord | None = None
    administers: tuple[str, ...] | None = None
    recovery_address: str | None = None
    suspended: bool | None = None
    kind: OwnerKind = OwnerKind.PERSON
    """Of a new account."""
    password_hash: str | None = None
    """For a new account: another server's hash of its password; none: it has no password yet."""
    settings: dict[str, Any] = {}


class DescribedAlias(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An alias."""

    address: Name
    targets: tuple[str, ...]


class DescribedGroup(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A group."""

    address: Name
    members: tuple[str, ...] = ()
    display_name: str | None = None
    posting: Posting | None = None
    posters: tuple[str, ...] | None = None
    keeps_copy: bool | None = None
    personal: bool | None = None
    precedence: int | None = None
    settings: dict[str, Any] = {}
    """Of its members."""


class Description(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What shall be."""

    settings: dict[str, Any] = {}
    """Of the system."""
    domains: tuple[DescribedDomain, ...] = ()
    accounts: tuple[DescribedAccount, ...] = ()
    groups: tuple[DescribedGroup, ...] = ()
    aliases: tuple[DescribedAlias, ...] = ()


def read_description(octets: bytes) -> Description:
    """Read a description in JSON (it begins with a brace) or TOML. Raises: Invalid, with the place; TooLarge."""
    if len(octets) > OCTETS:
        raise TooLarge(f"a description has at most {OCTETS} octets")
    try:
        if octets.lstrip()[:1] == b"{":
            return msgspec.json.decode(octets, type=Description)
        return msgspec.convert(tomllib.loads(octets.decode()), Description)
    except (msgspec.DecodeError, tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Invalid(f"the description cannot be read: {error}") from error
