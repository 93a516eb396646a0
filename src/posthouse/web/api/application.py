"""The routes of the API; whatever it answers is JSON, errors included."""

from collections.abc import Sequence
from importlib.metadata import version
from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from posthouse.web.api.answering import ROOT
from posthouse.web.api.endpoint import Endpoint
from posthouse.web.api.house import ApiHouse
from posthouse.web.api.nouns import (
    accounts,
    aliases,
    applying,
    domains,
    groups,
    oversight,
    people,
    queue,
    settings,
    shares,
    traffic,
)
from posthouse.web.api.nouns.signing_in import credentials, passkeys, recovery, second_factors, session
from posthouse.web.api.openapi import document
from posthouse.web.api.problems import KINDS, problem_response
from posthouse.web.api.serving import Server

ENDPOINTS: Final[tuple[Endpoint, ...]] = (
    *domains.ENDPOINTS,
    *accounts.ENDPOINTS,
    *credentials.ENDPOINTS,
    *second_factors.ENDPOINTS,
    *session.ENDPOINTS,
    *passkeys.ENDPOINTS,
    *recovery.ENDPOINTS,
    *people.ENDPOINTS,
    *traffic.ENDPOINTS,
    *shares.ENDPOINTS,
    *aliases.ENDPOINTS,
    *groups.ENDPOINTS,
    *settings.ENDPOINTS,
    *queue.ENDPOINTS,
    *oversight.ENDPOINTS,
    *applying.ENDPOINTS,
)
_METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")


def api_routes(house: ApiHouse) -> list[BaseRoute]:
    """All routes, the document's included."""
    server = Server(house)
    by_path: dict[str, dict[str, Endpoint]] = {}
    for endpoint in ENDPOINTS:
        by_path.setdefault(endpoint.path, {})[endpoint.method] = endpoint
    # Fixed words come before parameters: /reports/sources is not the report called sources.
    routes: list[BaseRoute] = [_route(server, path, by_path[path]) for path in sorted(by_path, key=lambda path: path.count("{"))]
    octets = msgspec.json.encode(document(ENDPOINTS, version("posthouse")))

    async def described(request: Request) -> Response:
        del request
        return Response(octets, 200, {"cache-control": "no-cache"}, "application/json")

    async def problem(request: Request) -> Response:
        kind = KINDS.get(request.path_params["kind"])
        if kind is None:
            return problem_response("not-found", "there is no such kind of problem")
        return Response(msgspec.json.encode(kind), 200, {"cache-control": "no-cache"}, "application/json")

    async def nothing(request: Request) -> Response:
        return problem_response("not-found", f"there is no {request.url.path[:200]}; /api/openapi.json lists what there is")

    return [
        *routes,
        Route("/api/openapi.json", described, methods=["GET"]),
        Route(f"{ROOT}/problems/{{kind}}", problem, methods=["GET"]),
        Route("/api/{rest:path}", nothing, methods=_METHODS),
    ]


def _route(server: Server, path: str, endpoints: dict[str, Endpoint]) -> Route:
    shown = endpoints.get("GET")
    served = {method: server.serve(endpoint, shown) for method, endpoint in endpoints.items()}
    allowed = ", ".join(sorted({*endpoints, *(["HEAD"] if shown else [])}))

    async def answer(request: Request) -> Response:
        method = "GET" if request.method == "HEAD" else request.method
        if method not in served:
            return problem_response("method-not-allowed", f"allowed here: {allowed}", headers={"allow": allowed})
        return await served[method](request)

    return Route(ROOT + path, answer, methods=_METHODS)


def paths(endpoints: Sequence[Endpoint] = ENDPOINTS) -> list[str]:
    """What there is, for tests."""
    return [f"{endpoint.method} {endpoint.path}" for endpoint in endpoints]
