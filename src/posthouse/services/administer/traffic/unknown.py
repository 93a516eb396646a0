"""What becomes of mail for addresses of a domain that nobody has (B7). What is not a rejection ends by itself."""

import enum
from typing import Final

import msgspec

from posthouse.formats.address.key import domain_key
from posthouse.formats.address.mailbox import InvalidMailbox, parse_mailbox
from posthouse.foundation.errors import Invalid, NotFound
from posthouse.model.principal import Principal
from posthouse.model.role import Act
from posthouse.model.settings.people import UNKNOWN, UNKNOWN_ADDRESS, UNKNOWN_TEXT, UNKNOWN_UNTIL
from posthouse.services.administer.finding import permitted_domain
from posthouse.services.administer.parts import Administration
from posthouse.services.administer.rules.names import written
from posthouse.services.audit.recording import about_domain
from posthouse.services.receive.recipients import Recipients

DAYS: Final = 7
TEXT_CHARACTERS: Final = 400
"""What fits into a refusal."""


class Choice(enum.StrEnum):
    """What there is to choose."""

    REJECT = "reject"
    FORWARD = "forward"
    BOUNCE = "bounce"


RISKS: Final = {
    Choice.REJECT: "",
    Choice.FORWARD: "all mail to guessed names will come there too, most of it spam, and senders do not learn that they mistyped",
    Choice.BOUNCE: "whoever guesses names learns which exist, and reads the text",
}
"""What is to be told before."""


class UnknownRecipients(msgspec.Struct, frozen=True):
    """What is chosen for a domain."""

    choice: Choice = Choice.REJECT
    address: str = ""
    text: str = ""
    until: float = 0.0
    """Seconds since 1970; 0 for a rejection."""

    @property
    def risk(self) -> str:
        """What to be aware of, in words; empty for a rejection."""
        return RISKS[self.choice]


class UnknownChoosing:
    """The verbs; all raise Unavailable, and NotPermitted for whoever does not administer the domain."""

    def __init__(self, parts: Administration) -> None:
        self._parts = parts

    async def get(self, principal: Principal, domain: str) -> UnknownRecipients:
        """What holds now. Raises: Invalid, NotFound."""
        found = await permitted_domain(self._parts.directory, principal, Act.DOMAIN_LOOK, domain)
        stored = await self._parts.directory.settings(f"domain:{found.key}")
        until = UNKNOWN_UNTIL.parse(stored.get(UNKNOWN_UNTIL.key, b"0"))
        if self._parts.clock.now() >= until:
            return UnknownRecipients()
        return UnknownRecipients(
            Choice(UNKNOWN.parse(stored.get(UNKNOWN.key, b'"reject"'))),
            UNKNOWN_ADDRESS.parse(stored.get(UNKNOWN_ADDRESS.key, b'""')),
            UNKNOWN_TEXT.parse(stored.get(UNKNOWN_TEXT.key, b'""')),
            until,
        )

    async def choose(self, principal: Principal, domain: str, choice: Choice, what: str = "") -> UnknownRecipients:
        """Reject; or for seven days from now forward to an address, or return with a text (``what``).

        Raises: Invalid (the address, the text), NotFound (the domain; an address of ours nobody has).
        """
        found = await permitted_domain(self._parts.directory, principal, Act.DOMAIN_CHANGE, domain)
        until = self._parts.clock.now() + DAYS * 86_400
        chosen = UnknownRecipients()
        if choice is Choice.FORWARD:
            chosen = UnknownRecipients(choice, await self._address(what), "", until)
        elif choice is Choice.BOUNCE:
            chosen = UnknownRecipients(choice, "", _text(what), until)
        # The end comes last: until it is there, what stands beside it holds for nobody.
        values: list[tuple[str, object]] = [
            (UNKNOWN_UNTIL.key, None),
            (UNKNOWN.key, str(chosen.choice) if chosen.until else None),
            (UNKNOWN_ADDRESS.key, chosen.address or None),
            (UNKNOWN_TEXT.key, chosen.text or None),
            (UNKNOWN_UNTIL.key, chosen.until or None),
        ]
        async with self._parts.recorded(principal, Act.DOMAIN_CHANGE, about_domain(found), after={"unknown": chosen}):
            for key, value in values:
                encoded = None if value is None else msgspec.json.encode(value)
                await self._parts.directory.put_setting(f"domain:{found.key}", key, encoded)
        return chosen

    async def _address(self, text: str) -> str:
        try:
            address = parse_mailbox(text.strip())
            domain = await self._parts.directory.domain(domain_key(address.domain))
        except (InvalidMailbox, ValueError) as error:
            raise Invalid(f"{text!r} is no mail address: {error}") from error
        if domain is not None:
            try:
                await Recipients(self._parts.directory).resolve(address)
            except NotFound:
                raise NotFound(f"there is no address {text} here: make it first") from None
        return written(address)


def _text(text: str) -> str:
    plain = " ".join(text.split())
    if not plain or not plain.isprintable():
        raise Invalid("a text is needed that says what to do, such as 'please write to info@example.org'")
    if len(plain) > TEXT_CHARACTERS:
        raise Invalid(f"the text is longer than {TEXT_CHARACTERS} characters, which is what fits into a refusal")
    return plain
