"""Copying and moving messages between accounts: read from the one, appended to the other, all or none.

Originals are expunged only after the copies are durable; a crash between the two leaves both, never none.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from posthouse.foundation.errors import PosthouseError
from posthouse.foundation.ids import MailboxId
from posthouse.foundation.limits import INLINE_BODY_OCTETS
from posthouse.model.content import Body, Content
from posthouse.model.delivery import Append
from posthouse.model.mailbox import Placed
from posthouse.model.sharing.rights import Right
from posthouse.ports.account_store import FLAGS, KEYWORDS, OCTETS, RECEIVED_AT, SIZE
from posthouse.ports.spool import Spool, SpoolFile
from posthouse.services.mail import Mail
from posthouse.services.sharing.rules import FLAG_RIGHTS

_COLUMNS: Final = (RECEIVED_AT, FLAGS, KEYWORDS, SIZE, OCTETS)
_PIECE_OCTETS: Final = 131_072
PORTION_OCTETS: Final = 2_097_152
"""Octets of small messages held in memory at once."""
_DELETE: Final = Right.DELETE_MESSAGES | Right.EXPUNGE
Place = tuple[Mail, MailboxId]
"""A mailbox in an account that is open."""


class Transferring:
    """Copies and moves messages from anywhere to anywhere."""

    __slots__ = ("_spool",)

    def __init__(self, spool: Spool) -> None:
        self._spool = spool

    async def copy(self, source: Place, uids: Sequence[int], destination: Place) -> Placed:
        """Place messages in another mailbox too; UIDs not known are left out.

        Raises: NotFound, NotPermitted, OverQuota, and what else the stores raise; nothing is placed then.
        """
        mail, mailbox_id = source
        if await _is_one_transaction(source, destination):
            return await mail.copy(mailbox_id, uids, destination[1])
        await mail.require(mailbox_id, Right.READ)
        return await self._copy(source, uids, destination)

    async def move(self, source: Place, uids: Sequence[int], destination: Place) -> Placed:
        """Place messages in another mailbox instead. Raises: as ``copy``."""
        mail, mailbox_id = source
        if await _is_one_transaction(source, destination):
            return await mail.move(mailbox_id, uids, destination[1])
        await mail.require(mailbox_id, Right.READ | _DELETE)
        placed = await self._copy(source, uids, destination)
        await mail.expunge(mailbox_id, placed.source_uids, forced=True)
        return placed

    async def _copy(self, source: Place, uids: Sequence[int], destination: Place) -> Placed:
        mail, mailbox_id = destination
        await mail.require(mailbox_id, Right.INSERT)
        there = await mail.mailbox(mailbox_id)
        done: list[Placed] = []
        sources: list[int] = []
        start = 0
        try:
            while start < len(uids):
                page = await source[0].fetch(source[1], uids, _COLUMNS, start)
                start = page.next_index
                live = await _live(source, [row[0] for row in page.rows])
                for rows in _portions([row for row in page.rows if row[0] in live]):
                    done.append(await self._append(source, rows, destination))
                    sources += [row[0] for row in rows]
        except BaseException:
            await _take_back(done, destination)
            raise
        placed = [uid for portion in done for uid in portion.uids]
        return Placed(there.uid_validity, placed, sources, done[-1].mod_sequence if done else 0)

    async def _append(self, source: Place, rows: Sequence[Sequence[Any]], destination: Place) -> Placed:
        spooled: list[SpoolFile] = []
        try:
            appends = []
            for uid, received_at, flags, keywords, size, octets in rows:
                body = octets if octets is not None else await self._body(source, uid, size, spooled)
                appends.append(Append(Content(body), received_at, flags, tuple(keywords.split())))
            return await destination[0].append(destination[1], appends)
        finally:
            for file in spooled:
                await file.discard()

    async def _body(self, source: Place, uid: int, size: int, spooled: list[SpoolFile]) -> Body:
        """Octets of a message that no page holds: small ones in memory, larger ones through the spool."""
        mail, mailbox_id = source
        if size <= INLINE_BODY_OCTETS:
            return await mail.read(mailbox_id, uid)
        file = await self._spool.create()
        spooled.append(file)
        for start in range(0, size, _PIECE_OCTETS):
            await file.write(await mail.read(mailbox_id, uid, start, _PIECE_OCTETS))
        return await file.finish()


async def _is_one_transaction(source: Place, destination: Place) -> bool:
    """Whether the store can do it alone: one account, and whoever copies may set all flags that go with the messages."""
    if source[0].account_id != destination[0].account_id:
        return False
    return await destination[0].rights(destination[1]) & FLAG_RIGHTS == FLAG_RIGHTS


def _portions(rows: Sequence[Sequence[Any]]) -> Iterator[list[Sequence[Any]]]:
    """Divide messages so that those of a portion fit in memory; large ones go through the spool and take none."""
    portion: list[Sequence[Any]] = []
    held = 0
    for row in rows:
        size = row[1 + _COLUMNS.index(SIZE)]
        octets = size if size <= INLINE_BODY_OCTETS else 0
        if portion and held + octets > PORTION_OCTETS:
            yield portion
            portion, held = [], 0
        portion.append(row)
        held += octets
    if portion:
        yield portion


async def _live(source: Place, uids: Sequence[int]) -> set[int]:
    """Those of the UIDs (ascending) that are not expunged: the store still answers for those."""
    if not uids:
        return set()
    found: set[int] = set()
    after = uids[0] - 1
    while after < uids[-1]:
        page = await source[0].placements(source[1], after)
        found.update(page.uids)
        if not page.more:
            break
        after = page.uids[-1]
    return found


async def _take_back(done: Sequence[Placed], destination: Place) -> None:
    """Undo what was placed before something failed; rights to insert are enough to take back what one has just inserted."""
    mail, mailbox_id = destination
    for portion in done:
        try:
            await mail.withdraw(mailbox_id, portion.uids)
        except PosthouseError:
            return
