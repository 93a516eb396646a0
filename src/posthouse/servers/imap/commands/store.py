"""STORE and UID STORE (RFC 9051 §6.4.6)."""

from posthouse.model.mailbox import FlagChange, FlagOperation
from posthouse.protocols.imap.commands.store import Store, StoreOperation
from posthouse.servers.imap.answers import Done
from posthouse.servers.imap.flags import from_wire
from posthouse.servers.imap.mailbox.selected import Selected
from posthouse.servers.imap.session import Session

_OPERATIONS = {
    StoreOperation.REPLACE: FlagOperation.REPLACE,
    StoreOperation.ADD: FlagOperation.ADD,
    StoreOperation.REMOVE: FlagOperation.REMOVE,
}


async def store(session: Session, command: Store) -> Done:
    """Change flags of some messages, all in one transaction."""
    mail, _ = session.the_mail()
    selected = session.writable()
    uids = selected.chosen(command.messages, uid=command.uid)
    bits, keywords = from_wire(command.flags)
    if uids:
        change = FlagChange(_OPERATIONS[command.operation], bits, _spelled(selected, keywords))
        stored = await mail.store_flags(selected.mailbox_id, uids, change)
        # Programs store flags one by one; the view stays stale if it was, and the next other command asks.
        selected.knows_all = selected.view.learn_own(stored.stored, selected)
        if not command.silent:
            await _tell(session, selected, uids)
    return Done("Flags stored")


async def _tell(session: Session, selected: Selected, uids: list[int]) -> None:
    """Say the flags of the messages, changed or not; new keywords are announced first."""
    session.write(b"".join(selected.new_keywords()))
    for start in range(0, len(uids), 1_000):
        lines = [selected.flags_line(uid) for uid in uids[start : start + 1_000] if selected.view.position(uid) is not None]
        session.write(b"".join(lines))
        await session.drain()


def _spelled(selected: Selected, keywords: tuple[str, ...]) -> tuple[str, ...]:
    """Keywords as they are spelt here already: case makes no difference (RFC 9051 §2.3.2)."""
    return tuple([selected.view.keyword_names.get(keyword.lower(), keyword) for keyword in keywords])
