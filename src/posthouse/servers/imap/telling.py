"""Telling a client what happens in its mailboxes, when it may be told."""

import logging

from posthouse.foundation.errors import PosthouseError
from posthouse.protocols.imap.responses import codes
from posthouse.protocols.imap.responses.status import untagged_no, untagged_ok
from posthouse.servers.imap.mailbox.selected import Selected
from posthouse.servers.imap.session import Session

_log = logging.getLogger(__name__)


async def tell_unasked(session: Session) -> None:
    """Tell between commands what the client wants to know without one (IDLE, NOTIFY)."""
    watch = session.watch
    if session.selected is not None and (session.is_idle or (watch is not None and watch.follows)):
        await tell_news(session, with_expunges=session.is_idle or (watch is not None and watch.tells_expunges))
    if watch is not None and not session.is_closing:
        await watch.tell()


async def tell_news(session: Session, *, with_expunges: bool) -> None:
    """Write what has happened in the selected mailbox, as far as it may be told now.

    What cannot be read from the store now is told another time.
    """
    selected = session.selected
    if selected is None:
        return
    try:
        if not selected.knows_all:
            # Who has been told a modification sequence must not miss an earlier one when the connection breaks.
            await selected.view.refresh(forced=session.modes.condstore and selected.view.is_ahead)
    except PosthouseError as error:
        _log.warning("news of a mailbox could not be read: %s", error)
    selected.knows_all = False
    if not selected.results:
        await _write_news(session, selected, with_expunges=with_expunges)
    else:
        await _tell_news_of_results(session, selected, with_expunges=with_expunges)
    if with_expunges and selected.view.is_gone and selected.mail.viewer is not None:
        _tell_end_of_sharing(session, selected)


async def catch_up(session: Session, *, forced: bool = True) -> None:
    """Learn what happened in the selected mailbox; a command that has done its work does not fail where that cannot be read."""
    if session.selected is not None:
        try:
            await session.selected.view.refresh(forced=forced)
        except PosthouseError as error:
            _log.warning("news of a mailbox could not be read: %s", error)


async def _write_news(session: Session, selected: Selected, *, with_expunges: bool) -> None:
    known = selected.uid_told
    for portion in selected.news(with_expunges=with_expunges):
        session.write(portion)
        await session.drain()
    if session.watch is not None and selected.uid_told > known:
        await session.watch.show(selected, known)


async def _tell_news_of_results(session: Session, selected: Selected, *, with_expunges: bool) -> None:
    """Write news with what they mean for results that are kept up to date: who leaves does so before the number is void."""
    if with_expunges:
        session.write(b"".join([result.losing(selected.gone) for result in selected.results.values()]))
    await _write_news(session, selected, with_expunges=with_expunges)
    try:
        for result in tuple(selected.results.values()):
            session.write(await result.changed())
    except PosthouseError as error:
        _log.warning("a result could not be kept up to date: %s", error)


def _tell_end_of_sharing(session: Session, selected: Selected) -> None:
    """Say that what others shared is not there any more; IMAP4rev2 knows a mailbox that closes by itself (RFC 9051 §3).

    To others it is an empty mailbox, of which every further command says that it is gone.
    """
    if session.rev2:
        session.leave()
        session.write(untagged_ok(session.modes.say("The mailbox is not shared with you any more"), codes.CLOSED))
    elif not selected.is_end_told:
        selected.is_end_told = True
        session.write(untagged_no(session.modes.say("The mailbox is not shared with you any more"), codes.NOPERM))
