"""Who the client is: its name in the DNS (RFC 8601 §2.7.3 ``iprev``) and what the DNS lists say of it.

All of it depends on the address alone, so what was found is remembered for a few minutes: a client that comes again costs nothing.
"""

import asyncio
from typing import Final

import msgspec

from posthouse.filters.access import ip_address
from posthouse.filters.dns_list import DnsList, listing, parse_dns_list, question_name
from posthouse.filters.verdict import Finding
from posthouse.foundation.errors import Invalid, NotFound, Refused, TemporaryFailure
from posthouse.model.settings.judging import RECEIVE_LISTS, RECEIVE_REVERSE_DNS
from posthouse.services.receive.checks.memory import Memory
from posthouse.services.receive.checks.parts import CheckParts
from posthouse.services.receive.reception import Reception

NAMES: Final = 10
"""Names of one address that are looked at."""
REMEMBERED_SECONDS: Final = 300.0
NO_NAME_WEIGHT: Final = 1.0
WORDS: Final = 200
"""Characters of a list's explanation that are shown."""


class ClientFacts(msgspec.Struct, frozen=True):
    """What is known of an address."""

    host: str
    """Its name, where the name leads back to it; else empty."""
    findings: tuple[Finding, ...]


class ClientCheck:
    """Looks up name and listings."""

    def __init__(self, parts: CheckParts) -> None:
        self._parts = parts
        self._known: Memory[tuple[str, int], ClientFacts] = Memory(parts.clock, REMEMBERED_SECONDS)

    async def examine(self, reception: Reception) -> None:
        """Add name and listings."""
        if reception.trusted or ip_address(reception.client.address) is None:
            return
        facts = await self.facts(reception.client.address)
        reception.client_host = facts.host
        reception.findings += facts.findings

    async def facts(self, address: str) -> ClientFacts:
        """What is known of an address, asked for anew every few minutes and whenever the lists have changed."""
        settings = self._parts.settings
        lists, key = settings[RECEIVE_LISTS], (address, settings.version)
        known = self._known.get(key)
        if known is not None:
            return known
        (host, named), listed = await asyncio.gather(self._name(address), self._listings(address, lists))
        facts = ClientFacts(host, (*named, *listed))
        if not any(finding.result == "temperror" for finding in facts.findings):
            self._known.put(key, facts)
        return facts

    async def _name(self, address: str) -> tuple[str, tuple[Finding, ...]]:
        if not self._parts.settings[RECEIVE_REVERSE_DNS]:
            return "", ()
        resolver, wanted = self._parts.resolver, ip_address(address)
        assert wanted is not None
        try:
            names = (await resolver.query(wanted.reverse_pointer, "PTR")).records[:NAMES]
        except NotFound:
            names = ()
        except TemporaryFailure as error:
            return "", (Finding("iprev", "temperror", str(error)),)
        for name in names:
            try:
                found = await resolver.addresses(name.rstrip("."))
            except (Refused, TemporaryFailure):
                continue
            if any(ip_address(each) == wanted for each in found):
                host = name.rstrip(".").lower()
                return host, (Finding("iprev", "pass", host),)
        if names:
            return "", (Finding("iprev", "fail", f"{names[0].rstrip('.')} does not lead back", NO_NAME_WEIGHT),)
        return "", (Finding("iprev", "permerror", "the address has no name", NO_NAME_WEIGHT),)

    async def _listings(self, address: str, lists: dict[str, float]) -> tuple[Finding, ...]:
        found = await asyncio.gather(*(self._listing(address, text, weight) for text, weight in lists.items()))
        return tuple(finding for finding in found if finding is not None)

    async def _listing(self, address: str, text: str, weight: float) -> Finding | None:
        try:
            dns_list = parse_dns_list(text)
            name = question_name(address, dns_list.zone)
            answer = listing(dns_list, (await self._parts.resolver.query(name, "A")).records)
        except (NotFound, Invalid):
            return None
        except TemporaryFailure as error:
            return Finding("list", "temperror", f"{text}: {error}")
        if not answer:
            return None
        return Finding("list", "listed", await self._why(dns_list, name, answer), weight)

    async def _why(self, dns_list: DnsList, name: str, answer: str) -> str:
        """The list, its answer and its words, which often hold an address where the listing can be ended."""
        try:
            words = " ".join((await self._parts.resolver.query(name, "TXT")).records)
        except (Refused, TemporaryFailure):
            words = ""
        shown = "".join(character for character in words[:WORDS] if character.isprintable())
        return f"{dns_list.zone} {answer} {shown}".strip()
