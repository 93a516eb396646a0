"""Reading a request: who asks, what the query and the body say, within limits."""

from dataclasses import dataclass
from typing import Any, Final

import msgspec
from starlette.datastructures import Headers
from starlette.requests import Request

from posthouse.foundation.errors import AuthenticationFailed, Retired
from posthouse.foundation.ids import AccountId
from posthouse.model.principal import Principal
from posthouse.model.settings.guard import API_FAILURES_PER_MINUTE, API_REQUESTS_PER_MINUTE
from posthouse.ports.limiter import Window
from posthouse.services.access.tokens import Tokens
from posthouse.services.browsers.sessions import SignedIn
from posthouse.web.api.house import ApiHouse
from posthouse.web.api.problems import ProblemError
from posthouse.web.cookies import SAFE_METHODS, address_of, is_foreign, is_own, is_private, session_token

BODY_OCTETS: Final = 1_048_576
MINUTE: Final = 60.0


@dataclass(frozen=True)
class Asker:
    """Who asks."""

    principal: Principal
    session: SignedIn | None = None
    """Of a browser."""


NOBODY: Final = Asker(Principal(AccountId(bytes(16)), "", narrowed=frozenset(), confined=True))


class Doorman:
    """Says who asks."""

    def __init__(self, house: ApiHouse) -> None:
        parts = house.administration
        self._limiter = house.limiter
        self._settings = parts.settings
        self._browsers = house.browsers
        self._tokens = Tokens(parts.directory, parts.vault, parts.clock)

    async def anybody(self, request: Request) -> Asker:
        """Let somebody in who is going to say who they are. Raises: ProblemError."""
        self._require_private(request)
        if is_foreign(request):
            raise ProblemError("cross-site", "sign in on our own page")
        return NOBODY

    async def asker(self, request: Request) -> Asker:
        """Whom the token, or the cookie, of a request stands for. Raises: ProblemError, Unavailable."""
        self._require_private(request)
        try:
            if "authorization" not in request.headers and (held := session_token(request)):
                asker = await self._of_browser(request, held)
            else:
                asker = Asker(await self._of_program(request))
        except (AuthenticationFailed, Retired) as error:
            await self.failed(request)
            raise ProblemError("unauthenticated", str(error)) from None
        await self._count("api-requests", asker.principal.account_id.hex(), self._settings[API_REQUESTS_PER_MINUTE])
        return asker

    async def failed(self, request: Request) -> None:
        """Count a request that did not show who it is. Raises: ProblemError where there are too many."""
        await self._count("api-failures", address_of(request), self._settings[API_FAILURES_PER_MINUTE])

    @staticmethod
    def _require_private(request: Request) -> None:
        if not is_private(request):
            raise ProblemError("tls-required", "use https: a secret sent in the clear is known to everybody on the way")

    async def _of_program(self, request: Request) -> Principal:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            raise AuthenticationFailed("send Authorization: Bearer TOKEN; posthouse token add makes one")
        return await self._tokens.principal(token.strip(), address_of(request))

    async def _of_browser(self, request: Request, held: str) -> Asker:
        if self._browsers is None:
            raise AuthenticationFailed("nobody signs in with a browser here")
        if request.method not in SAFE_METHODS and not is_own(request):
            raise ProblemError("cross-site", "a session is for our own pages: programs send a token")
        found = await self._browsers.sessions.signed_in(held, address_of(request))
        return Asker(found.principal, found)

    async def _count(self, rule: str, key: str, most: int) -> None:
        decision = await self._limiter.take(rule, key, Window(most, MINUTE))
        if not decision.allowed:
            seconds = max(1, round(decision.retry_after))
            raise ProblemError("too-many-requests", f"try again in {seconds} s", retry_after=str(seconds))


def require_acceptable(headers: Headers, media_type: str) -> None:
    """Check that the client takes what the answer will be. Raises: ProblemError."""
    accepted = [part.partition(";") for part in headers.get("accept", "*/*").lower().split(",")]
    main = media_type.partition("/")[0]
    wanted = {"*/*", f"{main}/*", media_type}
    if not any(name.strip() in wanted and "q=0" not in rest.replace(" ", "").split(";") for name, _, rest in accepted):
        raise ProblemError("not-acceptable", f"the answer is {media_type}")


async def read_body(request: Request) -> bytes:
    """The whole body. Raises: ProblemError where it is too large."""
    length = request.headers.get("content-length", "0")
    if length.isascii() and length.isdecimal() and len(length) < 12 and int(length) > BODY_OCTETS:
        raise ProblemError("too-large", f"a body has at most {BODY_OCTETS} octets")
    octets = bytearray()
    async for chunk in request.stream():
        octets += chunk
        if len(octets) > BODY_OCTETS:
            raise ProblemError("too-large", f"a body has at most {BODY_OCTETS} octets")
    return bytes(octets)


def decoded_body(headers: Headers, octets: bytes, kind: type[msgspec.Struct]) -> msgspec.Struct:
    """The body as a value. Raises: ProblemError."""
    media_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise ProblemError("unsupported-media-type", "send Content-Type: application/json")
    try:
        value: msgspec.Struct = msgspec.json.decode(octets, type=kind)
    except msgspec.ValidationError as error:
        text, _, at = str(error).partition(" - at ")
        raise ProblemError("invalid", text, at.strip("`") or "$") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ProblemError("malformed", f"the body is no JSON: {error}") from None
    return value


def decoded_query(request: Request, kind: type[msgspec.Struct] | None) -> Any:
    """The query as a value; every parameter at most once, and none that is not known. Raises: ProblemError."""
    pairs = request.query_params.multi_items()
    given = dict(pairs)
    known = () if kind is None else kind.__struct_fields__
    for name, _ in pairs:
        if name not in known:
            raise ProblemError("invalid", f"there is no parameter {name!r} here", f"?{name}")
    if len(given) != len(pairs):
        raise ProblemError("invalid", "a parameter is given twice")
    if kind is None:
        return None
    try:
        return msgspec.convert(given, kind, strict=False)
    except msgspec.ValidationError as error:
        text, _, at = str(error).partition(" - at ")
        raise ProblemError("invalid", text, at.strip("`").replace("$.", "?")) from None
