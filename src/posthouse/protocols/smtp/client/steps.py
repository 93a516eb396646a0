"""What a client's generator may ask of its driver.

The driver runs ``step = flow.send(answer)`` until the generator returns: it writes for Send, reads one reply for AWAIT and
sends it in, does a handshake for SECURE, streams the content for Transmit. It sends None in where nothing is to be
told. When the connection breaks it closes the generator: what the server had decided is then unknown.
"""

import enum
from collections.abc import Generator
from typing import TypeVar

import msgspec

from posthouse.protocols.smtp.client.replies import RemoteReply
from posthouse.protocols.smtp.commands import Command
from posthouse.protocols.smtp.grammar.command import write_command


class Send(msgspec.Struct, frozen=True):
    """Write these octets."""

    octets: bytes


class Transmit(msgspec.Struct, frozen=True):
    """Write the whole content: through a DotWriter with its end when ``stuffed``, as it is otherwise."""

    stuffed: bool


class Wait(enum.Enum):
    """Steps without arguments."""

    AWAIT = "await"
    """Give me the server's next reply."""
    SECURE = "secure"
    """Do a TLS handshake now; forget every octet read and not yet given to me."""


AWAIT = Wait.AWAIT
SECURE = Wait.SECURE
Step = Send | Transmit | Wait
T = TypeVar("T")
Flow = Generator[Step, RemoteReply | None, T]


def receive() -> Flow[RemoteReply]:
    """Wait for a reply."""
    reply = yield AWAIT
    assert reply is not None, "the driver owes a reply"
    return reply


def ask(command: Command) -> Flow[RemoteReply]:
    """Send a command and wait for its reply."""
    yield Send(write_command(command))
    return (yield from receive())
