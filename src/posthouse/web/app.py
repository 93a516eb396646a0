"""The web application: its routes, and what every answer carries."""

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Route

from posthouse.web.api.application import api_routes
from posthouse.web.discovery.mta_sts import PATH, sts_policy_page
from posthouse.web.health import healthz, readyz
from posthouse.web.house import WebHouse
from posthouse.web.pages.files import static_file
from posthouse.web.pages.setup import SetupPage
from posthouse.web.pages.visitor import VisitorPage
from posthouse.web.security import SecurityHeaders


def web_application(house: WebHouse) -> Starlette:
    """Make the application."""
    setup, visitor = SetupPage(house), VisitorPage(house, house.blocks)
    routes = [
        Route("/healthz", healthz),
        Route("/readyz", readyz(house)),
        Route("/", setup.get),
        Route("/setup", setup.get),
        Route("/ip", visitor.get),
        Route("/ip.json", visitor.get),
        Route(PATH, sts_policy_page(house)),
        Route("/static/{name}", static_file),
        Route("/favicon.ico", static_file),
        *(api_routes(house.api) if house.api is not None else ()),
    ]
    return Starlette(routes=routes, middleware=[Middleware(SecurityHeaders)])
