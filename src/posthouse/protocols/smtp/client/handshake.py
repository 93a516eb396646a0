"""From the greeting to the point where mail can be sent: EHLO (or HELO), STARTTLS, EHLO again, AUTH."""

import enum
from typing import Final

import msgspec

from posthouse.protocols.sasl.encoding import InvalidEncoding, decode, encode
from posthouse.protocols.sasl.registry import client_mechanism
from posthouse.protocols.sasl.types import ClientMechanism, Credentials, UnknownMechanism
from posthouse.protocols.smtp.capabilities import Capabilities, Extension, read_capabilities
from posthouse.protocols.smtp.client.replies import RemoteReply
from posthouse.protocols.smtp.client.steps import SECURE, Flow, Send, ask, receive
from posthouse.protocols.smtp.codes import Code
from posthouse.protocols.smtp.commands import Auth, Ehlo, Helo, Lhlo, StartTls
from posthouse.protocols.smtp.types import Dialect

CHALLENGES: Final = 8
"""Most challenges answered in one AUTH."""


class Tls(enum.Enum):
    """How much the client wants TLS."""

    NEVER = "never"
    WHERE_OFFERED = "where offered"
    REQUIRED = "required"
    STANDS = "stands"
    """The connection has begun with it."""


class Introduction(msgspec.Struct, frozen=True):
    """How the client presents itself."""

    client_name: str
    dialect: Dialect = Dialect.SMTP
    tls: Tls = Tls.WHERE_OFFERED
    credentials: Credentials | None = None
    nonce: str = ""
    """For SCRAM: printable characters without comma, never used before."""
    mechanism: str = ""
    """The only SASL mechanism that is wanted; empty: the best."""


class Ready(msgspec.Struct, frozen=True):
    """Mail can be sent."""

    capabilities: Capabilities
    secured: bool


class Stage(enum.StrEnum):
    """What a server refused."""

    GREETING = "greeting"
    HELLO = "hello"
    STARTTLS = "STARTTLS"
    AUTH = "AUTH"


class NotReady(msgspec.Struct, frozen=True):
    """Mail cannot be sent: at which point, and in whose words."""

    stage: Stage
    reply: RemoteReply


def introduce(introduction: Introduction) -> Flow[Ready | NotReady]:
    """Speak from the greeting on until mail can be sent, or cannot."""
    greeting = yield from receive()
    if greeting.code != Code.SERVICE_READY:
        return NotReady(Stage.GREETING, greeting)
    offered = yield from _hello(introduction)
    secured = introduction.tls is Tls.STANDS
    if isinstance(offered, Capabilities) and introduction.tls in (Tls.WHERE_OFFERED, Tls.REQUIRED):
        refused = yield from _start_tls(introduction, offered)
        if isinstance(refused, NotReady):
            return refused
        secured = refused is None
        if secured:
            offered = yield from _hello(introduction)
    if isinstance(offered, Capabilities) and introduction.credentials is not None:
        failure = yield from _authenticate(introduction, introduction.credentials, offered)
        if failure is not None:
            return NotReady(Stage.AUTH, failure)
    return offered if isinstance(offered, NotReady) else Ready(offered, secured)


def _hello(introduction: Introduction) -> Flow[Capabilities | NotReady]:
    name = introduction.client_name
    if introduction.dialect is Dialect.LMTP:
        reply = yield from ask(Lhlo(name))
    else:
        reply = yield from ask(Ehlo(name))
        if not reply.is_positive and not reply.is_farewell:
            reply = yield from ask(Helo(name))
            return Capabilities() if reply.is_positive else NotReady(Stage.HELLO, reply)
    return read_capabilities(reply.lines[1:]) if reply.is_positive else NotReady(Stage.HELLO, reply)


def _start_tls(introduction: Introduction, offered: Capabilities) -> Flow[NotReady | bool | None]:
    """None when TLS stands, False when it does not and need not."""
    required = introduction.tls is Tls.REQUIRED
    if Extension.STARTTLS not in offered:
        missing = RemoteReply(Code.AUTHENTICATION_REQUIRED, "5.7.10", ("the server offers no STARTTLS",))
        return NotReady(Stage.STARTTLS, missing) if required else False
    reply = yield from ask(StartTls())
    if reply.code != Code.SERVICE_READY:
        return NotReady(Stage.STARTTLS, reply) if required or reply.is_farewell else False
    yield SECURE
    return None


def _authenticate(introduction: Introduction, credentials: Credentials, offered: Capabilities) -> Flow[RemoteReply | None]:
    """None when the server believes us."""
    try:
        mechanism = client_mechanism(offered.mechanisms, credentials, introduction.nonce, introduction.mechanism)
    except (UnknownMechanism, ValueError) as error:
        return RemoteReply(Code.MECHANISM_TOO_WEAK, "5.7.9", (str(error),))
    reply = yield from ask(Auth(mechanism.name, mechanism.start()))
    for _ in range(CHALLENGES):
        if reply.code != Code.CHALLENGE:
            break
        yield Send(_response(mechanism, reply) + b"\r\n")
        reply = yield from receive()
    return None if reply.code == Code.AUTHENTICATED else reply


def _response(mechanism: ClientMechanism, challenge: RemoteReply) -> bytes:
    """The encoded response to a challenge; ``*`` cancels."""
    try:
        response = mechanism.respond(decode(challenge.lines[0].encode()))
    except InvalidEncoding:
        response = None
    return b"*" if response is None else encode(response)
