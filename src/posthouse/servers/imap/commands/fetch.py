"""FETCH and UID FETCH (RFC 9051 §6.4.5): page by page, so that neither the store nor a slow client holds the other up."""

from collections.abc import Sequence
from typing import Any, Final

from posthouse.foundation.errors import NotPermitted, PosthouseError, Unavailable
from posthouse.model.mailbox import Flag, FlagChange, FlagOperation
from posthouse.model.sharing.rights import Right
from posthouse.protocols.imap.commands.fetch import Fetch, FetchAttribute, FetchItem
from posthouse.protocols.imap.responses.codes import EXPUNGEISSUED
from posthouse.servers.imap.answers import Bad, Done, No
from posthouse.servers.imap.commands.limiting import limited
from posthouse.servers.imap.fetching.memory import Memory
from posthouse.servers.imap.fetching.page import Page
from posthouse.servers.imap.fetching.plan import Plan
from posthouse.servers.imap.fetching.stream import PIECE_OCTETS, Stream
from posthouse.servers.imap.mailbox.ranges import runs
from posthouse.servers.imap.mailbox.resync import since, vanished
from posthouse.servers.imap.mailbox.selected import Selected
from posthouse.servers.imap.modes import Modes
from posthouse.servers.imap.session import Session
from posthouse.transport.errors import Disconnected

PAGE_OCTETS: Final = 524_288
"""Memory that is set aside for a page while it is answered."""
PAGE_MESSAGES: Final = 1_000
LINE_OCTETS: Final = 256
"""The same for a line of flags and numbers."""


async def fetch(session: Session, command: Fetch) -> Done:
    """Answer what is asked for of some messages."""
    selected = session.the_selected()
    uids = await _chosen(session, selected, command)
    if command.modifiers.partial is not None:
        uids = uids[command.modifiers.partial.slice(len(uids))]
    uids, limit_code = limited(session, uids)
    plan = Plan(_attributes(command, session.modes), has_numbers=not session.modes.uid_only)
    answered = await answer_messages(session, selected, plan, uids)
    if answered < len(uids) and not command.uid:
        raise No("Some of the messages no longer exist", EXPUNGEISSUED)
    return Done("Messages fetched", limit_code)


async def answer_messages(session: Session, selected: Selected, plan: Plan, uids: list[int]) -> int:
    """Write what is wanted of messages the client knows, ascending; returns how many of them could be answered."""
    patience = session.patience(len(uids))
    questions = plan.questions(len(uids))
    memory = session.house.catalogues.of(selected.mail.account_id, selected.mailbox_id).memory if questions else None
    answered = 0
    start = 0
    while start < len(uids):
        patience.between(start)
        page, start = await _page(selected, plan, (memory, questions), uids, start)
        if page is not None:
            await _answer(session, plan, page)
            answered += len(page)
    return answered


async def _chosen(session: Session, selected: Selected, command: Fetch) -> list[int]:
    """UIDs of the messages to answer; where only changes are wanted, what vanished is told first (RFC 7162 §3.2.6)."""
    modifiers = command.modifiers
    if modifiers.vanished:
        _require_vanished(session, command)
    if modifiers.changed_since is not None or FetchItem.MODSEQ in command.attributes:
        session.enable_condstore()
    if modifiers.changed_since is None:
        return selected.chosen(command.messages, uid=command.uid)
    await selected.view.refresh(forced=True)
    happened = await since(selected.mail, selected, modifiers.changed_since)
    if modifiers.vanished:
        asked = runs(selected.saved) if command.messages.is_saved else command.messages.resolved(selected.view.uid_next - 1)
        session.write(vanished(selected, happened.expunged, asked))
    return selected.among(command.messages, happened.changed, uid=command.uid)


def _require_vanished(session: Session, command: Fetch) -> None:
    """Check where VANISHED may stand. Raises: Bad."""
    if not command.uid or command.modifiers.changed_since is None:
        raise Bad("VANISHED goes with UID FETCH and CHANGEDSINCE")
    if not session.modes.qresync:
        raise Bad("VANISHED wants ENABLE QRESYNC first")


def _attributes(command: Fetch, modes: Modes) -> Sequence[FetchAttribute]:
    """Attributes to answer: UID FETCH always answers the UID, which then comes first (RFC 9051 §6.4.9).

    It stands in front of UIDFETCH already. Who is told modification sequences is told them always (RFC 7162 §3.1).
    """
    attributes = command.attributes
    if command.uid and not modes.uid_only and FetchItem.UID not in attributes:
        attributes = (FetchItem.UID, *attributes)
    if modes.condstore and FetchItem.MODSEQ not in attributes:
        attributes = (*attributes, FetchItem.MODSEQ)
    return attributes


async def _page(
    selected: Selected, plan: Plan, kept: tuple[Memory | None, Sequence[bytes]], uids: list[int], start: int
) -> tuple[Page | None, int]:
    """Read the next page, None where nothing of it is there any more, and tell where to go on."""
    memory, questions = kept
    end = min(start + PAGE_MESSAGES, len(uids))
    known = {} if memory is None else memory.known(questions, uids[start:end])
    columns = plan.columns_beyond(known)
    rows: Sequence[tuple[Any, ...]] = [(uid,) for uid in uids[start:end]]
    if columns:
        read = await selected.mail.fetch(selected.mailbox_id, uids, columns, start)
        rows, end = read.rows, read.next_index
    elif plan.columns:
        await selected.mail.require(selected.mailbox_id, Right.READ)
    if not rows:
        return None, end
    page = Page(selected.mail, selected, columns, rows)
    page.memory, page.questions, page.known = memory, questions, known
    return page, end


async def _answer(session: Session, plan: Plan, page: Page) -> None:
    """Write the lines of one page."""
    budget = session.house.budget
    octets = PAGE_OCTETS if plan.columns else LINE_OCTETS * len(page)
    if not budget.take(octets):
        raise Unavailable("the server is short of memory, try again")
    try:
        newly_seen = await _set_seen(page) if plan.sets_seen and not page.selected.is_read_only else []
        session.write(b"".join(page.selected.new_keywords()))
        for piece in await plan.render(page):
            if isinstance(piece, bytes):
                session.write(piece)
            else:
                await _send(session, page, piece)
        if newly_seen and not plan.has_flags:
            session.write(b"".join([page.selected.flags_line(uid) for uid in newly_seen]))
        await session.drain()
    finally:
        budget.give(octets)


async def _set_seen(page: Page) -> list[int]:
    """Set Seen on the messages that have it not; returns their UIDs."""
    view = page.selected.view
    unseen = [uid for uid in page.uids if (position := view.position(uid)) is not None and not view.flags[position] & Flag.SEEN]
    if not unseen:
        return []
    change = FlagChange(FlagOperation.ADD, Flag.SEEN)
    try:
        stored = await page.mail.store_flags(page.selected.mailbox_id, unseen, change)
    except NotPermitted:  # without the right to it the message is read all the same (RFC 4314 §4)
        return []
    view.learn_own(stored.stored, page.selected)
    return stored.stored.uids


async def _send(session: Session, page: Page, stream: Stream) -> None:
    """Write a long stretch of a message as fast as the client reads.

    Raises: Disconnected when the store fails: the client has been promised octets, and nothing else can be said.
    """
    for start in range(stream.start, stream.end, PIECE_OCTETS):
        end = min(start + PIECE_OCTETS, stream.end)
        try:
            octets = await page.mail.read(page.selected.mailbox_id, stream.uid, start, end - start)
        except PosthouseError as error:
            raise Disconnected("a message could not be read to its end") from error
        session.write(octets.replace(b"\x00", b" "))
        await session.drain()
