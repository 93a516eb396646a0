"""The web application: routes and what they need."""

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route


def web_application() -> Starlette:
    """Make the application."""
    return Starlette(routes=[Route("/healthz", healthz)])


async def healthz(request: Request) -> Response:
    """Tell that the process is alive."""
    del request
    return PlainTextResponse("ok\n")
