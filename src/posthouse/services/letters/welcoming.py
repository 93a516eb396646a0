"""The letter a new mailbox begins with (B12)."""

import logging
from typing import Final

from posthouse.foundation.errors import PosthouseError
from posthouse.model.account import Account, Domain, OwnerKind, Service
from posthouse.model.people.doors import Door, Doors
from posthouse.model.settings.letters import WELCOME, WELCOME_SUBJECT, WELCOME_TEXT
from posthouse.model.settings.signing_in import AUTH_APP_PASSWORDS_ONLY
from posthouse.services.letters.into_mailboxes import MailboxLetters
from posthouse.services.letters.wording import Wording, filled, word, wording
from posthouse.services.settings import Settings

_SECURITY: Final = {"tls": "SSL/TLS", "starttls": "STARTTLS"}
_SERVICE: Final = {"imap": Service.IMAP, "pop3": Service.POP3, "smtp": Service.SUBMISSION}
_log = logging.getLogger(__name__)


class Welcoming:
    """Writes it, as the domain wants it."""

    def __init__(self, letters: MailboxLetters, settings: Settings, doors: Doors) -> None:
        self._letters = letters
        self._settings = settings
        self._doors = doors

    async def welcome(self, account: Account, domain: Domain) -> None:
        """Put the letter into the mailbox. Never raises: a mailbox without it is better than none."""
        try:
            if account.kind is OwnerKind.PERSON and await self._settings.get(WELCOME, domain=domain.key):
                await self._letters.put(account, await self._wording(account, domain), "welcome")
        except PosthouseError as error:
            _log.warning("%s got no welcome letter: %s", account.address, error)

    async def _wording(self, account: Account, domain: Domain) -> Wording:
        words = await self._words(account, domain)
        subject, text = wording(account.language, "welcome", words)
        own_subject = await self._settings.get(WELCOME_SUBJECT, domain=domain.key)
        own_text = await self._settings.get(WELCOME_TEXT, domain=domain.key)
        return Wording(filled(own_subject, words) or subject, filled(own_text, words) or text)

    async def _words(self, account: Account, domain: Domain) -> dict[str, str]:
        refused = {*domain.refused_services, *account.refused_services}
        doors = [door for door in self._doors.for_programs() if _SERVICE[door.name] not in refused]
        by_name = {door.name: _line(account.language, self._doors.hostname, door) for door in doors}
        app_passwords = await self._settings.get(AUTH_APP_PASSWORDS_ONLY, domain=domain.key)
        return {
            "address": account.address,
            "name": account.display_name or account.address,
            "domain": domain.name,
            "hostname": self._doors.hostname,
            "programs": "\n".join(by_name.values()),
            **{name: by_name.get(name, "") for name in _SERVICE},
            "app_passwords": word(account.language, "app_passwords") if app_passwords else "",
            "setup": self._doors.setup_page,
        }


def _line(language: str, hostname: str, door: Door) -> str:
    way = door.ways[0]
    return word(language, door.name, hostname=hostname, port=str(way.port), security=_SECURITY[way.security])
