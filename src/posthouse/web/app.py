"""The web application: its routes, and what every answer carries."""

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Route

from posthouse.services.browsers.control import SessionControl
from posthouse.services.browsers.outside import OutsideSignIn
from posthouse.web.api.application import api_routes
from posthouse.web.discovery.mta_sts import PATH, sts_policy_page
from posthouse.web.health import healthz, readyz
from posthouse.web.house import WebHouse
from posthouse.web.pages.files import static_file
from posthouse.web.pages.setup import SetupPage
from posthouse.web.pages.signing_in.account import AccountPage
from posthouse.web.pages.signing_in.outside import BEGIN, FINISH, OutsidePage
from posthouse.web.pages.signing_in.recovering import RecoveryPages
from posthouse.web.pages.signing_in.sign_in import SignInPage, guarded
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
        *_account_routes(house),
        *(api_routes(house.api) if house.api is not None else ()),
    ]
    return Starlette(routes=routes, middleware=[Middleware(SecurityHeaders)])


def _account_routes(house: WebHouse) -> list[Route]:
    """The pages of who signs in."""
    api = house.api
    if api is None or api.browsers is None:
        return []
    recovering = RecoveryPages(house, api.browsers.recovery)
    doorway = SignInPage(house, api.browsers)
    control = SessionControl(api.administration, api.browsers.sessions, api.program_sessions)
    account = AccountPage(house, doorway, api.browsers, control)
    return [
        Route("/sign-in", guarded(doorway.get), methods=["GET"]),
        Route("/sign-in", guarded(doorway.password), methods=["POST"]),
        Route("/sign-in/code", guarded(doorway.get), methods=["GET"]),
        Route("/sign-in/passkey", guarded(doorway.get), methods=["GET"]),
        Route("/sign-in/passkey", guarded(doorway.passkey), methods=["POST"]),
        Route("/sign-in/code", guarded(doorway.code), methods=["POST"]),
        *_outside_routes(house, doorway, api.browsers.outside),
        *(
            Route(f"/sign-in/{name}", guarded(getattr(recovering, name)), methods=["GET", "POST"])
            for name in ("forgotten", "recover", "confirm")
        ),
        Route("/sign-out", guarded(doorway.get), methods=["GET"]),
        Route("/sign-out", guarded(doorway.sign_out), methods=["POST"]),
        Route("/account", account.endpoint("show"), methods=["GET"]),
        Route("/account/password", account.endpoint("change_password"), methods=["POST"]),
        Route("/account/passkeys", account.endpoint("add_passkey"), methods=["POST"]),
        Route("/account/passkeys/remove", account.endpoint("remove_passkey"), methods=["POST"]),
        Route("/account/recovery-address", account.endpoint("recovery_address"), methods=["POST"]),
        Route("/account/sessions/end", account.endpoint("end_session"), methods=["POST"]),
        Route("/account/sessions/end-others", account.endpoint("end_others"), methods=["POST"]),
    ]


def _outside_routes(house: WebHouse, doorway: SignInPage, outside: OutsideSignIn | None) -> list[Route]:
    """The way over an identity provider."""
    if outside is None:
        return []
    pages = OutsidePage(house, doorway, outside)
    return [Route(BEGIN, guarded(pages.begin), methods=["GET"]), Route(FINISH, guarded(pages.finish), methods=["GET"])]
