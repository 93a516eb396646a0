"""An operation of the API, declared once: routing, checking, and the OpenAPI document are made from it."""

import datetime as dt
import enum
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

import msgspec

from posthouse.model.principal import Principal
from posthouse.model.role import Act
from posthouse.services.browsers.sessions import SignedIn
from posthouse.services.guard.guarding import NOWHERE, Source
from posthouse.trust.passkeys import Site
from posthouse.web.api.house import ApiHouse

T = TypeVar("T")
_PARAMETER: Final = re.compile(r"\{([a-z_]+)\}")


class Where(enum.StrEnum):
    """What of the path or the query says where an act is done."""

    DOMAIN = "domain"
    """The domain, or the domain of the address, that is named."""
    SERVICE = "service"
    """The whole service: only who administers everything."""
    SEEN = "seen"
    """Nowhere in particular: it tells whatever there is that one may see."""
    OWN = "own"
    """One's own account: everybody."""
    ANYBODY = "anybody"
    """It is how one becomes somebody: no token, no cookie."""


class Call(msgspec.Struct, frozen=True):
    """One request, read and checked."""

    house: ApiHouse
    principal: Principal
    path: dict[str, str]
    query: Any
    body: Any
    source: Source = NOWHERE
    session: SignedIn | None = None
    """Of the browser; None for who has a token."""
    site: Site | None = None
    """Of passkeys; None under another name than the house's own."""


class Content(msgspec.Struct, frozen=True):
    """An answer that is no JSON."""

    octets: bytes
    media_type: str


class WithSession(msgspec.Struct, frozen=True):
    """An answer that lets the browser hold a session's token, or (empty) takes it away."""

    value: Any
    token: str | None = None
    """None: what the browser holds stays."""


class Created(msgspec.Struct, frozen=True):
    """An answer with the place of what was made (relative to the API)."""

    value: Any
    location: str


class Page(msgspec.Struct, Generic[T], frozen=True):
    """Some of many."""

    items: list[T]
    next: str | None = None
    """For ``after``: where the next page begins; null: this was the last."""


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """One operation."""

    method: str
    path: str
    """Below ``/api/v1``; parameters in braces."""
    act: Act | None
    """Checked by the service; None: whoever has a token may."""
    where: Where
    summary: str
    handle: Callable[[Call], Awaitable[Any]]
    answer: Any = None
    """Type of the answer; None: 204 without one."""
    status: int = 200
    query: type[msgspec.Struct] | None = None
    body: type[msgspec.Struct] | None = None
    example: msgspec.Struct | None = None
    """Of the body."""
    media_type: str = "application/json"

    @property
    def name(self) -> str:
        """A name for programs: ``get_accounts_address``."""
        words = re.sub(r"[^a-z]+", "_", self.path.lower()).strip("_")
        return f"{self.method.lower()}_{words}"

    @property
    def tag(self) -> str:
        """The noun."""
        return self.path.split("/")[1]

    @property
    def parameters(self) -> list[str]:
        """Names in the path."""
        return _PARAMETER.findall(self.path)


def moment(seconds: float | None) -> dt.datetime | None:
    """A time as JSON tells it (RFC 3339); None for never."""
    return dt.datetime.fromtimestamp(seconds, dt.UTC) if seconds else None


def seconds_of(value: dt.datetime | None) -> float | None:
    """A time as services know it; one without a zone is in UTC."""
    if value is None:
        return None
    return (value if value.tzinfo else value.replace(tzinfo=dt.UTC)).timestamp()
