"""Requests of a client and answers of a server (RFC 4511 §4), as values."""

import enum
from typing import Final, NamedTuple

from posthouse.protocols.ldap.filters import Filter

PAGED_RESULTS: Final = "1.2.840.113556.1.4.319"
"""The control by which a search is answered in pages (RFC 2696)."""
START_TLS: Final = "1.3.6.1.4.1.1466.20037"
"""The extended operation after which TLS begins (RFC 4511 §4.14)."""


class ResultCode(enum.IntEnum):
    """How an operation ended, as far as it makes a difference here (RFC 4511 §4.1.9); others are numbers."""

    SUCCESS = 0
    SIZE_LIMIT_EXCEEDED = 4
    REFERRAL = 10
    CONSTRAINT_VIOLATION = 19
    NO_SUCH_OBJECT = 32
    INVALID_DN_SYNTAX = 34
    INAPPROPRIATE_AUTHENTICATION = 48
    INVALID_CREDENTIALS = 49
    UNWILLING_TO_PERFORM = 53


class Scope(enum.IntEnum):
    """How far below its base a search looks."""

    BASE = 0
    ONE = 1
    SUBTREE = 2


class BindRequest(NamedTuple):
    """Who the client is, by a password."""

    name: str
    password: str

    def __repr__(self) -> str:
        """A password never reaches a log by accident."""
        return f"BindRequest(name={self.name!r})"


class UnbindRequest(NamedTuple):
    """The client goes."""


class SearchRequest(NamedTuple):
    """What is looked for."""

    base: str
    filter: Filter
    attributes: tuple[str, ...]
    scope: Scope = Scope.SUBTREE
    size_limit: int = 0
    """Entries; 0: as many as there are."""
    seconds: int = 0
    """Time limit; 0: none."""
    page: int = 0
    """Entries of a page; 0: no pages."""
    cookie: bytes = b""
    """What the server gave with the page before."""


class ExtendedRequest(NamedTuple):
    """An operation by its object identifier."""

    name: str


Request = BindRequest | UnbindRequest | SearchRequest | ExtendedRequest


class Result(NamedTuple):
    """How an operation ended."""

    code: int
    """A ``ResultCode``, or another number."""
    matched: str = ""
    text: str = ""
    """The server's own words."""
    referrals: tuple[str, ...] = ()


class BindResponse(NamedTuple):
    """The answer to a bind."""

    result: Result


class Entry(NamedTuple):
    """Something that was found."""

    name: str
    """Its distinguished name."""
    attributes: tuple[tuple[str, tuple[bytes, ...]], ...]

    def values(self, attribute: str) -> tuple[bytes, ...]:
        """The values of an attribute; its case does not matter, nor do its options."""
        return next((values for name, values in self.attributes if name.partition(";")[0].lower() == attribute.lower()), ())


class Reference(NamedTuple):
    """Where more may be found; it is not followed."""

    urls: tuple[str, ...]


class SearchDone(NamedTuple):
    """The end of a search, or of a page of it."""

    result: Result
    cookie: bytes = b""
    """For the next page; empty: there is none."""


class ExtendedResponse(NamedTuple):
    """The answer to an extended operation; with message id 0, the server's notice that it ends the connection."""

    result: Result
    name: str = ""


Response = BindResponse | Entry | Reference | SearchDone | ExtendedResponse


class Answer(NamedTuple):
    """A response, and the number of the request it is for."""

    number: int
    response: Response
