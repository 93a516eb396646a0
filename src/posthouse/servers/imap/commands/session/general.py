"""CAPABILITY NOOP LOGOUT ID ENABLE NAMESPACE IDLE UNAUTHENTICATE (RFC 9051 §6.1, §6.3; RFC 2971, 2177, 8437)."""

from posthouse.foundation.errors import PosthouseError
from posthouse.model.mailbox import SEPARATOR
from posthouse.protocols.imap.commands.session.general import (
    Capability,
    Enable,
    Id,
    Idle,
    Logout,
    Namespace,
    Noop,
    Unauthenticate,
)
from posthouse.protocols.imap.events import Event, LineReceived
from posthouse.protocols.imap.responses import session as response
from posthouse.protocols.imap.responses.codes import UNAVAILABLE
from posthouse.protocols.imap.responses.status import bye, continuation, ok
from posthouse.protocols.imap.state import State
from posthouse.servers.imap.answers import Bad, Done, sentence
from posthouse.servers.imap.capabilities import ENABLED_BY_NAME
from posthouse.servers.imap.folders.namespaces import TOPS
from posthouse.servers.imap.session import Session
from posthouse.servers.imap.telling import catch_up, tell_news


async def capability(session: Session, command: Capability) -> Done:
    """Say what works here and now."""
    del command
    session.write(response.capability(session.capabilities()))
    return Done("Capabilities listed")


async def noop(session: Session, command: Noop) -> Done:
    """Do nothing, but look whether something has happened."""
    del command
    await catch_up(session)
    return Done("Nothing done")


async def logout(session: Session, command: Logout) -> None:
    """Say goodbye."""
    del command
    session.leave()
    session.write(bye(session.modes.say("Good bye")) + ok(session.tag, session.modes.say("Logged out")))
    session.connection.state = State.LOGOUT
    session.close()


async def id_(session: Session, command: Id) -> Done:
    """Say who we are; of what the client says of itself only its name counts: for quirks, and for its owner to see."""
    session.client_name = next((value or b"" for name, value in command.parameters or () if name.lower() == b"name"), b"")
    if session.principal is not None and session.client_name:
        session.house.authenticator.note_use(session.principal, session.source)
    version = session.house.version
    session.write(response.id_({"name": "Posthouse", "version": version} if version else {"name": "Posthouse"}))
    return Done("Pleased to meet you")


async def enable(session: Session, command: Enable) -> Done:
    """Switch on what is known; what is not is passed over (RFC 9051 §6.3.1)."""
    known = [ENABLED_BY_NAME[name] for name in dict.fromkeys(command.capabilities) if name in ENABLED_BY_NAME]
    names = [name for name in known if name not in session.hidden_capabilities]
    modes = session.modes
    session.write(response.enabled(names))
    if b"IMAP4rev2" in names or b"UTF8=ACCEPT" in names:
        session.connection.utf8 = True
    if b"CONDSTORE" in names or b"QRESYNC" in names:
        session.enable_condstore()
    modes.rev2 |= b"IMAP4rev2" in names
    modes.qresync |= b"QRESYNC" in names
    modes.uid_only |= b"UIDONLY" in names
    return Done("Enabled" if names else "Nothing to enable")


async def unauthenticate(session: Session, command: Unauthenticate) -> Done | None:
    """Go back to before login; there is no NO (RFC 8437 §3), so that where that cannot be the connection ends."""
    del command
    if b"UNAUTHENTICATE" in session.hidden_capabilities:
        raise Bad("UNAUTHENTICATE is not offered here")
    session.sign_out()
    try:
        leave = await session.house.connections.enter(session.address)
    except PosthouseError as error:
        session.say_goodbye(sentence(str(error)), UNAVAILABLE)
        return None
    session.counted_by_address(leave)
    return Done("Signed out")


async def namespace(session: Session, command: Namespace) -> Done:
    """One's own mailboxes, those of other people, and those of accounts that belong to nobody alone."""
    del command
    session.write(response.namespace(SEPARATOR.encode(), *[(top + SEPARATOR).encode() for top in TOPS]))
    return Done("Namespaces listed")


async def idle(session: Session, command: Idle) -> None:
    """Tell news as it happens, until DONE."""
    del command
    session.write(continuation("Idling"))
    session.flush()
    session.connection.await_line()
    session.dialogue = Idling(session)
    session.is_idle = True
    if session.selected is not None:
        session.selected.view.listeners.add(session.on_news)
        await tell_news(session, with_expunges=True)


class Idling:
    """An IDLE under way."""

    __slots__ = ("_session",)

    def __init__(self, session: Session) -> None:
        self._session = session

    async def take(self, event: Event) -> Done:
        """End with DONE.

        Raises: Bad for anything else.
        """
        self._stop()
        if isinstance(event, LineReceived) and event.octets.strip().upper() == b"DONE":
            return Done("No longer idle")
        raise Bad("DONE was expected")

    async def abandon(self) -> None:
        """Listen no more."""
        self._stop()

    def _stop(self) -> None:
        session = self._session
        session.is_idle = False
        if session.selected is not None and (session.watch is None or not session.watch.follows):
            session.selected.view.listeners.discard(session.on_news)
