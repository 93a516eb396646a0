"""Which other addresses and domains an account names, and what it names once they are called otherwise."""

from collections.abc import Callable

from msgspec.structs import replace

from posthouse.formats.address.key import address_key
from posthouse.formats.address.mailbox import format_mailbox, parse_mailbox
from posthouse.model.account import Account, Domain

Renaming = Callable[[str], str]
"""An address as written, or the key of a domain, becomes another, or stays what it is."""


def named_by(account: Account) -> frozenset[str]:
    """Keys of the addresses it forwards to or is reached at, and of the groups and domains it administers."""
    recovery = (account.recovery_address,) if account.recovery_address else ()
    return frozenset(_key(name) for name in (*account.forwards_to, *recovery, *account.administers))


def naming_anew(account: Account, renaming: Renaming) -> Account:
    """The account with everything it names under its new name."""
    return replace(
        account,
        forwards_to=tuple(dict.fromkeys([renaming(address) for address in account.forwards_to])),
        recovery_address=renaming(account.recovery_address) if account.recovery_address else "",
        administers=tuple(dict.fromkeys([_key(renaming(place)) for place in account.administers])),
    )


def address_renaming(key: str, renamed: str) -> Renaming:
    """An address (its key) is called otherwise."""
    return lambda name: renamed if _key(name) == key else name


def domain_renaming(key: str, renamed: Domain) -> Renaming:
    """A domain is called otherwise, and with it every address in it."""

    def rename(name: str) -> str:
        if "@" not in name:
            return renamed.key if name == key else name
        parsed = parse_mailbox(name)
        return format_mailbox(parsed._replace(domain=renamed.name)) if _key(name).rpartition("@")[2] == key else name

    return rename


def _key(name: str) -> str:
    return address_key(parse_mailbox(name)) if "@" in name else name
