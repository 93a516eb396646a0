"""The order in which a message from outside is judged.

Nothing is asked before there is a recipient: client and sender are looked at once, before the first recipient is answered, so that
a refusal names the recipient in the trace. Postmaster is always reached (RFC 5321 §4.5.1): whoever is refused by mistake must be
able to say so.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from posthouse.filters.verdict import Finding
from posthouse.formats.address.key import local_part_key
from posthouse.foundation.errors import PosthouseError, TemporaryFailure
from posthouse.model.content import Content
from posthouse.services.receive.checks.authenticity import Authenticity
from posthouse.services.receive.checks.by_hand import ListsOfTheDomain, ListsOfTheService
from posthouse.services.receive.checks.client import ClientCheck
from posthouse.services.receive.checks.greylisting import Greylisting
from posthouse.services.receive.checks.hello import HelloCheck
from posthouse.services.receive.checks.memory import Memory
from posthouse.services.receive.checks.parts import CheckParts, ContentCheck, ContentParts, Lists, RecipientCheck, SenderCheck
from posthouse.services.receive.checks.sender_domain import SenderDomainCheck
from posthouse.services.receive.checks.weighing import Weighing
from posthouse.services.receive.reception import Expected, Reception
from posthouse.services.receive.recipients import POSTMASTER


@dataclass(frozen=True)
class SenderFacts:
    """What the checks of client and sender came to."""

    findings: tuple[Finding, ...]
    trusted: bool
    client_host: str
    refusal: PosthouseError | None

    @property
    def uncertain(self) -> bool:
        """Whether somebody did not answer: to be asked again the next time."""
        return isinstance(self.refusal, TemporaryFailure) or any(found.result == "temperror" for found in self.findings)


class Pipeline:
    """All checks of one process."""

    def __init__(self, parts: CheckParts, content_parts: ContentParts) -> None:
        self._settings = parts.settings
        self._known: Memory[tuple[str, str, str, int], SenderFacts] = Memory(parts.clock)
        lists = Lists(parts.settings)
        by_hand = ListsOfTheService(lists)
        self._of_sender: Sequence[SenderCheck] = (
            by_hand,
            ClientCheck(parts),
            by_hand,  # again: now the client has a name
            HelloCheck(parts),
            SenderDomainCheck(parts),
            Weighing(parts),
        )
        self._of_recipient: Sequence[RecipientCheck] = (ListsOfTheDomain(lists), Greylisting(parts, lists))
        self._of_content: Sequence[ContentCheck] = (Authenticity(content_parts),)

    async def examine_recipient(self, reception: Reception, expected: Expected) -> None:
        """Check client and sender (once), then this recipient. Raises: Refused, TemporaryFailure."""
        if not reception.examined:
            reception.examined = True
            await self._examine_sender(reception)
        if local_part_key(expected.wanted.address.local_part) == POSTMASTER:
            return
        if reception.refusal is not None:
            raise type(reception.refusal)(*reception.refusal.args)
        for check in self._of_recipient:
            await check.examine(reception, expected)

    async def examine_content(self, reception: Reception, content: Content) -> Content:
        """Check the message itself; gives it back as it is to be kept. Raises: Refused, TemporaryFailure."""
        for check in self._of_content:
            content = await check.examine(reception, content)
        return content

    async def _examine_sender(self, reception: Reception) -> None:
        client = reception.client
        key = (client.address, client.name, reception.sender.text, self._settings.version)
        known = self._known.get(key)
        if known is None:
            known = await self._found(reception)
            if not known.uncertain:
                self._known.put(key, known)
        reception.trusted, reception.client_host, reception.refusal = known.trusted, known.client_host, known.refusal
        reception.findings = list(known.findings)

    async def _found(self, reception: Reception) -> SenderFacts:
        refusal: PosthouseError | None = None
        for check in self._of_sender:
            try:
                await check.examine(reception)
            except PosthouseError as error:
                refusal = error
                break
        return SenderFacts(tuple(reception.findings), reception.trusted, reception.client_host, refusal)
