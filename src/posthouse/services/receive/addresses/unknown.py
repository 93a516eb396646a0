"""Mail for an address of ours that nobody has (B7): refused, or for some days forwarded, or returned with a text.

The text stands in the refusal. Only where it cannot (it is not ASCII, and the client knows nothing of SMTPUTF8; nobody waits for
an answer) the message is taken and a notification with the text goes back, and only to who is known to have sent it.
"""

from typing import Final

from posthouse.formats.address.key import domain_key
from posthouse.formats.address.mailbox import InvalidMailbox, parse_mailbox
from posthouse.formats.address.value import Address
from posthouse.foundation.errors import NotFound, Refused
from posthouse.model.settings.people import UNKNOWN, UNKNOWN_ADDRESS, UNKNOWN_TEXT, UNKNOWN_UNTIL
from posthouse.ports.clock import Clock
from posthouse.services.receive.reception import Expected, Reception
from posthouse.services.receive.recipients import NO_SUCH_MAILBOX, Recipients, Resolved
from posthouse.services.settings import Settings

BOUNCES_PER_HOUR: Final = 100
"""Notifications with a text that one domain sends in an hour."""
HOPELESS: Final = Resolved(hopeless=True)


class UnknownAddresses:
    """What a domain wants to become of mail for addresses nobody has. Every verb raises Unavailable."""

    def __init__(self, recipients: Recipients, settings: Settings, clock: Clock) -> None:
        self._recipients = recipients
        self._settings = settings
        self._clock = clock
        self._hour = 0
        self._bounced: dict[str, int] = {}

    async def resolve(self, address: Address, *, utf8: bool, judged: bool) -> Resolved:
        """Where such mail goes; ``utf8``: a refusal may be in any script; ``judged``: it comes from a stranger.

        Raises: NotFound, with the domain's own text where it has one.
        """
        domain = _key(address)
        choice = await self._choice(domain)
        if choice == "forward":
            return await self._forwarded(domain)
        text = await self.text(domain)
        if choice == "bounce" and text:
            if utf8 or text.isascii():
                raise NotFound(text)
            if judged and self._may_bounce(domain):
                return HOPELESS
        raise NotFound(NO_SUCH_MAILBOX)

    async def text(self, domain: str) -> str:
        """The text of a domain that returns such mail; empty where it does not."""
        bounces = await self._choice(domain) == "bounce"
        return await self._settings.get(UNKNOWN_TEXT, domain=domain) if bounces else ""

    async def _choice(self, domain: str) -> str:
        choice = await self._settings.get(UNKNOWN, domain=domain)
        if choice == "reject" or self._clock.now() >= await self._settings.get(UNKNOWN_UNTIL, domain=domain):
            return "reject"
        return choice

    async def _forwarded(self, domain: str) -> Resolved:
        address: str = await self._settings.get(UNKNOWN_ADDRESS, domain=domain)
        try:
            return await self._recipients.resolve(parse_mailbox(address), relay=True)
        except (InvalidMailbox, Refused):
            raise NotFound(NO_SUCH_MAILBOX) from None

    def _may_bounce(self, domain: str) -> bool:
        hour = int(self._clock.now() // 3_600)
        if hour != self._hour:
            self._hour, self._bounced = hour, {}
        count = self._bounced.get(domain, 0)
        self._bounced[domain] = count + 1
        return count < BOUNCES_PER_HOUR


def forlorn(reception: Reception) -> list[Expected]:
    """Recipients of a message whose sender may be forged that depend on who it is: groups, and addresses nobody has."""
    if reception.answerable or not reception.judged:
        return []
    return [expected for expected in reception.recipients if expected.resolved.hopeless or expected.claimed]


def _key(address: Address) -> str:
    try:
        return domain_key(address.domain)
    except ValueError:
        return ""
