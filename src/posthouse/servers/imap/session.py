"""What a session knows: who is signed in, which mailbox is selected, what is still to be written. ``driver.py`` makes it move."""

import asyncio
import ipaddress
import logging
from collections.abc import Callable
from typing import Final, Protocol

from posthouse.foundation.errors import PosthouseError
from posthouse.foundation.ids import AccountId
from posthouse.model.principal import Principal
from posthouse.model.settings.programs import IMAP_IDLE_SECONDS, IMAP_LOGIN_SECONDS, IMAP_MESSAGE_LIMIT, IMAP_UNAUTHENTICATE
from posthouse.model.settings.receiving import SMTP_MESSAGE_OCTETS
from posthouse.model.settings.signing_in import AUTH_PLAINTEXT_LOOPBACK
from posthouse.model.sharing.rights import Right
from posthouse.protocols.imap.commands.session.general import NUMBERS_WITH_UIDONLY
from posthouse.protocols.imap.connection import Connection
from posthouse.protocols.imap.events import Event
from posthouse.protocols.imap.responses import codes
from posthouse.protocols.imap.responses.status import bye, ok, untagged_ok
from posthouse.protocols.imap.state import State
from posthouse.protocols.sasl.registry import offered_mechanisms
from posthouse.servers.imap import capabilities
from posthouse.servers.imap.answers import Bad, Done, No
from posthouse.servers.imap.folders.by_name import Folder, Folders
from posthouse.servers.imap.house import House
from posthouse.servers.imap.mailbox.selected import Selected
from posthouse.servers.imap.modes import Modes
from posthouse.servers.imap.progress import Patience
from posthouse.services.connections import Leave
from posthouse.services.guard.guarding import Source
from posthouse.services.mail import Mail
from posthouse.services.sessions import End
from posthouse.services.sharing.rules import CHANGING
from posthouse.transport.deflate import STATE_OCTETS
from posthouse.transport.wire import Wire

FLUSH_OCTETS: Final = 65_536
TURN_SECONDS: Final = 0.002
"""Commands are served for so long before others get a turn."""
CLOSING_SECONDS: Final = 30.0
"""How long a client may take to read what was said last."""

_log = logging.getLogger(__name__)


class Dialogue(Protocol):
    """A command that needs more from the client than its first line: AUTHENTICATE, IDLE, APPEND."""

    async def take(self, event: Event) -> Done | None:
        """Go on with what came; returns how the command ends, or None while it goes on.

        Raises: what commands raise; the dialogue is over then.
        """
        ...

    async def abandon(self) -> None:
        """The client broke off, or is gone: give back what is held."""
        ...


class Watcher(Protocol):
    """What the client has asked to be told without a command (NOTIFY)."""

    @property
    def follows(self) -> bool:
        """Whether anything is wanted of the selected mailbox."""
        ...

    @property
    def tells_expunges(self) -> bool:
        """Whether its expunges are told at any time."""
        ...

    def follow(self, selected: Selected) -> None:
        """Tell of the selected mailbox what is wanted, and no more, from now on."""
        ...

    async def show(self, selected: Selected, uid_known: int) -> None:
        """Tell what is wanted of messages from ``uid_known`` on, which the client has just learned of."""
        ...

    async def tell(self) -> None:
        """Tell what has happened to other mailboxes."""
        ...

    def stop(self) -> None:
        """Follow nothing any more."""
        ...


class Session:
    """One client's session."""

    __slots__ = (
        "_leave_address",
        "_out",
        "_out_octets",
        "_sign_off",
        "_wire",
        "client_name",
        "connection",
        "dialogue",
        "folders",
        "house",
        "is_closing",
        "is_draining",
        "is_idle",
        "mail",
        "modes",
        "on_news",
        "on_revoked",
        "own_limit",
        "principal",
        "selected",
        "tag",
        "turn_until",
        "warned",
        "watch",
    )

    def __init__(self, house: House, wire: Wire, connection: Connection) -> None:
        self.house = house
        self.connection = connection
        self.turn_until = 0.0
        """When others want to have their turn, on the event loop's clock."""
        self.tag = b"*"
        """Tag of the command being served."""
        self.dialogue: Dialogue | None = None
        self.principal: Principal | None = None
        self.mail: Mail | None = None
        self.folders: Folders | None = None
        self.selected: Selected | None = None
        self.modes = Modes()
        self.warned: set[AccountId] = set()
        """Accounts that the client has been told are nearly full."""
        self.client_name = b""
        """What the client has called itself by ID."""
        self.is_closing = False
        self.is_draining = False
        """The client reads slowly, and that is waited for."""
        self.is_idle = False
        """IDLE is under way."""
        self.watch: Watcher | None = None
        self.on_news: Callable[[], None] = _nothing
        """Called when something happens to a mailbox this session waits on."""
        self.on_revoked: End = _unheard
        """Called with the reason when the credential of this session counts no longer."""
        self._wire, self._out_octets, self.own_limit = (
            wire,
            0,
            0,
        )
        self._out: list[bytes] = []
        self._sign_off: Callable[[], None] = _nothing
        self._leave_address: Leave | None = None

    # Writing

    def write(self, octets: bytes) -> None:
        """Say something, a little later."""
        if octets:
            self._out.append(octets)
            self._out_octets += len(octets)

    def flush(self) -> None:
        """Send what was written."""
        if self._out:
            self._wire.write(self._out[0] if len(self._out) == 1 else b"".join(self._out))
            self._out.clear()
            self._out_octets = 0

    async def drain(self) -> None:
        """Send what was written once it is much, wait while the client reads slowly, and let others have their turn.

        Raises: Disconnected.
        """
        if self._out_octets >= FLUSH_OCTETS:
            self.flush()
        self.is_draining = True
        try:
            await self._wire.drain()
        finally:
            self.is_draining = False
        if self.principal is not None:
            self._wire.set_deadline(self.house.settings[IMAP_IDLE_SECONDS])
        loop = asyncio.get_running_loop()
        if loop.time() > self.turn_until:
            await asyncio.sleep(0)
            self.begin_turn()

    def begin_turn(self) -> None:
        """Others wait for a while from now on, and then have theirs at the next ``drain``."""
        self.turn_until = asyncio.get_running_loop().time() + TURN_SECONDS

    def say_goodbye(self, reason: str, code: bytes = codes.EXPIRED) -> None:
        """Say why, and close."""
        self.write(bye(self.modes.say(reason), code))
        self.close()

    def close(self) -> None:
        """Send what was written and close."""
        self.is_closing = True
        self.flush()
        self._wire.close()
        self._wire.set_deadline(CLOSING_SECONDS)

    # What is switched on

    @property
    def rev2(self) -> bool:
        """Whether the client has enabled IMAP4rev2."""
        return self.modes.rev2

    def enable_condstore(self) -> None:
        """Tell modification sequences from now on: every command that speaks of them switches this on (RFC 7162 §3.1)."""
        if self.modes.condstore:
            return
        self.modes.condstore = True
        if self.selected is not None:
            self.write(untagged_ok(self.modes.say("Known up to here"), codes.highest_mod_sequence(self.selected.safe_sequence)))

    def patience(self, goal: int | None = None) -> Patience:
        """For a command that may take long: a context in which the client is told that it is still worked on."""
        return Patience(self, goal)

    @property
    def can_start_tls(self) -> bool:
        """Whether STARTTLS would work."""
        return self.house.starttls is not None and not self._wire.tls

    @property
    def may_log_in(self) -> bool:
        """Whether credentials are taken on this connection as it is."""
        return self._wire.tls or (self._is_loopback() and self.house.settings[AUTH_PLAINTEXT_LOOPBACK])

    @property
    def source(self) -> Source:
        """Where the client signs in from."""
        return Source(self._wire.peer[0], "imap", self.client_name.decode("utf-8", "replace"))

    @property
    def mechanisms(self) -> tuple[str, ...]:
        """The SASL mechanisms that work on this connection as it is."""
        offers = self.house.authenticator.offers(self._wire.end_point)
        return offered_mechanisms(**offers) if self.may_log_in else ()

    @property
    def bindings(self) -> dict[str, bytes]:
        """The channel bindings that are offered, by type."""
        return self.house.authenticator.bindings(self._wire.end_point)

    @property
    def append_limit(self) -> int:
        """Octets of the largest message that APPEND takes: as the house says, or less for this account (``own_limit``)."""
        most = self.house.settings[SMTP_MESSAGE_OCTETS]
        return min(most, self.own_limit) if self.own_limit else most

    def capabilities(self) -> list[bytes]:
        """What is announced now."""
        if self.principal is None:
            return capabilities.before_login(can_start_tls=self.can_start_tls, mechanisms=self.mechanisms)
        names = capabilities.after_login(self.append_limit, is_compressed=self._wire.is_compressed)
        if limit := self.house.settings[IMAP_MESSAGE_LIMIT]:
            names.append(b"MESSAGELIMIT=%d" % limit)
        hidden = self.hidden_capabilities
        return [name for name in names if name not in hidden]

    @property
    def hidden_capabilities(self) -> frozenset[bytes]:
        """What would work, but not for this client, or not now."""
        hidden = {b"UIDONLY"} if self.client_name.lower() in NUMBERS_WITH_UIDONLY else set()
        if self._wire.is_compressed or not self.house.settings[IMAP_UNAUTHENTICATE]:
            hidden.add(b"UNAUTHENTICATE")
        if self.principal is None or not self.principal.is_operator:
            hidden.add(b"QUOTASET")
        return frozenset(hidden)

    def counted_by_address(self, leave: Leave) -> None:
        """The client's address is counted until somebody signs in, or the connection ends."""
        self._leave_address = leave

    def _count_no_longer(self) -> None:
        if self._leave_address is not None:
            self.house.tidy(self._leave_address(signed_in=self.principal is not None))
        self._leave_address = None

    def sign_in(self, principal: Principal) -> None:
        """Somebody has proved who they are; the session ends when their credential is revoked."""
        self.principal = principal
        self.mail = self.house.mail_of(principal)
        self.folders = Folders(principal, self.mail, self.house.people)
        self.connection.state = State.AUTHENTICATED
        self._count_no_longer()
        self._sign_off = self.house.sessions.add(principal, self.on_revoked, self._wire.peer[0])
        self._wire.set_deadline(self.house.settings[IMAP_IDLE_SECONDS])

    async def start_tls(self) -> None:
        """Do the handshake; what the client sent before it is forgotten.

        Raises: Bad where STARTTLS is not offered; Disconnected when the handshake fails.
        """
        context = self.house.starttls
        if context is None or self._wire.tls:
            raise Bad("TLS is active already" if self._wire.tls else "STARTTLS is not offered here")
        self.flush()
        self.connection.discard_received()
        await self._wire.start_tls(context)

    def compress(self) -> None:
        """Compress from now on, both ways; what the client sent before it was told so is forgotten (RFC 4978).

        Raises: No when that is done already, or takes more memory than there is.
        """
        if self._wire.is_compressed:
            raise No("Compression is active already", codes.COMPRESSIONACTIVE)
        if not self.house.budget.take(STATE_OCTETS):
            raise No("The server is short of memory, go on without compression", codes.LIMIT)
        self.write(ok(self.tag, self.modes.say("Compressed from here on")))
        self.flush()
        self.connection.discard_received()
        self._wire.start_deflate()

    # The selected mailbox

    def the_principal(self) -> Principal:
        """The person signed in; the state table lets no command get here without one."""
        assert self.principal is not None
        return self.principal

    def the_mail(self) -> tuple[Mail, Folders]:
        """Mail and folders of the person signed in; the state table lets no command get here without one."""
        assert self.mail is not None
        assert self.folders is not None
        return self.mail, self.folders

    def the_selected(self) -> Selected:
        """The selected mailbox; the state table lets no command get here without one."""
        assert self.selected is not None
        return self.selected

    def writable(self) -> Selected:
        """The selected mailbox, to be changed.

        Raises: No, code READ-ONLY, when it was opened for reading only.
        """
        selected = self.the_selected()
        if selected.is_read_only:
            raise No("The mailbox is open for reading only", codes.READ_ONLY)
        return selected

    async def select(self, folder: Folder, *, is_read_only: bool) -> Selected:
        """Open a mailbox; for reading only where nothing in it may be changed (RFC 4314 §5.2)."""
        await folder.mail.require(folder.mailbox.id, Right.READ)
        rights = await folder.mail.rights(folder.mailbox.id)
        # What a viewer has seen raises the mailbox's sequence too, but is told to that viewer only: they look.
        known = folder.mailbox.mod_sequence if folder.mail.viewer is None else None
        view = await self.house.views.open(folder.mail, folder.mailbox.id, known)
        self.selected = Selected(view, folder.name, is_read_only=is_read_only or not rights & CHANGING, modes=self.modes)
        self.selected.rights = rights
        if self.watch is not None:
            self.watch.follow(self.selected)
        self.connection.state = State.SELECTED
        return self.selected

    def leave(self) -> None:
        """Close the selected mailbox, if there is one."""
        selected, self.selected = self.selected, None
        if selected is None:
            return
        self.connection.state = State.AUTHENTICATED
        selected.close()
        selected.view.listeners.discard(self.on_news)
        self.house.views.close(selected.view)
        if selected.has_arrivals and not selected.is_read_only and not self.rev2:
            self.house.tidy(_claim_recent(selected))

    def _unwatch(self) -> None:
        watch, self.watch = self.watch, None
        if watch is not None:
            watch.stop()

    def sign_out(self) -> None:
        """Forget who is signed in and all they have switched on (RFC 8437 §3)."""
        self.leave()
        self._unwatch()
        self._sign_off()
        self._sign_off = _nothing
        self.principal = self.mail = self.folders = None
        self.own_limit = 0
        self.modes = Modes()
        self.warned.clear()
        self.connection.utf8 = False
        self.connection.state = State.NOT_AUTHENTICATED
        self._wire.set_deadline(self.house.settings[IMAP_LOGIN_SECONDS])

    @property
    def address(self) -> str:
        """Where the client connects from."""
        return self._wire.peer[0]

    def end(self) -> None:
        """The connection is gone: let everything go."""
        self.is_closing = True
        dialogue, self.dialogue = self.dialogue, None
        if dialogue is not None:
            self.house.tidy(dialogue.abandon())
        self.leave()
        self._unwatch()
        self._count_no_longer()
        self._sign_off()
        if self._wire.is_compressed:
            self.house.budget.give(STATE_OCTETS)

    def _is_loopback(self) -> bool:
        try:
            return ipaddress.ip_address(self._wire.peer[0].partition("%")[0]).is_loopback
        except ValueError:
            return False


def _unheard(reason: PosthouseError) -> None:
    """Nobody waits to hear that this session must end."""


def _nothing() -> None:
    """Nothing is to be done."""


async def _claim_recent(selected: Selected) -> None:
    """Messages that came while a session looked on are not recent to the next one."""
    await selected.mail.claim_recent(selected.mailbox_id)
