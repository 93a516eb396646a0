"""What became of one recipient in one attempt, in words that do not depend on who was asked."""

import enum
from typing import Final

import msgspec
from msgspec.structs import replace

from posthouse.foundation.errors import Refused
from posthouse.model.delivery import QueuedMessage
from posthouse.ports.transmitter import Result

SHUTTING_DOWN: Final = 421


class Fate(enum.Enum):
    """What an attempt came to."""

    DELIVERED = "delivered"
    """It lies in a mailbox of this house."""
    RELAYED = "relayed"
    """Another server has taken it."""
    LATER = "later"
    NEVER = "never"


class Answer(msgspec.Struct, frozen=True):
    """One recipient's fate and its reason."""

    fate: Fate
    status: str
    """Enhanced status code, such as ``4.4.1``."""
    text: str
    remote: str = ""
    """Host that answered."""
    notifies: bool = False
    """The other server takes over the duty to notify."""
    unreached: bool = False
    """The server was not there, too busy to listen, or lacks what the message needs: another one may be tried at once."""
    uncertain: bool = False
    """It may have arrived although nobody said so."""
    absent: bool = False
    """Nobody could be spoken to at all."""
    tls: str = ""
    """How the connection was encrypted, in words."""
    deadline_kept: bool = False
    """The other server takes over the deadline."""
    caused: tuple[QueuedMessage, ...] = ()
    """Messages that the delivery causes: they are enqueued when it is recorded, in the same commit."""


class Undeliverable(Refused):
    """No attempt will ever succeed; ``status`` says why."""

    def __init__(self, status: str, text: str) -> None:
        super().__init__(text)
        self.status = status


def answer_of(result: Result) -> Answer:
    """Read a transmission's result: 2xx done, 5xx never, everything else later."""
    known = Answer(Fate.LATER, result.status or "4.4.2", result.text, result.remote, tls=result.tls)
    if result.code == 0:
        return replace(known, unreached=not result.uncertain, uncertain=result.uncertain, absent=not result.reached)
    klass = result.code // 100
    return replace(
        known,
        fate={2: Fate.RELAYED, 5: Fate.NEVER}.get(klass, Fate.LATER),
        status=result.status or f"{klass}.0.0",
        text=f"{result.code} {result.status} {result.text}".replace("  ", " ").strip(),
        notifies=result.relayed_dsn,
        unreached=result.code == SHUTTING_DOWN or result.lacking,
        deadline_kept=result.deadline_kept,
    )
