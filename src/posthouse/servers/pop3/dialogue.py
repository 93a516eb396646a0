"""One client's dialogue: what it has said so far and what we know of it. Commands read it and answer through it."""

import asyncio
from collections.abc import Callable, Iterable
from typing import Final

from msgspec.structs import replace

from posthouse.foundation.limits import INLINE_BODY_OCTETS
from posthouse.model.principal import Principal
from posthouse.model.settings.programs import POP3_ERRORS, POP3_IDLE_SECONDS
from posthouse.protocols.pop3.connection import ServerConnection, ServerSettings
from posthouse.protocols.pop3.responses import Response
from posthouse.protocols.sasl.registry import offered_mechanisms
from posthouse.protocols.sasl.types import ServerMechanism
from posthouse.servers.pop3.answers import TOO_MANY_ERRORS
from posthouse.servers.pop3.expiry import Expiry
from posthouse.servers.pop3.house import House
from posthouse.servers.pop3.maildrop import Maildrop
from posthouse.servers.pop3.policy import Policy, general_policy
from posthouse.services.authenticate import Inquiry
from posthouse.services.connections import Leave
from posthouse.services.guard.guarding import Source
from posthouse.services.house_entries import HouseEntries
from posthouse.services.languages.speaking import DEFAULT, translated
from posthouse.services.plaintext import may_send_password
from posthouse.services.sessions import End
from posthouse.transport.wire import Wire

WRITE_OCTETS: Final = INLINE_BODY_OCTETS
"""Responses that are gathered before they go out all the same."""
FAILED_SIGN_INS: Final = 3


class Dialogue:
    """See the module."""

    def __init__(self, house: House, wire: Wire, end: End) -> None:
        self.house = house
        self.wire = wire
        self.connection = ServerConnection(ServerSettings())
        self.mechanism: ServerMechanism | None = None
        self.inquiry: Inquiry | None = None
        """Who is about to prove a password with it."""
        self.leave: Leave | None = None
        """Ends being counted for the client's address."""
        self.language = DEFAULT
        """In which people are spoken to (RFC 6856 §3)."""
        self.policy = general_policy(house.settings)
        self._maildrop: Maildrop | None = None
        self._expiry: Expiry | None = None
        self._end = end
        self._forget: Callable[[], None] | None = None
        self._errors = self._failed_sign_ins = 0
        self._out: list[bytes] = []

    @property
    def may_send_password(self) -> bool:
        """Whether nobody between can read a password."""
        return may_send_password(self.house.settings, tls=self.wire.tls, address=self.wire.peer[0])

    @property
    def source(self) -> Source:
        """Where the client signs in from."""
        return Source(self.wire.peer[0], "pop3")

    @property
    def mechanisms(self) -> tuple[str, ...]:
        """The ways to sign in."""
        return offered_mechanisms(**self.house.authenticator.offers(self.wire.end_point))

    @property
    def bindings(self) -> dict[str, bytes]:
        """The channel bindings that are offered, by type."""
        return self.house.authenticator.bindings(self.wire.end_point)

    @property
    def idle_seconds(self) -> float:
        """How long the client may be silent, or read nothing."""
        return float(self.house.settings[POP3_IDLE_SECONDS])

    def now(self) -> float:
        """Seconds since 1970."""
        return self.house.clock.now()

    @property
    def offers_stls(self) -> bool:
        """Whether the connection can be secured."""
        return self.house.tls is not None and not self.wire.tls

    @property
    def maildrop(self) -> Maildrop:
        """The maildrop of whoever has signed in."""
        assert self._maildrop is not None, "only the transaction state asks for it"
        return self._maildrop

    async def signed_in(self, principal: Principal, maildrop: Maildrop, policy: Policy) -> None:
        """The client is one of us: its session ends with its credential, and no longer counts for its address."""
        self._maildrop = maildrop
        self.policy = policy
        if policy.expire_days:
            self._expiry = Expiry(HouseEntries(self.house.accounts, principal.account_id), maildrop, policy.expire_days)
        self._forget = self.house.sessions.add(principal, self._end, self.wire.peer[0])
        await self._uncount()

    @property
    def leaves_something(self) -> bool:
        """Whether ``abandon`` has anything to do."""
        return self.leave is not None or self._forget is not None

    async def sign_off(self) -> None:
        """Delete what is marked, and what was retrieved long enough ago. Raises: Unavailable; nothing is deleted then."""
        expiry, self._expiry = self._expiry, None
        if expiry is not None:
            await expiry.sign_off(self.now())
        else:
            await self.maildrop.update(set())

    async def abandon(self) -> None:
        """The connection is gone: let go of everything; what was marked is not deleted (RFC 1939 §6)."""
        await self._uncount()
        forget, self._forget = self._forget, None
        if forget is not None:
            forget()
        if self._maildrop is not None:
            self._maildrop.close()
        expiry, self._expiry = self._expiry, None
        if expiry is not None:
            await expiry.break_off(self.now())

    # answers

    def _said(self, response: Response) -> Response:
        """The same in the client's language."""
        return replace(response, text=translated(response.text, self.language)) if response.text else response

    def speak(self, language: str) -> None:
        """Speak a language from now on; its words are UTF-8 (RFC 6856 §3)."""
        self.language = language
        self.connection.utf8_words = language != DEFAULT

    def greet(self, response: Response) -> None:
        """Say the first words."""
        self._out.append(self.connection.greet(response))

    def reply(self, response: Response) -> None:
        """Answer with one line."""
        self._out.append(self.connection.reply(self._said(response)))

    def reply_listing(self, response: Response, lines: Iterable[str]) -> None:
        """Answer with short lines."""
        self._out.append(self.connection.reply_listing(self._said(response), lines))

    def challenge(self, octets: bytes) -> None:
        """Answer AUTH with a challenge."""
        self._out.append(self.connection.challenge(octets))

    def begin(self, response: Response) -> None:
        """Begin to answer with a message."""
        self._out.append(self.connection.begin(self._said(response)))

    async def piece(self, octets: bytes) -> None:
        """Go on with a piece of the message, as fast as the client reads. Raises: Disconnected."""
        self._out.append(self.connection.piece(octets))
        if self.output_octets > WRITE_OCTETS:
            await self.flush()

    def finish(self) -> None:
        """End the message."""
        self._out.append(self.connection.end())

    def reply_to_violation(self, response: Response) -> None:
        """Answer a wrong command; the last one allowed ends the connection."""
        self._errors += 1
        if self._errors >= self.house.settings[POP3_ERRORS]:
            self.farewell(TOO_MANY_ERRORS)
        else:
            self.reply(response)

    async def reply_to_wrong_password(self, response: Response) -> None:
        """Refuse a password; it costs its sender a moment, and the third one the connection."""
        self._failed_sign_ins += 1
        await asyncio.sleep(self._failed_sign_ins)
        if self._failed_sign_ins >= FAILED_SIGN_INS:
            self.farewell(response)
        else:
            self.reply(response)

    def farewell(self, response: Response) -> None:
        """Say the last words; the connection closes when they are out."""
        self._out.append(self.connection.farewell(self._said(response)))

    @property
    def output_octets(self) -> int:
        """How much has been gathered."""
        return sum(map(len, self._out))

    def take_output(self) -> bytes:
        """What is to be written."""
        out, self._out = self._out, []
        return b"".join(out)

    async def flush(self) -> None:
        """Write what is gathered and wait until the client has read enough. Raises: Disconnected."""
        self.wire.write(self.take_output())
        await self.wire.drain()
        self.wire.set_deadline(self.idle_seconds)

    async def _uncount(self) -> None:
        leave, self.leave = self.leave, None
        if leave is not None:
            await leave(signed_in=self._maildrop is not None)
