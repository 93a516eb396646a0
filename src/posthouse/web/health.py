"""Is the process alive, is the service ready: for supervisors, load balancers and people in a hurry."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from posthouse.foundation.errors import PosthouseError
from posthouse.web.house import WebHouse

PATIENCE_SECONDS: Final = 2.0
_NO_STORE: Final = {"cache-control": "no-store"}


async def healthz(request: Request) -> Response:
    """Tell that the process is alive."""
    del request
    return PlainTextResponse("ok\n", headers=_NO_STORE)


def readyz(house: WebHouse) -> Callable[[Request], Awaitable[Response]]:
    """Tell whether the directory can be read and every mail worker answers: 200, or 503 with what is missing."""

    async def answer(request: Request) -> Response:
        del request
        parts = {"directory": await _reads(house)}
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                parts |= await house.ask_workers()
        except (TimeoutError, PosthouseError):
            parts["workers"] = False
        ready = all(parts.values())
        return JSONResponse({"ready": ready, "parts": parts}, 200 if ready else 503, _NO_STORE)

    return answer


async def _reads(house: WebHouse) -> bool:
    try:
        await house.directory.epoch()
    except PosthouseError:
        return False
    return True
