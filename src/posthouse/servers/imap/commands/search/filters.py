"""Named searches (RFC 5466): FILTER stands for the keys that METADATA keeps under its name, one's own before everybody's."""

from collections.abc import Sequence
from typing import Final, TypeVar

import msgspec

from posthouse.protocols.imap.commands.search.command import Search, search_program
from posthouse.protocols.imap.commands.search.esearch import MultiSearch
from posthouse.protocols.imap.commands.search.keys import And, Filter, Fuzzy, Not, Or, SearchKey, mentions
from posthouse.protocols.imap.commands.search.sort import Sort
from posthouse.protocols.imap.commands.search.thread import Thread
from posthouse.protocols.imap.errors import ImapViolation
from posthouse.protocols.imap.grammar.cursor import Cursor
from posthouse.protocols.imap.responses.codes import undefined_filter
from posthouse.servers.imap.answers import No
from posthouse.servers.imap.session import Session

FILTERS: Final = 50
"""Filters in one search, those within filters counted each time they are met."""
_PLACES: Final = ("/private/filters/values/", "/shared/filters/values/")

Looking = TypeVar("Looking", Search, Sort, Thread, MultiSearch)


async def with_filters(session: Session, command: Looking) -> Looking:
    """The command with the keys of its filters in their place.

    Raises: No, code UNDEFINED-FILTER, for one there is not; No for one that cannot be read, and for too many.
    """
    if not mentions(command.keys, Filter):
        return command
    mail, _ = session.the_mail()
    definitions = _Definitions(await mail.annotations(None))
    return msgspec.structs.replace(command, keys=definitions.put_into(command.keys))


class _Definitions:
    """The filters somebody has."""

    def __init__(self, entries: dict[str, bytes]) -> None:
        self._entries = entries
        self._left = FILTERS

    def put_into(self, keys: Sequence[SearchKey]) -> tuple[SearchKey, ...]:
        """Keys without filters."""
        return tuple([self._defined(key) for key in keys])

    def _defined(self, key: SearchKey) -> SearchKey:
        if isinstance(key, Filter):
            return And(self.put_into(self._keys(key.name)))
        if isinstance(key, And):
            return And(self.put_into(key.keys))
        if isinstance(key, Or):
            return Or(self._defined(key.left), self._defined(key.right))
        if isinstance(key, Not):
            return Not(self._defined(key.key))
        return Fuzzy(self._defined(key.key)) if isinstance(key, Fuzzy) else key

    def _keys(self, name: str) -> tuple[SearchKey, ...]:
        self._left -= 1
        if self._left < 0:
            raise No("The filters go round in a circle, or are too many")
        text = next((self._entries[place + name.lower()] for place in _PLACES if place + name.lower() in self._entries), None)
        if text is None:
            raise No("There is no such filter", undefined_filter(name.encode("ascii")))
        cursor = Cursor(text.strip())
        try:
            keys = search_program(cursor)
            cursor.expect_end()
        except ImapViolation as error:
            raise No(f"The filter {name} cannot be read: {error}") from None
        return keys
