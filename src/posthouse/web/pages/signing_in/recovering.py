"""``/sign-in/forgotten``, ``/sign-in/recover`` and ``/sign-in/confirm``: a forgotten password, and the links of letters."""

from starlette.requests import Request
from starlette.responses import Response

from posthouse.foundation.errors import Invalid, LimitReached, Refused
from posthouse.services.administer.rules.password_policy import WeakPassword
from posthouse.services.browsers.recovery import Recovery
from posthouse.services.languages.speaking import translated
from posthouse.web.cookies import is_foreign, is_private, source_of
from posthouse.web.house import WebHouse
from posthouse.web.pages.signing_in.forms import fields_of, kept_language, onward
from posthouse.web.pages.signing_in.sign_in import SIGN_IN, said
from posthouse.web.pages.templating import language_of, page
from posthouse.web.pages.words import words


class RecoveryPages:
    """Their endpoints: ``forgotten``, ``recover`` and ``confirm``, each to look at and to send."""

    def __init__(self, house: WebHouse, recovery: Recovery) -> None:
        self._house = house
        self._recovery = recovery

    async def forgotten(self, request: Request) -> Response:
        """Ask whose password it is; then say the same to everybody."""
        if request.method != "POST":
            return self._page(request, "forgotten", sent=False)
        if not self._may_send(request):
            return onward(request, SIGN_IN)
        await self._house.settings.refresh()
        login, source = (await fields_of(request)).get("login", "").strip(), source_of(request)
        try:
            await self._recovery.admit(source)
        except LimitReached as error:
            return self._page(request, "forgotten", 429, sent=False, wrong=(said(error, request),))
        self._recovery.write_soon(login, source)
        return self._page(request, "forgotten", sent=True)

    async def recover(self, request: Request) -> Response:
        """Ask for a new password; looking at the page does not use the link up."""
        if request.method != "POST":
            return self._page(request, "recover", token=request.query_params.get("token", ""))
        if not self._may_send(request):
            return onward(request, SIGN_IN)
        await self._house.settings.refresh()
        fields, language = await fields_of(request), language_of(request)
        token, new = fields.get("token", ""), fields.get("new", "")
        if new != fields.get("again", ""):
            return self._page(request, "recover", 422, token=token, wrong=(words(language)["account"]["differ"],))
        try:
            await self._recovery.set_password(token, new, source_of(request))
        except WeakPassword as error:
            sentences = tuple([translated(each, language.partition("-")[0]) for each in error.sentences])
            return self._page(request, "recover", 422, token=token, wrong=sentences)
        except Invalid as error:
            return self._page(request, "recover", 422, token=token, wrong=(said(error, request),))
        except Refused as error:
            return self._page(request, "forgotten", 403, sent=False, wrong=(said(error, request),))
        return onward(request, SIGN_IN, done="recovered")

    async def confirm(self, request: Request) -> Response:
        """Take a recovery address when the button is pressed: programs that look at links in letters press none."""
        if request.method != "POST":
            return self._page(request, "confirm", token=request.query_params.get("token", ""), done=False)
        if not self._may_send(request):
            return onward(request, SIGN_IN)
        token = (await fields_of(request)).get("token", "")
        try:
            await self._recovery.confirm_address(token, source_of(request))
        except Refused as error:
            return self._page(request, "confirm", 403, token="", done=False, wrong=(said(error, request),))
        return self._page(request, "confirm", token="", done=True)

    def _page(self, request: Request, name: str, status: int = 200, *, wrong: tuple[str, ...] = (), **values: object) -> Response:
        kept = kept_language(request)
        return page(request, name, self._house.hostname, "no-store", status=status, kept=kept, wrong=wrong, **values)

    @staticmethod
    def _may_send(request: Request) -> bool:
        return is_private(request) and not is_foreign(request)
