"""What a client sends and a server answers: one package per message, one answer per recipient."""

import enum
from collections.abc import Sequence
from typing import Final

import msgspec

from posthouse.protocols.qmtp.netstrings import netstring

CRLF_LINES: Final = b"\r"
"""The first octet of a message whose lines end in CRLF."""
LF_LINES: Final = b"\n"
ANSWER_OCTETS: Final = 4_096


class Kind(enum.StrEnum):
    """What a server says of a recipient."""

    ACCEPTED = "K"
    LATER = "Z"
    NEVER = "D"


class Answer(msgspec.Struct, frozen=True):
    """One recipient's."""

    kind: Kind
    text: str = ""


class InvalidAnswer(ValueError):
    """The octets are no answer."""


def begin_package(size_octets: int) -> bytes:
    """What comes before a message of so many octets, its lines ended by CRLF."""
    return b"%d:" % (size_octets + 1) + CRLF_LINES


def end_package(sender: str, recipients: Sequence[str]) -> bytes:
    """What comes after it: the envelope; an empty sender is the null reverse-path."""
    inner = b"".join(netstring(recipient.encode()) for recipient in recipients)
    return b"," + netstring(sender.encode()) + netstring(inner)


def write_answer(answer: Answer) -> bytes:
    """An answer as a netstring; a long one is cut."""
    return netstring(f"{answer.kind}{answer.text}".encode()[:ANSWER_OCTETS])


def parse_answer(octets: bytes) -> Answer:
    """Read what was in an answer's netstring. Raises: InvalidAnswer."""
    text = octets.decode("utf-8", "replace")
    try:
        return Answer(Kind(text[:1]), text[1:])
    except ValueError:
        raise InvalidAnswer(f"not an answer: {text[:100]!r}") from None
