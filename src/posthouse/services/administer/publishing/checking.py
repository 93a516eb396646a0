"""Looking up what should be in the DNS, and saying what is there instead."""

import asyncio
import enum
from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from posthouse.foundation.errors import NotFound, PosthouseError, Unavailable
from posthouse.ports.resolver import Resolver
from posthouse.services.administer.publishing.records import Entry
from posthouse.trust.tag_list import InvalidTagList, tag_list, without_spaces

AT_ONCE: Final = 8
_SHOWN: Final = 5
"""Records shown where others are found."""


class Found(enum.StrEnum):
    """What the DNS says about one record."""

    YES = "found"
    MISSING = "missing"
    DIFFERENT = "different"
    UNKNOWN = "no answer"


class Outcome(msgspec.Struct, frozen=True):
    """One record, whether it is there, and what is there instead."""

    entry: Entry
    found: Found
    there: tuple[str, ...] = ()


async def check_all(entries: Sequence[Entry], resolver: Resolver) -> list[Outcome]:
    """Look all of them up, some at once, in their order."""
    turns = asyncio.Semaphore(AT_ONCE)

    async def one(entry: Entry) -> Outcome:
        async with turns:
            return await looked_up(entry, resolver)

    return list(await asyncio.gather(*map(one, entries)))


async def looked_up(entry: Entry, resolver: Resolver) -> Outcome:
    """Look one record up. Never raises for what the DNS does."""
    try:
        records = (await resolver.query(entry.name, entry.record_type)).records
    except NotFound:
        records = ()
    except Unavailable:
        return Outcome(entry, Found.UNKNOWN)
    alike = tuple(text for text in records if _of_its_kind(entry, text))
    same = _SAME.get(entry.record_type, _same_words)
    if any(same(entry.value, text) for text in alike):
        # A second policy beside the right one makes both of no use.
        lonely = entry.record_type != "TXT" or "_domainkey." in entry.name or len(alike) == 1
        return Outcome(entry, Found.YES if lonely else Found.DIFFERENT, () if lonely else alike[:_SHOWN])
    if alike:
        return Outcome(entry, Found.DIFFERENT, alike[:_SHOWN])
    if entry.record_type == "CNAME" and await _leads_here(entry, resolver):
        return Outcome(entry, Found.YES)
    return Outcome(entry, Found.MISSING)


async def _leads_here(entry: Entry, resolver: Resolver) -> bool:
    """Whether a name has the addresses of the host it should be an alias of."""
    try:
        there = await resolver.addresses(entry.name)
        return bool(set(there) & set(await resolver.addresses(entry.value.removesuffix("."))))
    except PosthouseError:
        return False


def _of_its_kind(entry: Entry, text: str) -> bool:
    """A name may have texts of other kinds beside the one that is meant."""
    if entry.record_type != "TXT":
        return True
    return text.lower().startswith(entry.value[:6].lower()) or "_domainkey." in entry.name


def _same_words(wanted: str, text: str) -> bool:
    return [word.removesuffix(".") for word in wanted.lower().split()] == [word.removesuffix(".") for word in text.lower().split()]


def _same_text(wanted: str, text: str) -> bool:
    try:
        ours, theirs = tag_list(wanted), tag_list(text)
    except InvalidTagList:
        return _same_words(wanted, text)
    # Defaults may be left out of a key record; the key itself may not.
    theirs = {"v": "DKIM1", "k": "rsa", **theirs} if ours.get("v") == "DKIM1" else theirs
    return {tag: without_spaces(value) for tag, value in ours.items()} == {
        tag: without_spaces(value) for tag, value in theirs.items()
    }


def _same_octets(wanted: str, text: str) -> bool:
    """TLSA: three numbers, then hexadecimal digits that may stand in groups."""
    return _joined(wanted) == _joined(text)


def _joined(text: str) -> list[str]:
    words = text.lower().split()
    return [*words[:3], "".join(words[3:])]


_SAME: Final[dict[str, Callable[[str, str], bool]]] = {"TXT": _same_text, "TLSA": _same_octets}
