"""Greylisting (C2): whoever is not known is asked to try again, and known when it does."""

from posthouse.filters.greylist.deciding import Rules
from posthouse.filters.greylist.naming import network_of, sender_of
from posthouse.filters.verdict import Finding
from posthouse.formats.address.key import address_key
from posthouse.foundation.errors import PosthouseError
from posthouse.model.settings.judging import GREYLIST, GREYLIST_DELAY_SECONDS, GREYLIST_KEEP_SECONDS, GREYLIST_RETRY_SECONDS
from posthouse.ports.greylist import Encounter
from posthouse.services.receive.checks.by_hand import match
from posthouse.services.receive.checks.parts import CheckParts, Lists
from posthouse.services.receive.checks.refusals import Greylisted
from posthouse.services.receive.reception import Expected, Reception


class Greylisting:
    """Asks unknown senders to come back; a greylist that is away lets everybody in."""

    def __init__(self, parts: CheckParts, lists: Lists) -> None:
        self._parts = parts
        self._lists = lists

    async def examine(self, reception: Reception, expected: Expected) -> None:
        """Let the sender in or ask it to come back. Raises: Greylisted."""
        if reception.trusted or not await self._wanted(reception, expected):
            return
        if reception.weight < 0:
            reception.note_once(Finding("greylist", "pass", "the client is on an allow list"))
            return
        sender = reception.sender.reverse_path
        encounter = Encounter(
            network_of(reception.client.address),
            "" if sender is None else sender_of(address_key(sender)),
            address_key(expected.wanted.address),
        )
        settings = self._parts.settings
        rules = Rules(settings[GREYLIST_DELAY_SECONDS], settings[GREYLIST_RETRY_SECONDS], settings[GREYLIST_KEEP_SECONDS])
        try:
            welcome = await self._parts.greylist.meet(encounter, rules, self._parts.clock.now())
        except PosthouseError as error:
            reception.note_once(Finding("greylist", "temperror", str(error)))
            return
        if welcome.known:
            reception.note_once(Finding("greylist", "pass", welcome.why))
            return
        reception.note_once(Finding("greylist", "deferred", f"{welcome.why}, may come back after {welcome.retry_after:.0f} s"))
        raise Greylisted(f"greylisted: please try again in {welcome.retry_after:.0f} seconds")

    async def _wanted(self, reception: Reception, expected: Expected) -> bool:
        """Whether one of the domains the recipient leads to wants it; what we only pass on follows the service's setting."""
        domains = {account.domain for account in expected.resolved.accounts}
        if not domains:
            return self._parts.settings[GREYLIST]
        for domain in domains:
            if await self._parts.settings.get(GREYLIST, domain=domain):
                return match(await self._lists.allowed_by(domain), reception) is None
        return False
