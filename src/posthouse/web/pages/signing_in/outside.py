"""``/sign-in/oidc``: to an identity provider and back, with what was begun in a cookie of this browser."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from posthouse.formats.address.key import domain_key
from posthouse.foundation.errors import NotFound, PosthouseError
from posthouse.services.browsers.outside import BEGUN_SECONDS, NO_PROVIDER, OutsideSignIn
from posthouse.web.cookies import begun_cookie, begun_secret, is_private, source_of
from posthouse.web.house import WebHouse
from posthouse.web.pages.signing_in.forms import secure_address
from posthouse.web.pages.signing_in.sign_in import SignInPage

BEGIN = "/sign-in/oidc"
FINISH = "/sign-in/oidc/callback"


class OutsidePage:
    """Its endpoints are ``begin`` and ``finish``."""

    def __init__(self, house: WebHouse, doorway: SignInPage, outside: OutsideSignIn) -> None:
        self._house = house
        self._doorway = doorway
        self._outside = outside

    async def begin(self, request: Request) -> Response:
        """Send the browser to the provider of ``?domain=``, or of the system; under the name by which the provider knows us."""
        if not is_private(request):
            return self._doorway.over_tls()
        if request.url.scheme == "https" and request.url.hostname != self._house.hostname:
            query = f"?{request.url.query}" if request.url.query else ""
            return RedirectResponse(secure_address(self._house, BEGIN) + query, 303, _NOT_KEPT)
        await self._house.settings.refresh()
        try:
            begun = await self._outside.begin(_domain(request), f"{request.url.scheme}://{request.url.netloc}{FINISH}")
        except PosthouseError as error:
            return await self._doorway.refused(request, error)
        response = RedirectResponse(begun.url, 303, _NOT_KEPT)
        response.headers["set-cookie"] = begun_cookie(request, begun.secret, BEGUN_SECONDS)
        return response

    async def finish(self, request: Request) -> Response:
        """Take what the browser brings back from there; whatever comes of it, it counts once."""
        if not is_private(request):
            return self._doorway.over_tls()
        await self._house.settings.refresh()
        try:
            found = await self._outside.finish(begun_secret(request), request.query_params, source_of(request))
        except PosthouseError as error:
            response = await self._doorway.refused(request, error)
        else:
            response = await self._doorway.went(request, found, by_outside=True)
        response.headers.append("set-cookie", begun_cookie(request, "", 0))
        return response


_NOT_KEPT = {"cache-control": "no-store"}


def _domain(request: Request) -> str:
    """Raises: NotFound."""
    name = request.query_params.get("domain", "")
    try:
        return domain_key(name) if name else ""
    except ValueError:
        raise NotFound(NO_PROVIDER) from None
