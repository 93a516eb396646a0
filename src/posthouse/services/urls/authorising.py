"""Authorised URLs (RFC 4467): made by a mailbox's reader, good for whom they name until they expire or their key is replaced.

Whoever redeems one reads with the rights that its owner has at that moment, and with no others.
"""

from collections.abc import AsyncGenerator

from posthouse.foundation.errors import Invalid, NotFound, NotPermitted, Refused
from posthouse.model.account import Account
from posthouse.model.principal import Principal
from posthouse.model.settings.programs import IMAP_SUBMISSION_SERVERS
from posthouse.model.sharing.rights import Right
from posthouse.ports.account_store import AccountStore
from posthouse.ports.clock import Clock
from posthouse.ports.entropy import Entropy
from posthouse.services.settings import Settings
from posthouse.services.sharing.people import People
from posthouse.services.urls.access_keys import AccessKeys, is_token, token_of
from posthouse.services.urls.claims import Claim, Place, Readers, UrlReader

REFUSED = "this URL does not give the right to read anything"
"""One sentence for whatever is wrong with a URL: nobody learns what is there."""


class AuthorisedUrls:
    """See the module. The verbs also raise what the account store raises."""

    def __init__(self, parts: tuple[AccountStore, Clock, Entropy], people: People, settings: Settings, reader: UrlReader) -> None:
        accounts, self._clock, entropy = parts
        self._keys = AccessKeys(accounts, entropy)
        self._people = people
        self._settings = settings
        self._reader = reader

    # For owners

    async def sign(self, principal: Principal, url: bytes) -> bytes:
        """Make the token for a URL without one; the key is made on first use.

        Raises: Invalid for what is no such URL, NotPermitted for another's, NotFound (the mailbox, or another UIDVALIDITY).
        """
        claim = self._reader.claim(url)
        owner = await self._account(claim.owner, claim.host)
        if owner is None or owner.id != principal.account_id:
            raise NotPermitted("a URL can be authorised by the owner it names only")
        place = await self._reader.find(principal, claim.mailbox)
        await place.mail.require(place.mailbox_id, Right.READ)
        if claim.uid_validity not in (None, place.mailbox.uid_validity):
            raise NotFound("the mailbox is another one now")
        return token_of(await self._keys.key_made(place), claim.signed)

    async def renew_key(self, principal: Principal, mailbox: str) -> None:
        """Replace the key of a mailbox: URLs signed with it are void. Raises: NotFound, NotPermitted."""
        place = await self._reader.find(principal, mailbox)
        await place.mail.require(place.mailbox_id, Right.READ)
        await self._keys.renew(place)

    async def void_keys(self, principal: Principal) -> None:
        """Make all keys of a person void: all their URLs are."""
        await self._keys.void_all(principal.account_id)

    # For readers

    async def redeem(self, principal: Principal, url: bytes) -> Place:
        """Find the mailbox of a URL that ``principal`` may use now.

        Raises: NotPermitted, always in the same words.
        """
        return await self._redeem(url, principal, is_submission=False)

    async def submitted(self, principal: Principal, url: bytes) -> AsyncGenerator[bytes, None]:
        """Open what a URL names to be submitted by ``principal``: pieces of octets (RFC 4468 §3.3).

        Raises: Invalid for what is no authorised URL; NotPermitted; NotFound while the pieces are read, where there is no content.
        """
        place = await self._redeem(url, principal, is_submission=True)
        return self._reader.content(place, url)

    async def _redeem(self, url: bytes, principal: Principal, *, is_submission: bool) -> Place:
        claim = self._reader.claim(url)
        if claim.token is None:
            raise Invalid("the URL is not authorised")
        place = await self._place(claim)
        key = None if place is None else await self._keys.key(place)
        is_right = is_token(key or self._keys.implausible(), claim.signed, claim.token)
        if place is None or key is None or not is_right:
            raise NotPermitted(REFUSED)
        if claim.expires_at is not None and self._clock.now() > claim.expires_at:
            raise NotPermitted(REFUSED)
        if not await self._may_use(claim, principal, is_submission=is_submission):
            raise NotPermitted(REFUSED)
        return place

    async def _place(self, claim: Claim) -> Place | None:
        """The mailbox as the owner of the URL sees it, if they can read it still."""
        owner = await self._account(claim.owner, claim.host)
        if owner is None:
            return None
        try:
            place = await self._reader.find(Principal(owner.id, owner.address), claim.mailbox)
            await place.mail.require(place.mailbox_id, Right.READ)
        except Refused:
            return None
        return place if claim.uid_validity in (None, place.mailbox.uid_validity) else None

    async def _may_use(self, claim: Claim, principal: Principal, *, is_submission: bool) -> bool:
        if claim.readers in (Readers.SIGNED_IN, Readers.ANYBODY):
            return True
        if claim.readers is Readers.SUBMISSION and not is_submission:  # the other server has looked who submits (§3)
            servers = self._settings[IMAP_SUBMISSION_SERVERS]
            return principal.address.lower() in [address.lower() for address in servers]
        if claim.readers is Readers.ONE and is_submission:
            return False
        domain = claim.owner.rpartition("@")[2] if "@" in claim.owner else claim.host
        person = await self._account(claim.person, domain)
        return person is not None and person.id == principal.account_id

    async def _account(self, userid: str, domain: str) -> Account | None:
        """The account of a userid; a name alone is one of the domain that stands behind it, as in ``joe@example.com``."""
        try:
            account = await self._people.named(userid if "@" in userid else f"{userid}@{domain}")
        except NotFound:
            return None
        return account if await self._people.is_active(account) else None
