"""Which messages contain a text. What answers may look at every message or at an index; the answer is the same."""

import enum
from collections.abc import Mapping, Sequence
from typing import Final, Protocol

import msgspec

from posthouse.foundation.ids import AccountId, MailboxId

TEXT_OCTETS: Final = 8_192
"""Octets of a text searched for; what is longer is found nowhere."""


class Place(enum.Enum):
    """Where a text is looked for."""

    FIELD = "field"
    """In the fields of one name; an empty text asks whether there is such a field."""
    BODY = "body"
    MESSAGE = "message"
    """In header, names of fields included, or body."""


class TextQuery(msgspec.Struct, frozen=True):
    """One text to look for, compared as ``formats.collation`` says.

    ``is_fuzzy``: its words are looked for, in any order and in the laxer form; where not, the text is, as it stands.
    """

    place: Place
    text: str
    field: str = ""
    """ASCII, any case."""
    is_fuzzy: bool = False


class Found(msgspec.Struct, frozen=True):
    """One page of an answer."""

    uids: list[int]
    """Ascending, those of the messages asked about that match."""
    scores: list[int]
    """How well each of them does, 1 to 100; always 100 where the query is not fuzzy."""
    next_index: int
    """Index into the UIDs asked about from which to ask next; their number when this page was the last."""


class TextColumns(msgspec.Struct, frozen=True):
    """The projections in which texts are kept, by name.

    Those of headers are written as ``formats.header.searchable`` says, the body as it is compared.
    """

    fields: Mapping[bytes, str]
    """Names of fields, in capitals, that have a projection of their own, without the name."""
    header: str
    """All other fields but these:"""
    trace: str
    trace_fields: frozenset[bytes]
    body: str

    def column(self, field: bytes) -> str:
        """The projection a field, in capitals, is in."""
        return self.fields.get(field) or (self.trace if field in self.trace_fields else self.header)

    def all(self) -> list[str]:
        """Every projection, those first that are read with least trouble."""
        return [*self.fields.values(), self.header, self.body, self.trace]


class TextSearch(Protocol):
    """Finds texts in the messages of one mailbox.

    The verb raises ``NotFound`` for an account or mailbox that is not there, ``Unavailable`` where it cannot be read now.
    """

    async def find(
        self, account_id: AccountId, mailbox_id: MailboxId, uids: Sequence[int], query: TextQuery, start: int = 0
    ) -> Found:
        """Which of the messages ``uids[start:]`` (ascending) match; it stops early when it has taken some hundredths of a second.

        Expunged messages are searched as long as their octets are retained; unknown UIDs are left out.
        """
        ...
