"""What one account has in the queues."""

from collections.abc import Collection, Iterable

from posthouse.foundation.ids import QueueId
from posthouse.model.account import Account
from posthouse.model.delivery import START, Position, Wanted
from posthouse.ports.directory import DirectoryReader
from posthouse.ports.queue import Queue

PAGE = 1_000


async def senders_of(directory: DirectoryReader, account: Account) -> frozenset[str]:
    """The reverse-paths an account writes with, in lower case. Raises: Unavailable."""
    aliases = await directory.aliases_to(account.key)
    return frozenset({account.address.lower(), *(alias.address.lower() for alias in aliases)})


async def change_queued(queues: Iterable[Queue], senders: Collection[str], verb: str) -> int:
    """``hold``, ``release`` or ``purge`` everything of these senders; tells how many recipients. Raises: Unavailable."""
    count = 0
    for queue in queues:
        for sender in senders:
            place: Position | None = START
            while place is not None:
                page = await queue.rows(Wanted(sender=sender), place, PAGE)
                # The queue looks for a text in the sender: bob@x stands in jacob@x too.
                chosen = dict.fromkeys((QueueId(row.id), row.address) for row in page if row.reverse_path.lower() == sender)
                count += await queue.change(list(chosen), verb) if chosen else 0
                place = Position(page[-1].id, page[-1].number) if len(page) == PAGE else None
    return count
