"""Results that are kept up to date (RFC 5267 §4.3): when messages come, go or change, the client is told who joins and who leaves.

Only what changed is looked at again. Message numbers and ``$`` in the keys mean the messages they meant at first.
"""

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import chain, takewhile
from typing import Final

import msgspec

from posthouse.protocols.imap.commands.search.keys import Age, Messages, SearchKey, mentions
from posthouse.protocols.imap.commands.search.sort import SortCriterion
from posthouse.protocols.imap.grammar.sequence_set import SequenceSet
from posthouse.protocols.imap.responses import codes
from posthouse.protocols.imap.responses.search import Update, updates
from posthouse.protocols.imap.responses.status import untagged_no
from posthouse.servers.imap.commands.search.looking import catalogue_of, finder_of
from posthouse.servers.imap.mailbox.ranges import runs
from posthouse.servers.imap.mailbox.selected import Selected
from posthouse.servers.imap.searching.finder import Hits
from posthouse.servers.imap.searching.sorting import in_order
from posthouse.servers.imap.session import Session

RESULTS: Final = 16
"""Results that one session may have kept up to date."""
KEPT_MESSAGES: Final = 200_000
"""Messages in one of them."""

Sorting = tuple[Sequence[SortCriterion], Sequence[int]]
"""Criteria, and the rows found in their order."""


def keep_updated(session: Session, hits: Hits, keys: Sequence[SearchKey], sorting: Sorting | None = None, *, uid: bool) -> None:
    """Tell of changes to a result from now on; where that cannot be done it is said (RFC 5267 §4.3.1)."""
    selected = session.the_selected()
    if len(selected.results) >= RESULTS or len(hits.uids) > KEPT_MESSAGES or mentions(keys, Age):
        session.write(untagged_no(session.modes.say("This result is not kept up to date"), codes.no_update(session.tag)))
        return
    selected.results[session.tag] = _Result(session, hits, [_fixed(key, selected) for key in keys], sorting, uid=uid)


class _Result:
    """One result, as the client knows it (``selected.KeptResult``)."""

    def __init__(self, session: Session, hits: Hits, keys: Sequence[SearchKey], sorting: Sorting | None, *, uid: bool) -> None:
        self._session = session
        self._tag = session.tag
        self._keys = keys
        self._is_uid = uid
        self._criteria = sorting[0] if sorting is not None else None
        order = hits.uids if sorting is None else [hits.rows.uids[row] for row in sorting[1]]
        self._uids = array("I", order)
        """In the order in which the client has them."""
        selected = hits.rows.selected
        self._serial = selected.view.serial
        self._newest = hits.rows.uids[-1] if hits.rows.uids else 0

    def losing(self, uids: Sequence[int]) -> bytes:
        """Tell of messages that are going, while they still have their numbers."""
        lost = set(uids).intersection(self._uids)
        return self._told(self._removals(lost)) if lost else b""

    async def changed(self) -> bytes:
        """Tell of messages that have changed or come since the last time."""
        selected = self._session.the_selected()
        uids = self._changed_uids(selected)
        if not uids:
            return b""
        hits = await finder_of(self._session, selected).find(self._keys, uids)
        found, known = set(hits.uids), set(uids).intersection(self._uids)
        removals = self._removals(known - found)
        return self._told([*removals, *await self._additions(found - known, selected)])

    def _changed_uids(self, selected: Selected) -> list[int]:
        """What the client knows and has not been looked at since it changed, ascending."""
        view, told = selected.view, self._serial
        self._serial = view.serial
        known = selected.uids
        newest, self._newest = self._newest, max(self._newest, known[-1] if known else 0)
        if told != view.serial and view.changes[0].serial > told + 1:
            return list(known)
        latest = takewhile(lambda change: change.serial > told, reversed(view.changes))
        changed = set(chain.from_iterable(change.uids for change in latest))
        return sorted({*filter(selected.is_known, changed), *known[bisect_left(known, newest + 1) :]})

    def _removals(self, uids: set[int]) -> list[Update]:
        """Take messages out, the last first, so that the places of others stay good meanwhile."""
        if not uids:
            return []
        places = [place for place, uid in enumerate(self._uids) if uid in uids]
        gone = [self._uids[place] for place in places]
        self._uids = array("I", [uid for uid in self._uids if uid not in uids])
        if self._criteria is None:
            return [Update(0, self._numbers(gone), is_removal=True)]
        stretches = [places[low : high + 1] for low, high in _stretches(places)]
        return [
            Update(stretch[0] + 1, self._numbers([gone[places.index(place)] for place in stretch]), is_removal=True)
            for stretch in reversed(stretches)
        ]

    async def _additions(self, uids: set[int], selected: Selected) -> list[Update]:
        """Put messages in, the first first: each place counts those before it."""
        if not uids:
            return []
        if self._criteria is None:
            self._uids = array("I", sorted({*self._uids, *uids}))
            return [Update(0, self._numbers(sorted(uids)))]
        finder = finder_of(self._session, selected)
        everything = await finder.find((_messages(sorted({*self._uids, *uids})),))
        order = await in_order(everything, self._criteria, catalogue_of(self._session, selected))
        self._uids = array("I", [everything.rows.uids[row] for row in order])
        places = [place for place, uid in enumerate(self._uids) if uid in uids]
        return [
            Update(places[low] + 1, self._numbers(self._uids[places[low] : places[high] + 1])) for low, high in _stretches(places)
        ]

    def _numbers(self, uids: Iterable[int]) -> list[int]:
        if self._is_uid:
            return list(uids)
        selected = self._session.the_selected()
        return [selected.number(uid) or 0 for uid in uids]

    def _told(self, changes: Sequence[Update]) -> bytes:
        return updates(self._tag, changes, uid=self._is_uid)


def _stretches(places: Sequence[int]) -> list[tuple[int, int]]:
    """Join places that lie side by side: the first and the last index into ``places`` of each stretch."""
    found: list[tuple[int, int]] = []
    for index, place in enumerate(places):
        if index and places[index - 1] == place - 1:
            found[-1] = found[-1][0], index
        else:
            found.append((index, index))
    return found


def _fixed(key: SearchKey, selected: Selected) -> SearchKey:
    """Put UIDs in place of message numbers and ``$``, within a key too."""
    if isinstance(key, Messages) and (key.messages.is_saved or not key.uid):
        return _messages(selected.chosen(key.messages, uid=key.uid))
    changed = {
        name: tuple(_fixed(inner, selected) for inner in value) if isinstance(value, tuple) else _fixed(value, selected)
        for name, value in msgspec.structs.asdict(key).items()
        if name in _WITHIN
    }
    return msgspec.structs.replace(key, **changed) if changed else key


_WITHIN: Final = frozenset({"key", "keys", "left", "right"})
"""Where keys have keys."""
_NO_MESSAGE: Final = ((4_294_967_295, 4_294_967_295),)


def _messages(uids: Sequence[int]) -> Messages:
    return Messages(SequenceSet(tuple(runs(uids)) or _NO_MESSAGE), uid=True)
