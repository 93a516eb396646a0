"""THREAD and UID THREAD (RFC 5256 §3)."""

from collections.abc import Callable
from itertools import compress

from posthouse.protocols.imap.commands.search.thread import Thread, ThreadAlgorithm
from posthouse.protocols.imap.projections.registry import REFERENCES
from posthouse.protocols.imap.responses import search as response
from posthouse.servers.imap.answers import Done
from posthouse.servers.imap.commands.search.filters import with_filters
from posthouse.servers.imap.commands.search.looking import catalogue_of, look
from posthouse.servers.imap.searching.catalogue import Catalogue
from posthouse.servers.imap.searching.finder import Hits
from posthouse.servers.imap.searching.pacing import Pace
from posthouse.servers.imap.searching.sorting import sent_moments
from posthouse.servers.imap.searching.threads.forest import Forest, thread_text
from posthouse.servers.imap.searching.threads.ordered_subject import by_subject
from posthouse.servers.imap.searching.threads.references import Sources, by_references
from posthouse.servers.imap.session import Session

_STRIDE = 512


async def thread(session: Session, command: Thread) -> Done:
    """Find messages and say which belong together; the answer for a whole mailbox is remembered until mail comes or goes."""
    selected = session.the_selected()
    command = await with_filters(session, command)
    catalogue = catalogue_of(session, selected)
    with session.patience():
        hits = await look(session, selected, command.keys, None)
        is_whole = len(hits.uids) == len(hits.rows)
        question = (command.algorithm, command.uid)
        text: bytes | None = catalogue.answer(question, hits.rows) if is_whole else None
        if text is None:
            text = await _text(await _forest(hits, command.algorithm, catalogue), hits, uid=command.uid)
            if is_whole:
                catalogue.remember(question, hits.rows, text, len(text))
    session.write(response.thread(text))
    return Done("Thread completed")


async def _forest(hits: Hits, algorithm: ThreadAlgorithm, catalogue: Catalogue) -> Forest:
    rows = hits.rows
    subjects = await catalogue.column("subject", rows)
    moments = await sent_moments(rows, catalogue)
    chosen = list(compress(range(len(rows)), hits.mask))
    if algorithm is ThreadAlgorithm.ORDEREDSUBJECT:
        return await by_subject(chosen, subjects, moments)
    references: list[bytes] = [b""] * len(rows)
    for row, octets in zip(chosen, await rows.values(REFERENCES, hits.uids), strict=True):
        references[row] = octets
    return await by_references(chosen, Sources(references, subjects, moments))


async def _text(forest: Forest, hits: Hits, *, uid: bool) -> bytes:
    uids = hits.rows.uids

    def shown_uid(row: int) -> bytes:
        return b"%d" % uids[row]

    def shown_number(row: int) -> bytes:
        return b"%d" % (row + 1)

    shown: Callable[[int], bytes] = shown_uid if uid else shown_number
    pace, texts = Pace(), []
    for count, found in enumerate(forest.threads):
        texts.append(thread_text(found, forest.answers, shown))
        if not count % _STRIDE:
            await pace.step()
    return b"".join(texts)
