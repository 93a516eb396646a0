"""Style sheet, script and mark: small files of the package, kept in memory, named with their fingerprint."""

import hashlib
from functools import cache
from importlib import resources
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

_TYPES: Final = {
    "site.css": "text/css; charset=utf-8",
    "copy.js": "text/javascript; charset=utf-8",
    "passkeys.js": "text/javascript; charset=utf-8",
    "times.js": "text/javascript; charset=utf-8",
    "mark.svg": "image/svg+xml",
}
_FOREVER: Final = "public, max-age=31536000, immutable"
_AN_HOUR: Final = "public, max-age=3600"


@cache
def content(name: str) -> bytes:
    """The octets of a file."""
    return (resources.files(__package__) / "static" / name).read_bytes()


@cache
def address(name: str) -> str:
    """Where a page finds a file: the address changes whenever the file does."""
    return f"/static/{name}?v={hashlib.sha256(content(name)).hexdigest()[:12]}"


async def static_file(request: Request) -> Response:
    """Answer with a file. Raises: HTTPException 404."""
    name = request.path_params.get("name", "mark.svg")
    if name not in _TYPES:
        raise HTTPException(404)
    caching = _FOREVER if "v" in request.query_params else _AN_HOUR
    return Response(content(name), media_type=_TYPES[name], headers={"cache-control": caching})
