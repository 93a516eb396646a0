"""How a check asks the DNS without touching it: it yields questions and is sent answers.

A check is a generator. It yields tuples of questions that may be asked at once and is sent the answers in the same order; what it
returns is its verdict. So checks need neither network nor clock, and whoever drives them decides about time.
"""

from collections.abc import Generator
from typing import NamedTuple, TypeAlias, TypeVar

import msgspec

T = TypeVar("T")


class Question(NamedTuple):
    """One name (ASCII, no final dot) and the type of record wanted of it, e.g. ``TXT``."""

    name: str
    record_type: str


class Answer(msgspec.Struct, frozen=True):
    """Records as text: the strings of a TXT joined (octets that are no UTF-8 escaped as surrogates), MX as ``10 host``, addresses.

    No records: the name has none of the type, or (``exists`` false) there is no such name. Not ``available``: nobody answered.
    """

    records: tuple[str, ...] = ()
    exists: bool = True
    available: bool = True


NO_NAME = Answer(exists=False)
UNANSWERED = Answer(available=False)

Check: TypeAlias = Generator[tuple[Question, ...], tuple[Answer, ...], T]


def ask(name: str, record_type: str) -> Check[Answer]:
    """Ask one question by itself; to be used with ``yield from``."""
    (answer,) = yield (Question(name, record_type),)
    return answer


def host(name: str) -> str:
    """A host name out of a record: lower case, no final dot."""
    return name.lower().removesuffix(".")
