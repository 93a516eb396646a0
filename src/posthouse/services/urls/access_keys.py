"""Mailbox access keys, and the tokens made with them (RFC 4467 §2.2, §2.4.1).

A key belongs to one person and one mailbox, lies with the mailbox and ends with it. It is kept with the mailbox's UIDVALIDITY and
is worth nothing under another: the messages it was given for are not there any more. The *generation* in the person's own account
goes into every token, so that all keys, wherever they lie, can be made void at once.
"""

import asyncio
import hashlib
import hmac
from typing import Final

from posthouse.foundation.ids import AccountId
from posthouse.ports.account_store import AccountStore
from posthouse.ports.entropy import Entropy
from posthouse.services.house_entries import HouseEntries
from posthouse.services.urls.claims import Place

KEY_OCTETS: Final = 32
ALGORITHM: Final = b"01"
"""The first two digits of a token: HMAC-SHA-256. Another algorithm will have others."""
_NAME: Final = "access-key"
_GENERATION: Final = "access-key-generation"
_VALIDITY_OCTETS: Final = 4


class AccessKeys:
    """The verbs raise what the account store raises. Persons are those who see the mailbox: its owner, or a viewer."""

    __slots__ = ("_accounts", "_entropy", "_making")

    def __init__(self, accounts: AccountStore, entropy: Entropy) -> None:
        self._accounts = accounts
        self._entropy = entropy
        self._making = asyncio.Lock()

    async def key(self, place: Place) -> bytes | None:
        """The key that is valid now, if there is one."""
        kept = await self._entries(place).read(place.mailbox_id, _NAME)
        if kept is None or kept[:_VALIDITY_OCTETS] != _validity(place):
            return None
        person = place.mail.viewer or place.mail.account_id
        generation = await HouseEntries(self._accounts, person).read(None, _GENERATION)
        return kept[_VALIDITY_OCTETS:] + (generation or b"")

    async def key_made(self, place: Place) -> bytes:
        """The key that is valid now, made on first use."""
        async with self._making:  # two who are first at the same time must get the same
            key = await self.key(place)
            if key is None:
                await self.renew(place)
                key = await self.key(place)
            return key or self.implausible()

    async def renew(self, place: Place) -> None:
        """Make another key; what was signed with the one before is void."""
        key = self._entropy.octets(KEY_OCTETS)
        await self._entries(place).write(place.mailbox_id, _NAME, _validity(place) + key)

    async def void_all(self, person: AccountId) -> None:
        """Make all keys of a person void, wherever they lie."""
        await HouseEntries(self._accounts, person).write(None, _GENERATION, self._entropy.octets(KEY_OCTETS))

    def implausible(self) -> bytes:
        """A key nobody has: whoever looks for mailboxes waits as long for a wrong name as for a wrong token (§10)."""
        return self._entropy.octets(2 * KEY_OCTETS)

    def _entries(self, place: Place) -> HouseEntries:
        return HouseEntries(self._accounts, place.mail.account_id, place.mail.viewer)


def token_of(key: bytes, signed: bytes) -> bytes:
    """The token for octets: hexadecimal digits, lower case."""
    return ALGORITHM + hmac.new(key, signed, hashlib.sha256).hexdigest().encode("ascii")


def is_token(key: bytes, signed: bytes, token: bytes) -> bool:
    """Whether a token is right, in time that tells nothing about the right one."""
    return hmac.compare_digest(token_of(key, signed), token)


def _validity(place: Place) -> bytes:
    return place.mailbox.uid_validity.to_bytes(_VALIDITY_OCTETS, "big")
