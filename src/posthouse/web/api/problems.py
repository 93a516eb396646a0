"""Errors as problem details (RFC 9457)."""

from typing import Any, Final

import msgspec
from starlette.responses import Response

from posthouse.foundation import errors

MEDIA_TYPE: Final = "application/problem+json"
TYPES: Final = "/api/v1/problems/"


class Problem(msgspec.Struct, frozen=True, omit_defaults=True):
    """What went wrong."""

    type: str
    """A URI (relative) that names the kind of problem."""
    title: str
    status: int
    detail: str = ""
    """For the person in front of it: what happened and what to do."""
    at: str = ""
    """Where in the body or the query, as ``$.name``."""


class Kind(msgspec.Struct, frozen=True):
    """A kind of problem."""

    status: int
    title: str


KINDS: Final[dict[str, Kind]] = {
    "malformed": Kind(400, "The request cannot be read"),
    "unauthenticated": Kind(401, "Nobody is signed in"),
    "not-permitted": Kind(403, "This token may not do that"),
    "sign-in-again": Kind(403, "It wants a recent sign-in"),
    "tls-required": Kind(403, "Secrets are only taken over TLS"),
    "cross-site": Kind(403, "The request comes from a page of another site"),
    "not-found": Kind(404, "There is no such thing"),
    "method-not-allowed": Kind(405, "This cannot be done to it"),
    "not-acceptable": Kind(406, "The answer is JSON"),
    "already-exists": Kind(409, "There is one already"),
    "refused": Kind(409, "It cannot be done as things stand"),
    "limit-reached": Kind(409, "There are as many as there may be"),
    "in-progress": Kind(409, "The same request is being done"),
    "changed": Kind(412, "It has changed meanwhile"),
    "too-large": Kind(413, "The request is too large"),
    "unsupported-media-type": Kind(415, "The body has to be JSON"),
    "invalid": Kind(422, "A value is outside its rule"),
    "key-reused": Kind(422, "The idempotency key belongs to another request"),
    "too-many-requests": Kind(429, "Too many requests"),
    "internal": Kind(500, "A fault of this program"),
    "unavailable": Kind(503, "A part of the house does not answer"),
}
_OF_ERRORS: Final[tuple[tuple[type[errors.PosthouseError], str], ...]] = (
    (errors.AuthenticationFailed, "unauthenticated"),
    (errors.Expired, "unauthenticated"),
    (errors.SignInAgain, "sign-in-again"),
    (errors.NotPermitted, "not-permitted"),
    (errors.NotFound, "not-found"),
    (errors.AlreadyExists, "already-exists"),
    (errors.Invalid, "invalid"),
    (errors.TooLarge, "too-large"),
    (errors.LimitReached, "limit-reached"),
    (errors.Refused, "refused"),
    (errors.TemporaryFailure, "unavailable"),
)


class ProblemError(Exception):
    """A problem of the request itself, before any service was asked."""

    def __init__(self, kind: str, detail: str = "", at: str = "", **headers: str) -> None:
        super().__init__(detail)
        self.kind = kind
        self.detail = detail
        self.at = at
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


def kind_of(error: errors.PosthouseError) -> str:
    """The kind of problem an error of the house is."""
    return next((kind for known, kind in _OF_ERRORS if isinstance(error, known)), "internal")


def problem_response(kind: str, detail: str = "", at: str = "", headers: dict[str, str] | None = None) -> Response:
    """Answer with a problem."""
    known = KINDS[kind]
    fields: dict[str, Any] = {"cache-control": "no-store", **(headers or {})}
    if known.status == 401:
        fields.setdefault("www-authenticate", 'Bearer realm="posthouse"')
    if known.status == 503:
        fields.setdefault("retry-after", "5")
    problem = Problem(f"{TYPES}{kind}", known.title, known.status, detail, at)
    return Response(msgspec.json.encode(problem), known.status, fields, MEDIA_TYPE)
