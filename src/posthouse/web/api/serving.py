"""Serving an endpoint: the same order of checks for all of them."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from posthouse.foundation.errors import AuthenticationFailed, PosthouseError
from posthouse.web.api.answering import Repeating, answer_of, matches
from posthouse.web.api.endpoint import Call, Endpoint, Where
from posthouse.web.api.house import ApiHouse
from posthouse.web.api.problems import ProblemError, kind_of, problem_response
from posthouse.web.api.reading import Doorman, decoded_body, decoded_query, read_body, require_acceptable
from posthouse.web.cookies import source_of
from posthouse.web.passkeys import site_of

SECONDS: Final = 60.0
"""After this the answer is 503; what was begun may still be done."""
_log = logging.getLogger(__name__)


class Server:
    """Serves endpoints over one house."""

    def __init__(self, house: ApiHouse) -> None:
        self._house = house
        self._doorman = Doorman(house)
        parts = house.administration
        self._repeating = Repeating(house.answers, parts.vault, parts.clock)
        self._epoch = -1

    def serve(self, endpoint: Endpoint, shown: Endpoint | None) -> Callable[[Request], Awaitable[Response]]:
        """The ASGI endpoint; ``shown`` is the one that reads what this one changes."""

        async def answer(request: Request) -> Response:
            try:
                async with asyncio.timeout(SECONDS):
                    return await self._answer(endpoint, shown, request)
            except ProblemError as problem:
                return problem_response(problem.kind, problem.detail, problem.at, problem.headers)
            except PosthouseError as error:
                kind = kind_of(error)
                if kind == "internal":
                    _log.error("%s %s: %s", endpoint.method, endpoint.path, error)
                return problem_response(kind, str(error))
            except TimeoutError:
                return problem_response("unavailable", f"it took longer than {SECONDS:.0f} s; look before you ask again")
            except Exception:  # noqa: BLE001 - the client is told in JSON; this process goes on
                _log.exception("%s %s", endpoint.method, endpoint.path)
                return problem_response("internal", "the log of the web worker says more")

        return answer

    async def _answer(self, endpoint: Endpoint, shown: Endpoint | None, request: Request) -> Response:
        if endpoint.answer is not None:
            require_acceptable(request.headers, endpoint.media_type)
        await self._refresh()
        is_public = endpoint.where is Where.ANYBODY
        asker = await (self._doorman.anybody(request) if is_public else self._doorman.asker(request))
        query = decoded_query(request, endpoint.query)
        octets = await read_body(request) if endpoint.body is not None else b""
        body = None if endpoint.body is None else decoded_body(request.headers, octets, endpoint.body)
        site = site_of(request, self._house.hostname)
        call = Call(self._house, asker.principal, dict(request.path_params), query, body, source_of(request), asker.session, site)
        if is_public:
            return await self._do_for_anybody(endpoint, request, call)
        key = self._repeating.key(request, asker.principal.account_id) if endpoint.method == "POST" else None
        if key is None:
            return await self._do(endpoint, shown, request, call)
        before = await self._repeating.begin(key, request, octets)
        return before if before is not None else await self._do_once(key, endpoint, request, call)

    async def _do_for_anybody(self, endpoint: Endpoint, request: Request, call: Call) -> Response:
        """Nothing is kept of what strangers ask; what they get wrong is counted."""
        try:
            return answer_of(endpoint, await endpoint.handle(call), request)
        except AuthenticationFailed:
            await self._doorman.failed(request)
            raise

    async def _do_once(self, key: bytes, endpoint: Endpoint, request: Request, call: Call) -> Response:
        try:
            response = await self._do(endpoint, None, request, call)
        except BaseException:
            await self._repeating.give_up(key)
            raise
        await self._repeating.end(key, response)
        return response

    async def _do(self, endpoint: Endpoint, shown: Endpoint | None, request: Request, call: Call) -> Response:
        wanted = request.headers.get("if-match")
        if wanted is not None and endpoint.method != "GET":
            await self._require_unchanged(shown, wanted, request, call)
        response = answer_of(endpoint, await endpoint.handle(call), request)
        known = request.headers.get("if-none-match")
        tag = response.headers.get("etag", "")
        if endpoint.method == "GET" and known is not None and tag and matches(known, tag, weak=True):
            return Response(None, 304, {"etag": tag, "cache-control": "private, no-cache"})
        return response

    async def _require_unchanged(self, shown: Endpoint | None, wanted: str, request: Request, call: Call) -> None:
        if shown is None:
            raise ProblemError("invalid", "If-Match has a meaning only where GET tells an ETag", "If-Match")
        looking = Call(call.house, call.principal, call.path, _nothing(shown), None)
        now = answer_of(shown, await shown.handle(looking), request)
        if not matches(wanted, now.headers.get("etag", ""), weak=False):
            raise ProblemError("changed", "get it again, and decide again")

    async def _refresh(self) -> None:
        """Settings as they are now."""
        parts = self._house.administration
        epoch = await parts.directory.epoch()
        if epoch != self._epoch:
            await parts.settings.refresh()
            self._epoch = epoch


def _nothing(endpoint: Endpoint) -> Any:
    return None if endpoint.query is None else endpoint.query()
