"""The ways in from the machine itself, over an open house: one message, or another program's mail."""

import contextlib
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from posthouse.adapters.mail_files.source import open_source
from posthouse.adapters.trace.database import TraceDatabase
from posthouse.bootstrap.commands.administration import administration
from posthouse.bootstrap.house import OPERATOR, House
from posthouse.bootstrap.storage import CLOCK, ENTROPY
from posthouse.formats.address.value import Address
from posthouse.formats.line_ends import each_to_crlf
from posthouse.foundation.budget import Budget
from posthouse.foundation.errors import TemporaryFailure
from posthouse.model.settings.receiving import SMTP_MESSAGE_OCTETS
from posthouse.ports.trace import Trace, TraceEvent
from posthouse.protocols.imap.projections.registry import HEADER
from posthouse.servers.smtp.batch import Batch, Outcome
from posthouse.services.from_inside.deposit import Deposited, Depositor
from posthouse.services.from_inside.hand_in import HandIn
from posthouse.services.migrate.importer import Imported, Importer, ImportingParts, Progress
from posthouse.services.receive.forwarding import Forwarding
from posthouse.services.receive.receiver import Receiver, ReceivingParts


async def deposit(house: House, recipient: str, message: Iterable[bytes], sender: str) -> Deposited:
    """Deliver one message to an address of ours (``Depositor.deposit``)."""
    async with _receiving(house) as receiver:
        return await Depositor(receiver, house.settings).deposit(OPERATOR, recipient, message, sender)


async def hand_in(house: House, sender: Address | None, recipients: Sequence[Address], message: Iterable[bytes]) -> str:
    """Take one message of another program's for anybody (``HandIn.message``); returns its trace id."""
    async with _receiving(house) as receiver:
        return await HandIn(receiver, house.settings).message(sender, recipients, message, "UUCP")


async def hand_in_batch(house: House, octets: Iterable[bytes]) -> Outcome:
    """Take a batch of SMTP commands, lines ended by LF or CRLF. Raises: TemporaryFailure, with what was kept before it."""
    async with _receiving(house) as receiver:
        batch = Batch(HandIn(receiver, house.settings), house.settings[SMTP_MESSAGE_OCTETS])
        try:
            for chunk in each_to_crlf(octets):
                await batch.feed(chunk)
        except TemporaryFailure as error:
            raise type(error)(f"{error}; {len(batch.outcome.kept)} messages before it are kept") from error
        finally:
            await batch.end()
        return batch.outcome


async def bring_in(house: House, address: str, path: Path, mailbox: str, progress: Progress) -> Imported:
    """Bring in the mail at a path (``Importer.bring_in``)."""
    importer = Importer(ImportingParts(administration(house), house.spool, HEADER))
    return await importer.bring_in(OPERATOR, address, open_source(path), mailbox=mailbox, progress=progress)


@asynccontextmanager
async def _receiving(house: House) -> AsyncIterator[Receiver]:
    async with _traced(house) as trace:
        yield Receiver(
            ReceivingParts(
                house.config.hostname,
                house.directory,
                house.accounts,
                house.queues[0],
                house.spool,
                Budget(house.config.memory_octets),
                house.settings,
                CLOCK,
                ENTROPY,
                trace,
                Forwarding(house.vault.keyed, CLOCK),
            )
        )


class _Notes:
    """Trace events of a command that is the owner itself: written when it is done."""

    def __init__(self, database: TraceDatabase) -> None:
        self._database = database
        self.events: list[TraceEvent] = []

    def append(self, event: TraceEvent) -> None:
        """Remember an event."""
        self.events.append(event)

    async def find(self, subject: str, limit: int = 1_000) -> list[TraceEvent]:
        """Events that are written already."""
        return await self._database.find(subject, limit)


@asynccontextmanager
async def _traced(house: House) -> AsyncIterator[Trace]:
    trace = house.trace
    if isinstance(trace, TraceDatabase):
        notes = _Notes(trace)
        yield notes
        if notes.events:
            await trace.append_all(notes.events)
        return
    with contextlib.suppress(TemporaryFailure):
        await trace.find("")  # a question opens the way to the keeper
    yield trace
    with contextlib.suppress(TemporaryFailure):
        await trace.find("")  # its answer means that what was noted before has arrived
