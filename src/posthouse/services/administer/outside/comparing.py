"""What differs between the people somebody outside knows and the mailboxes of a domain."""

from collections.abc import AsyncIterator, Sequence
from typing import Final

import msgspec

from posthouse.formats.address.key import address_key
from posthouse.formats.address.mailbox import parse_mailbox
from posthouse.formats.address.value import Address
from posthouse.foundation.errors import Invalid
from posthouse.model.account import Account, Alias, Outside, OwnerKind, Status
from posthouse.ports.signing_in.outside_people import OutsidePerson
from posthouse.services.administer.rules.names import display_name, written

TROUBLES: Final = 1_000
"""More are not told."""


class WantedMailbox(msgspec.Struct, frozen=True):
    """A mailbox as somebody outside knows it."""

    address: str
    """As written."""
    display_name: str
    aliases: tuple[Address, ...]
    account: Account | None
    """The one there is; None: it is to be made."""


class Comparison(msgspec.Struct, frozen=True):
    """The result."""

    wanted: list[WantedMailbox]
    gone: list[Account]
    """Those they knew, and do no longer."""
    known: int
    """How many active ones they knew until now."""
    troubles: list[str]
    """People for whom nothing can be done, and why."""


async def compare(
    people: AsyncIterator[OutsidePerson], domain: str, accounts: Sequence[Account], aliases: Sequence[Alias]
) -> Comparison:
    """Compare; ``domain`` is its key, and accounts and aliases are all it has. Raises: Unavailable."""
    own = {account.key: account for account in accounts}
    led = {alias.key: alias for alias in aliases}
    found: dict[str, WantedMailbox] = {}
    troubles: list[str] = []
    async for person in people:
        try:
            wanted = _wanted(person, domain, own, led)
            key = address_key(parse_mailbox(wanted.address))
            if key in found:
                raise Invalid(f"{wanted.address} belongs to somebody else too")
            found[key] = wanted
        except ValueError as error:
            troubles.append(f"{person.name}: {error}")
        except Invalid as error:
            troubles.append(f"{person.name}: {error}")
    known = [account for account in accounts if account.outside is Outside.KNOWN and account.status is Status.ACTIVE]
    there = {wanted.account.key for wanted in found.values() if wanted.account is not None}
    gone = [account for account in known if account.key not in there]
    return Comparison(list(found.values()), gone, len(known), troubles[:TROUBLES])


def _wanted(person: OutsidePerson, domain: str, own: dict[str, Account], led: dict[str, Alias]) -> WantedMailbox:
    """Raises: Invalid, ValueError."""
    addresses = _addresses(person.addresses, domain)
    if not addresses:
        raise Invalid(f"there is no address in {domain}")
    # LDAP keeps no order among values: whichever has a mailbox is the mailbox.
    key = next((key for key in addresses if key in own), next(iter(addresses)))
    account = own.get(key)
    if account is not None and (account.kind is not OwnerKind.PERSON or account.status is Status.REMOVED):
        raise Invalid(f"{account.address} is no person's mailbox, or was removed")
    if account is None and key in led and not led[key].former:
        raise Invalid(f"{led[key].address} is an alias")
    further = _addresses((*person.addresses, *person.aliases), domain)
    further.pop(key, None)
    address = written(addresses[key]) if account is None else account.address
    return WantedMailbox(address, display_name(person.display_name), tuple(further.values()), account)


def _addresses(texts: Sequence[str], domain: str) -> dict[str, Address]:
    """The addresses of a domain, by key; others are none of ours. Raises: ValueError for what is no address."""
    found: dict[str, Address] = {}
    for text in texts:
        address = parse_mailbox(text)
        key = address_key(address)
        if key.rpartition("@")[2] == domain:
            found.setdefault(key, address)
    return found
