"""One client's dialogue: what it has said so far and what we know of it. Commands read it and answer through it."""

import asyncio
from collections.abc import Callable
from typing import Final

from posthouse.foundation.limits import INLINE_BODY_OCTETS
from posthouse.model.principal import Principal
from posthouse.model.settings.receiving import (
    SMTP_BARE_NEWLINES,
    SMTP_ERRORS,
    SMTP_FUTILE_COMMANDS,
    SMTP_MESSAGE_OCTETS,
    SMTP_RECIPIENTS,
    SMTP_STRANGERS_PER_HOUR,
    SMTP_TARPIT_SECONDS,
)
from posthouse.model.settings.relay import SMTP_FUTURE_RELEASE_SECONDS
from posthouse.ports.limiter import Window
from posthouse.protocols.sasl.registry import offered_mechanisms
from posthouse.protocols.sasl.types import ServerMechanism
from posthouse.protocols.smtp.capabilities import Capabilities
from posthouse.protocols.smtp.connection import ServerConnection, ServerSettings
from posthouse.protocols.smtp.framing.newlines import BareNewlines
from posthouse.protocols.smtp.replies import Reply
from posthouse.servers.smtp.answers import TOO_LITTLE_MAIL, TOO_MANY_ERRORS
from posthouse.servers.smtp.house import House
from posthouse.servers.smtp.roles import Circumstances, Role, capabilities, transmission_type
from posthouse.services.authenticate import Inquiry
from posthouse.services.connections import Leave
from posthouse.services.guard.guarding import Source
from posthouse.services.plaintext import may_send_password
from posthouse.services.receive.reception import Client, Reception
from posthouse.services.sessions import End
from posthouse.transport.wire import Wire

REFUSED_RECIPIENTS: Final = 50
FAILED_SIGN_INS: Final = 3
FREE_MISTAKES: Final = 2
"""Wrong commands and recipients that are answered at once."""
STRANGERS: Final = "refused-recipients"
"""The limiter's rule."""
WRITE_OCTETS: Final = INLINE_BODY_OCTETS
"""Replies that are gathered before they go out all the same."""


class Dialogue:
    """See the module."""

    def __init__(self, house: House, role: Role, wire: Wire, end: End) -> None:
        self.house = house
        self.role = role
        self.wire = wire
        self.client_name = ""
        self.extended = False
        """EHLO or LHLO, not HELO."""
        self.principal: Principal | None = None
        self.mechanism: ServerMechanism | None = None
        self.inquiry: Inquiry | None = None
        """Who is about to prove a password with it."""
        self.reception: Reception | None = None
        self.leave: Leave | None = None
        """Ends being counted for the client's address."""
        self._end = end
        self._forget: Callable[[], None] | None = None
        self._errors = self._refused_recipients = self._failed_sign_ins = 0
        self._futile = 0
        settings = house.settings
        newlines = BareNewlines.REJECT if settings[SMTP_BARE_NEWLINES] == "reject" else BareNewlines.KEEP
        self._message_octets = settings[SMTP_MESSAGE_OCTETS]
        self._recipients = settings[SMTP_RECIPIENTS]
        options = ServerSettings(role.dialect, self._message_octets, bare_newlines=newlines)
        self.connection = ServerConnection(options, self._offered())
        self._out: list[bytes] = []

    @property
    def may_send_password(self) -> bool:
        """Whether nobody between can read a password."""
        return may_send_password(self.house.settings, tls=self.wire.tls, address=self.wire.peer[0])

    @property
    def source(self) -> Source:
        """Where the client signs in from."""
        return Source(self.wire.peer[0], "submission")

    @property
    def mechanisms(self) -> tuple[str, ...]:
        """The ways to sign in."""
        return offered_mechanisms(**self.house.authenticator.offers(self.wire.end_point))

    @property
    def bindings(self) -> dict[str, bytes]:
        """The channel bindings that are offered, by type."""
        return self.house.authenticator.bindings(self.wire.end_point)

    def client(self, *, utf8: bool) -> Client:
        """Who hands the next message over."""
        version, cipher = self.wire.tls_version
        protocol = transmission_type(
            self.role.dialect,
            extended=self.extended,
            utf8=utf8,
            tls=bool(version),
            authenticated=self.principal is not None,
        )
        return Client(self.wire.peer[0], self.client_name, protocol, f"{version} {cipher}".strip())

    @property
    def output_octets(self) -> int:
        """How much has been gathered."""
        return sum(map(len, self._out))

    @property
    def leaves_something(self) -> bool:
        """Whether ``abandon`` has anything to do."""
        return self.reception is not None or self.leave is not None or self._forget is not None

    def secured(self) -> None:
        """TLS stands: the client begins anew, and is offered more."""
        self.client_name, self.extended = "", False
        self.connection.capabilities = self._offered()

    async def signed_in(self, principal: Principal) -> None:
        """The client is one of us: its session ends with its credential, and no longer counts for its address."""
        self.principal = principal
        self._forget = self.house.sessions.add(principal, self._end, self.wire.peer[0])
        self.connection.capabilities = self._offered()
        await self._uncount()

    async def abandon(self) -> None:
        """The connection is gone: let go of everything."""
        await self.end_reception()
        await self._uncount()
        forget, self._forget = self._forget, None
        if forget is not None:
            forget()

    def greet(self, reply: Reply) -> None:
        """Say the first words."""
        self._out.append(self.connection.greet(reply))

    def reply(self, *replies: Reply) -> None:
        """Answer the event at hand."""
        self._out.append(self.connection.reply(*replies))

    def challenge(self, octets: bytes) -> None:
        """Answer AUTH with a challenge."""
        self._out.append(self.connection.challenge(octets))

    def farewell(self, reply: Reply) -> None:
        """Say the last words; the connection closes when they are out."""
        self._out.append(self.connection.farewell(reply))

    def take_output(self) -> bytes:
        """What is to be written."""
        out, self._out = self._out, []
        return b"".join(out) if len(out) != 1 else out[0]

    async def end_reception(self) -> None:
        """The transaction is over: let go of what it held."""
        reception, self.reception = self.reception, None
        if reception is not None:
            await reception.intake.discard()

    # replies that cost the client something

    async def reply_to_violation(self, reply: Reply) -> None:
        """Answer a wrong command; the last one allowed ends the connection."""
        self._errors += 1
        await self._tarpit()
        self.reply(TOO_MANY_ERRORS if self._errors >= self.house.settings[SMTP_ERRORS] else reply)

    def reply_without_progress(self, reply: Reply) -> None:
        """Answer a command that moves no mail; too many of them end the connection."""
        self._futile += 1
        self.reply(TOO_LITTLE_MAIL if self._futile > self.house.settings[SMTP_FUTILE_COMMANDS] else reply)

    def progress(self) -> None:
        """A message has been kept."""
        self._futile = 0

    async def reply_to_stranger(self, reply: Reply) -> None:
        """Refuse a recipient for good; too many of them end the connection, and the next ones: somebody is guessing names."""
        self._refused_recipients += 1
        await self._tarpit()
        most = Window(self.house.settings[SMTP_STRANGERS_PER_HOUR], 3_600)
        guessing = self._refused_recipients > REFUSED_RECIPIENTS
        if self.role is Role.MX and self.house.connections.limited:
            guessing |= not (await self.house.limiter.take(STRANGERS, self.wire.peer[0], most)).allowed
        self.reply(TOO_MANY_ERRORS if guessing else reply)

    async def reply_to_wrong_password(self, reply: Reply) -> None:
        """Refuse a password; it costs its sender a moment, and the third one the connection."""
        self._failed_sign_ins += 1
        await asyncio.sleep(self._failed_sign_ins)
        self.reply(TOO_MANY_ERRORS if self._failed_sign_ins >= FAILED_SIGN_INS else reply)

    async def _tarpit(self) -> None:
        """Whoever goes on making mistakes waits for each answer; it costs us nothing, and a guesser its time."""
        if self._errors + self._refused_recipients > FREE_MISTAKES and self.role is not Role.LMTP:
            await asyncio.sleep(self.house.settings[SMTP_TARPIT_SECONDS])

    async def _uncount(self) -> None:
        leave, self.leave = self.leave, None
        if leave is not None:
            await leave(signed_in=self.principal is not None)

    def _offered(self) -> Capabilities:
        tls = self.wire.tls
        may_start_tls = self.house.tls is not None and not tls
        if self.role is not Role.SUBMISSION:
            now = Circumstances(tls=tls, may_start_tls=may_start_tls)
        else:
            hold = self.house.settings[SMTP_FUTURE_RELEASE_SECONDS]
            now = Circumstances(
                tls=tls,
                may_start_tls=may_start_tls,
                secured=self.may_send_password,
                mechanisms=self.mechanisms,
                signed_in=self.principal is not None,
                future_release=(hold, int(self.house.clock.now()) + hold) if hold else None,
            )
        return capabilities(self.role, now, message_octets=self._message_octets, recipients=self._recipients)
