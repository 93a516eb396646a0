"""Account passwords that somebody outside knows: asked for each sign-in, a right one remembered for a while, a wrong one never."""

import logging
from collections import OrderedDict
from typing import Final

import msgspec

from posthouse.foundation.errors import Unavailable
from posthouse.model.account import Account
from posthouse.model.settings.outside import (
    LDAP_BASE,
    LDAP_BIND_NAME,
    LDAP_BIND_PASSWORD,
    LDAP_CA_FILE,
    LDAP_FILTER,
    LDAP_OWN_PASSWORDS,
    LDAP_SERVERS,
    LDAP_START_TLS,
)
from posthouse.ports.clock import Clock
from posthouse.ports.signing_in.outside_people import OutsidePeople, PeopleSource
from posthouse.ports.vault import Vault
from posthouse.services.settings import Settings

REMEMBERED: Final = 10_000
REMEMBER_SECONDS: Final = 600.0
AWAY: Final = "passwords cannot be checked at the moment: try again later"
_log = logging.getLogger(__name__)


async def people_source(settings: Settings, domain: str) -> PeopleSource | None:
    """Who knows the people of a domain (its key); None: nobody but this house."""
    servers = await settings.get(LDAP_SERVERS, domain=domain)
    if not servers:
        return None
    return PeopleSource(
        servers=tuple(servers),
        start_tls=await settings.get(LDAP_START_TLS, domain=domain),
        ca_file=await settings.get(LDAP_CA_FILE, domain=domain),
        bind_name=await settings.get(LDAP_BIND_NAME, domain=domain),
        bind_password=await settings.get(LDAP_BIND_PASSWORD, domain=domain),
        base=await settings.get(LDAP_BASE, domain=domain),
        filter=await settings.get(LDAP_FILTER, domain=domain),
    )


class OutsidePasswords:
    """One per process that people sign in to."""

    def __init__(self, people: OutsidePeople, settings: Settings, vault: Vault, clock: Clock) -> None:
        self._people = people
        self._settings = settings
        self._vault = vault
        self._clock = clock
        self._remembered: OrderedDict[bytes, tuple[int, float]] = OrderedDict()

    async def source(self, domain: str) -> PeopleSource | None:
        """Who knows the passwords of a domain (its key); None: nobody but this house."""
        return await people_source(self._settings, domain)

    async def own_count_too(self, domain: str) -> bool:
        """Whether passwords of this house count too where somebody outside knows them."""
        return await self._settings.get(LDAP_OWN_PASSWORDS, domain=domain)

    async def prove(self, source: PeopleSource, account: Account, password: str, *, again: bool = False) -> bool:
        """Whether this is the account's password; ``again``: ask, whatever is remembered. Raises: Unavailable."""
        now = self._clock.now()
        proof = self._vault.keyed(b"outside\0" + account.id + msgspec.json.encode((source, password)))
        epoch, until = self._remembered.get(proof, (0, 0.0))
        if not again and epoch == account.credential_epoch and until > now:
            return True
        try:
            is_right = await self._people.verify(source, account.address, password)
        except Unavailable as error:
            _log.warning("%s", error)
            raise Unavailable(AWAY) from error
        if not is_right:
            self._remembered.pop(proof, None)
            return False
        self._remembered[proof] = (account.credential_epoch, now + REMEMBER_SECONDS)
        if len(self._remembered) > REMEMBERED:
            self._remembered.popitem(last=False)
        return True
