"""The OpenAPI 3.1 document, made from the endpoints."""

import re
from collections.abc import Sequence
from typing import Any, Final

import msgspec

from posthouse.web.api.answering import ROOT
from posthouse.web.api.endpoint import Content, Endpoint, Page, Where
from posthouse.web.api.problems import KINDS, MEDIA_TYPE, Problem
from posthouse.web.cookies import SECURE

_REF: Final = "#/components/schemas/{name}"
_ALWAYS: Final = (400, 401, 403, 404, 405, 406, 422, 429, 500, 503)
_TEXT: Final = {"type": "string"}
_PARAMETERS: Final[dict[str, str]] = {
    "address": "The whole address, e.g. alice@example.test.",
    "domain": "A domain name, e.g. example.test.",
    "selector": "Selector of a DKIM key.",
    "id": "Its id.",
    "key": "Key of a setting.",
    "name": "Its name or its id.",
    "kind": "A kind of problem.",
}
INTRODUCTION: Final = """\
Administration of Posthouse for programs. Every request carries `Authorization: Bearer TOKEN` (`posthouse token add`) and goes over
TLS; from the machine itself plain HTTP will do. Browsers that are signed in send their cookie instead, from our own pages. A token
does what its account's role does, or less. `x-act` says which act an
operation is, `x-where` where its right has to hold: in the `domain` that is named, in the whole `service`, wherever one has `seen`
something, on one's `own` account, or nowhere (`anybody`).

Errors are problem details (RFC 9457). A POST with an `Idempotency-Key` is done once; within 24 hours the same request gets the same
answer. What can be read alone has an `ETag`: `If-None-Match` saves the answer, `If-Match` refuses a change to what has changed.
Without `If-Match` the last one wins; it is never demanded (no 428).
"""


def document(endpoints: Sequence[Endpoint], version: str) -> dict[str, Any]:
    """The whole document."""
    kinds: list[Any] = [Problem]
    for endpoint in endpoints:
        kinds += [kind for kind in (endpoint.answer, endpoint.body, endpoint.query) if kind not in (None, Content)]
    schemas, components = msgspec.json.schema_components(kinds, ref_template=_REF)
    known = dict(zip([repr(kind) for kind in kinds], schemas, strict=True))
    paths: dict[str, dict[str, Any]] = {}
    for endpoint in endpoints:
        paths.setdefault(ROOT + endpoint.path, {})[endpoint.method.lower()] = _operation(endpoint, known, components)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Posthouse", "version": version, "description": INTRODUCTION, "license": {"name": "Apache-2.0"}},
        "servers": [{"url": "/"}],
        "security": [{"token": []}, {"session": []}],
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer"},
                "session": {"type": "apiKey", "in": "cookie", "name": SECURE},
            },
        },
    }


def _operation(endpoint: Endpoint, known: dict[str, Any], components: dict[str, Any]) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": endpoint.name,
        "summary": endpoint.summary,
        "tags": [endpoint.tag],
        "parameters": [*_path_parameters(endpoint), *_query_parameters(endpoint, known, components), *_header_parameters(endpoint)],
        "responses": _responses(endpoint, known),
        "x-act": None if endpoint.act is None else endpoint.act.value,
        "x-where": endpoint.where.value,
    }
    if endpoint.where is Where.ANYBODY:
        operation["security"] = []
    if endpoint.body is not None:
        content: dict[str, Any] = {"schema": known[repr(endpoint.body)]}
        if endpoint.example is not None:
            content["example"] = msgspec.to_builtins(endpoint.example)
        operation["requestBody"] = {"required": True, "content": {"application/json": content}}
    return operation


def _path_parameters(endpoint: Endpoint) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "path", "required": True, "schema": _TEXT | {"minLength": 1}, "description": _PARAMETERS[name]}
        for name in endpoint.parameters
    ]


def _query_parameters(endpoint: Endpoint, known: dict[str, Any], components: dict[str, Any]) -> list[dict[str, Any]]:
    if endpoint.query is None:
        return []
    reference = known[repr(endpoint.query)]["$ref"].rpartition("/")[2]
    schema = components[reference]
    required = schema.get("required", [])
    return [
        {"name": name, "in": "query", "required": name in required, "schema": each} for name, each in schema["properties"].items()
    ]


def _header_parameters(endpoint: Endpoint) -> list[dict[str, Any]]:
    names = {"GET": ["If-None-Match"], "POST": ["Idempotency-Key"]}.get(endpoint.method, ["If-Match"])
    if _is_many(endpoint) or endpoint.where is Where.ANYBODY:
        names = []
    return [{"name": name, "in": "header", "required": False, "schema": _TEXT} for name in names]


def _responses(endpoint: Endpoint, known: dict[str, Any]) -> dict[str, Any]:
    responses: dict[str, Any] = {}
    if endpoint.answer is None:
        responses["204"] = {"description": "Done."}
    else:
        schema = {"type": "string"} if endpoint.answer is Content else known[repr(endpoint.answer)]
        responses[str(endpoint.status)] = {"description": "Done.", "content": {endpoint.media_type: {"schema": schema}}}
    statuses = set(_ALWAYS)
    if endpoint.method == "GET" and not _is_many(endpoint):
        responses["304"] = {"description": "As it was."}
    if endpoint.method != "GET":
        statuses |= {409, 412}
    if endpoint.body is not None:
        statuses |= {413, 415}
    content = {MEDIA_TYPE: {"schema": known[repr(Problem)]}}
    for status in sorted(statuses):
        titles = [kind.title for kind in KINDS.values() if kind.status == status]
        responses[str(status)] = {"description": "; ".join(titles) + ".", "content": content}
    return responses


def _is_many(endpoint: Endpoint) -> bool:
    return bool(re.match(r"<class '.*\bPage'>|.*\bPage\[", repr(endpoint.answer))) or endpoint.answer is Page
