"""STARTTLS AUTHENTICATE LOGIN (RFC 9051 §6.2): a password is never taken where somebody could listen."""

from posthouse.model.principal import Principal
from posthouse.protocols.imap.commands.session.authentication import Authenticate, Login, StartTls
from posthouse.protocols.imap.events import Event, LineReceived
from posthouse.protocols.imap.responses.codes import AUTHORIZATIONFAILED, PRIVACYREQUIRED, capability
from posthouse.protocols.imap.responses.status import challenge, ok
from posthouse.protocols.sasl import encoding
from posthouse.protocols.sasl.registry import server_mechanism
from posthouse.protocols.sasl.types import (
    Challenge,
    Credentials,
    Failure,
    Proof,
    Secrets,
    ServerMechanism,
    Step,
    UnknownMechanism,
    Wanted,
)
from posthouse.servers.imap.answers import Bad, Done, No
from posthouse.servers.imap.session import Session
from posthouse.services.authenticate import Inquiry
from posthouse.services.receive.sizes import Sizes


async def starttls(session: Session, command: StartTls) -> None:
    """Go on encrypted. What came before the handshake counts for nothing (RFC 9051 §6.2.1)."""
    del command
    if not session.can_start_tls:
        raise Bad("STARTTLS is not available")
    session.write(ok(session.tag, session.modes.say("Begin TLS negotiation now")))
    await session.start_tls()


async def login(session: Session, command: Login) -> Done:
    """Sign in with user name and password."""
    _require_privacy(session)
    return await _sign_in(session, Credentials(_text(command.user_name), _text(command.password)))


async def authenticate(session: Session, command: Authenticate) -> Done | None:
    """Sign in by a SASL mechanism."""
    _require_privacy(session)
    try:
        nonce = session.house.authenticator.nonce()
        mechanism = server_mechanism(command.mechanism, nonce, session.mechanisms, session.bindings)
    except UnknownMechanism:
        raise No("This mechanism is not offered") from None
    exchange = Exchange(session, mechanism)
    try:
        initial_response = encoding.decode_initial_response(command.initial_response)
    except encoding.InvalidEncoding:
        raise Bad("The initial response is not base64") from None
    return await exchange.go_on(mechanism.start(initial_response))


class Exchange:
    """A SASL exchange under way."""

    __slots__ = ("_inquiry", "_mechanism", "_session")

    def __init__(self, session: Session, mechanism: ServerMechanism) -> None:
        self._session = session
        self._mechanism = mechanism
        self._inquiry: Inquiry | None = None

    async def take(self, event: Event) -> Done | None:
        """Take the client's answer to a challenge; ``*`` breaks off (RFC 9051 §6.2.2).

        Raises: Bad when it breaks off or is not base64; No, AuthenticationFailed.
        """
        if not isinstance(event, LineReceived) or event.octets == b"*":
            raise Bad("Authentication was cancelled")
        try:
            octets = encoding.decode(event.octets)
        except encoding.InvalidEncoding:
            raise Bad("The response is not base64") from None
        return await self.go_on(self._mechanism.respond(octets))

    async def go_on(self, step: Step) -> Done | None:
        """Ask again, or sign in."""
        authenticator = self._session.house.authenticator
        if isinstance(step, Wanted):
            self._inquiry = inquiry = await authenticator.inquire(step.authcid, step.scheme, self._session.source, step.token)
            step = self._mechanism.supply(Secrets(inquiry.verifiers, inquiry.salt, inquiry.iterations, inquiry.discovery))
        if isinstance(step, Challenge):
            self._session.write(challenge(encoding.encode(step.octets)))
            self._session.connection.await_line()
            self._session.dialogue = self
            return None
        if isinstance(step, Credentials):
            return await _sign_in(self._session, step)
        if isinstance(step, Failure):
            raise Bad(step.reason[:1].upper() + step.reason[1:])
        if not isinstance(step, Proof) or self._inquiry is None:
            raise Bad("The response is not what the mechanism asks for")
        _refuse_delegation(step)
        return await _welcome(self._session, await authenticator.settle(self._inquiry, step.number))

    async def abandon(self) -> None:
        """There is nothing to give back."""


async def _sign_in(session: Session, credentials: Credentials) -> Done:
    _refuse_delegation(credentials)
    authenticator = session.house.authenticator
    return await _welcome(session, await authenticator.authenticate(credentials.authcid, credentials.password, session.source))


def _refuse_delegation(claimed: Credentials | Proof) -> None:
    if claimed.authzid not in ("", claimed.authcid):
        raise No("Nobody may act for somebody else here", AUTHORIZATIONFAILED)


async def _welcome(session: Session, principal: Principal) -> Done:
    account = await session.house.directory.account(principal.account_id)
    session.sign_in(principal)
    session.own_limit = 0 if account is None else await Sizes(session.house.settings).appended(account)
    return Done("Logged in", capability(session.capabilities()))


def _require_privacy(session: Session) -> None:
    if not session.may_log_in:
        raise No("Passwords are taken on encrypted connections only: use TLS", PRIVACYREQUIRED)


def _text(octets: bytes) -> str:
    """Read an argument of LOGIN: UTF-8, or what programs sent before it."""
    try:
        return octets.decode("utf-8")
    except UnicodeDecodeError:
        return octets.decode("latin-1")
