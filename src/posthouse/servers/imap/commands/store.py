"""STORE and UID STORE (RFC 9051 §6.4.6, RFC 7162 §3.1.3)."""

from collections.abc import Sequence

from posthouse.model.mailbox import FlagChange, FlagOperation
from posthouse.protocols.imap.commands.store import Store, StoreOperation
from posthouse.protocols.imap.responses.codes import EXPUNGEISSUED, modified
from posthouse.servers.imap.answers import Done, No
from posthouse.servers.imap.commands.limiting import done, limited
from posthouse.servers.imap.flags import from_wire
from posthouse.servers.imap.mailbox.selected import Selected
from posthouse.servers.imap.session import Session
from posthouse.servers.imap.telling import catch_up

_OPERATIONS = {
    StoreOperation.REPLACE: FlagOperation.REPLACE,
    StoreOperation.ADD: FlagOperation.ADD,
    StoreOperation.REMOVE: FlagOperation.REMOVE,
}


async def store(session: Session, command: Store) -> Done:
    """Change flags of some messages, all in one transaction."""
    selected = session.writable()
    uids, limit_code = limited(session, selected.chosen(command.messages, uid=command.uid))
    bits, keywords = from_wire(command.flags)
    if command.unchanged_since is not None:
        session.enable_condstore()
    if not uids:
        return Done("Flags stored")
    change = FlagChange(_OPERATIONS[command.operation], bits, _spelled(selected, keywords), command.unchanged_since)
    with session.patience():
        stored = await selected.mail.store_flags(selected.mailbox_id, uids, change)
    # Programs store flags one by one; the view stays stale if it was, and the next other command asks.
    selected.knows_all = selected.view.learn_own(stored.stored, selected)
    if stored.modified:
        await catch_up(session)
    await _tell(session, selected, command, uids, (stored.stored.uids, stored.modified))
    ended = _done(selected, command, uids, stored.modified)
    return done(session, ended.text, ended.code, limit_code)


def _done(selected: Selected, command: Store, uids: list[int], left_alone: list[int]) -> Done:
    """Say what could not be stored.

    Raises: No, code EXPUNGEISSUED, where a message asked for by its number is gone, and the client wants to hear (RFC 2180 §4.2).
    """
    if left_alone:
        numbers = left_alone if command.uid else selected.numbers(left_alone)
        return Done("Some messages have changed and were left alone", modified(numbers))
    if not command.uid and not command.silent and selected.missing(uids):
        raise No("Some of the messages no longer exist", EXPUNGEISSUED)
    return Done("Flags stored")


async def _tell(
    session: Session, selected: Selected, command: Store, uids: list[int], outcome: tuple[list[int], list[int]]
) -> None:
    """Say the flags of the messages, changed or not; new keywords are announced first.

    After a silent STORE there are modification sequences to be told all the same, and the flags of what was left alone.
    """
    stored, left_alone = outcome
    session.write(b"".join(selected.new_keywords()))
    if not command.silent:
        await _write(session, selected, uids)
    elif session.modes.condstore:
        passed = stored if command.unchanged_since is None else sorted({*uids} - {*left_alone})
        await _write(session, selected, passed, is_silent=True)
        await _write(session, selected, left_alone)


async def _write(session: Session, selected: Selected, uids: Sequence[int], *, is_silent: bool = False) -> None:
    for start in range(0, len(uids), 1_000):
        here = [uid for uid in uids[start : start + 1_000] if selected.view.position(uid) is not None]
        session.write(b"".join([selected.flags_line(uid, is_silent=is_silent) for uid in here]))
        await session.drain()


def _spelled(selected: Selected, keywords: tuple[str, ...]) -> tuple[str, ...]:
    """Keywords as they are spelt here already: case makes no difference (RFC 9051 §2.3.2)."""
    return tuple([selected.view.keyword_names.get(keyword.lower(), keyword) for keyword in keywords])
