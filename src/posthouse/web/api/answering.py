"""Answers: JSON, pages with links, tags that tell whether something has changed, and answers that are kept."""

import base64
import hashlib
from collections.abc import Callable, Sequence
from typing import Any, Final, TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from posthouse.ports.clock import Clock
from posthouse.ports.kept_answers import KeptAnswers
from posthouse.ports.vault import Vault
from posthouse.web.api.endpoint import Content, Created, Endpoint, Page, WithSession
from posthouse.web.api.problems import ProblemError
from posthouse.web.cookies import clear_cookie, set_cookie

T = TypeVar("T")
ROOT: Final = "/api/v1"
KEEP_SECONDS: Final = 86_400.0
KEY_CHARACTERS: Final = 200
_ENCODE: Final = msgspec.json.Encoder(order="deterministic").encode


class _Answer(msgspec.Struct, frozen=True):
    status: int
    headers: dict[str, str]
    body: bytes


def answer_of(endpoint: Endpoint, value: Any, request: Request) -> Response:
    """What a handler returned, as an answer."""
    headers = {"cache-control": "no-store"}
    if isinstance(value, WithSession):
        if value.token is not None:
            headers["set-cookie"] = set_cookie(request, value.token) if value.token else clear_cookie(request)
        value = value.value
    if endpoint.answer is None:
        return Response(None, 204, headers)
    if isinstance(value, Content):
        return Response(value.octets, endpoint.status, headers, value.media_type)
    if isinstance(value, Created):
        headers["location"] = ROOT + value.location
        value = value.value
    if isinstance(value, Page) and value.next is not None:
        following = request.url.include_query_params(after=value.next)
        headers["link"] = f'<{following.path}?{following.query}>; rel="next"'
    octets = _ENCODE(value)
    if endpoint.method == "GET" and not isinstance(value, Page):
        headers |= {"etag": tag_of(octets), "cache-control": "private, no-cache"}
    return Response(octets, endpoint.status, headers, "application/json")


def tag_of(octets: bytes) -> str:
    """A strong entity tag (RFC 9110 §8.8.3)."""
    return f'"{hashlib.sha256(octets).hexdigest()[:32]}"'


def matches(field: str, tag: str, *, weak: bool) -> bool:
    """Whether a list of entity tags has this one; ``weak``: W/ does not matter (RFC 9110 §8.8.3.2)."""
    tags = [each.strip() for each in field.split(",")]
    return "*" in tags or tag in tags or (weak and f"W/{tag}" in tags)


def page_of(
    values: Sequence[T], key: Callable[[T], str], after: str, limit: int, show: Callable[[T], Any] = lambda value: value
) -> Page[Any]:
    """A page of values that are in order of their keys. Raises: ProblemError for a cursor that is none."""
    beginning = read_cursor(after)
    return begun([value for value in values if key(value) > beginning][: limit + 1], key, limit, show)


def begun(found: Sequence[T], key: Callable[[T], str], limit: int, show: Callable[[T], Any]) -> Page[Any]:
    """A page of values of which one more than its limit was looked for."""
    more = len(found) > limit
    return Page([show(value) for value in found[:limit]], cursor(key(found[limit - 1])) if more else None)


def cursor(key: str) -> str:
    """A place in a list, as clients hand it back."""
    return base64.urlsafe_b64encode(b"1" + key.encode()).decode().rstrip("=")


def read_cursor(text: str) -> str:
    """The place a client hands back. Raises: ProblemError."""
    if not text:
        return ""
    try:
        octets = base64.b64decode(text.encode("ascii") + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
        if octets[:1] != b"1":
            raise ValueError
        return octets[1:].decode()
    except ValueError:
        raise ProblemError("invalid", "this is no place in a list: take it from next", "?after") from None


def read_number_cursor(text: str) -> int:
    """A place in a list of numbers. Raises: ProblemError."""
    number = read_cursor(text)
    if not number:
        return 0
    if not (number.isascii() and number.isdecimal() and len(number) < 19):
        raise ProblemError("invalid", "this is no place in a list: take it from next", "?after")
    return int(number)


class Repeating:
    """Requests that carry a key are done once; the answer is kept sealed (it may hold a new secret), for a day."""

    def __init__(self, answers: KeptAnswers, vault: Vault, clock: Clock) -> None:
        self._answers = answers
        self._vault = vault
        self._clock = clock

    def key(self, request: Request, owner: bytes) -> bytes | None:
        """The key of a request, in its account's own room; None: it has none. Raises: ProblemError."""
        text = request.headers.get("idempotency-key")
        if text is None:
            return None
        if not 1 <= len(text) <= KEY_CHARACTERS or not text.isprintable():
            raise ProblemError("invalid", f"an idempotency key has 1 to {KEY_CHARACTERS} printable characters", "Idempotency-Key")
        return self._vault.keyed(b"idempotency\0" + owner + text.encode())

    async def begin(self, key: bytes, request: Request, body: bytes) -> Response | None:
        """Begin; or what was answered before. Raises: ProblemError, Unavailable."""
        digest = hashlib.sha256(
            b"\0".join((request.method.encode(), str(request.url.path).encode(), request.url.query.encode(), body))
        )
        kept = await self._answers.begin(key, digest.digest(), self._clock.now(), KEEP_SECONDS)
        if kept is None:
            return None
        if kept.request != digest.digest():
            raise ProblemError("key-reused", "another request was sent with this key: choose a new key for each")
        if not kept.answer:
            raise ProblemError("in-progress", "the first request with this key is not done yet", retry_after="1")
        answer = msgspec.msgpack.decode(self._vault.unseal(kept.answer), type=_Answer)
        return Response(answer.body, answer.status, answer.headers | {"idempotent-replayed": "true"})

    async def end(self, key: bytes, response: Response) -> None:
        """Keep an answer; one that says *try again* is not kept."""
        if response.status_code >= 500 or response.status_code == 429:
            await self._answers.forget(key)
            return
        headers = {name: value for name, value in response.headers.items() if name != "content-length"}
        answer = _Answer(response.status_code, headers, bytes(response.body))
        await self._answers.finish(key, self._vault.seal(msgspec.msgpack.encode(answer)))

    async def give_up(self, key: bytes) -> None:
        """Nothing was done."""
        await self._answers.forget(key)
