"""``/sign-in``: password, then code, then one's account; and ``/sign-out``. It works without a script."""

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from posthouse.foundation.errors import AuthenticationFailed, PosthouseError, Retired
from posthouse.model.account import CredentialKind
from posthouse.services.browsers.sessions import Opened, SignedIn
from posthouse.services.browsers.signing_in import BEGIN_AGAIN, SecondFactorWanted
from posthouse.services.guard.guarding import SignInBlocked
from posthouse.services.languages.speaking import translated
from posthouse.web.browsers import Browsers
from posthouse.web.cookies import address_of, clear_cookie, is_foreign, is_own, is_private, session_token, set_cookie, source_of
from posthouse.web.house import WebHouse
from posthouse.web.pages.signing_in.forms import BadForm, fields_of, kept_language, onward, secure_address
from posthouse.web.pages.templating import language_of, page
from posthouse.web.passkeys import site_of

ACCOUNT = "/account"
SIGN_IN = "/sign-in"
Answering = Callable[[Request], Awaitable[Response]]


class SignInPage:
    """Its endpoints are ``get``, ``password``, ``passkey``, ``code`` and ``sign_out``."""

    def __init__(self, house: WebHouse, browsers: Browsers) -> None:
        self._house = house
        self._browsers = browsers

    async def get(self, request: Request) -> Response:
        """Answer with the form; who is signed in goes on to their account."""
        if not is_private(request):
            return self._over_tls()
        await self._house.settings.refresh()
        if await self.signed_in(request) is not None:
            return onward(request, ACCOUNT)
        return self._form(request)

    async def password(self, request: Request) -> Response:
        """Take the first step."""
        if not is_private(request):
            return self._over_tls()
        if is_foreign(request):
            return self._form(request, 403)
        await self._house.settings.refresh()
        fields = await fields_of(request)
        login = fields.get("login", "").strip()
        try:
            found = await self._browsers.sign_in.sign_in(login, fields.get("password", ""), source_of(request))
        except PosthouseError as error:
            return self._form(request, _status(error), login=login, wrong=said(error, request), blocked=_is_blocked(error))
        return self._went(request, found)

    async def passkey(self, request: Request) -> Response:
        """Take a passkey, alone or as the second step."""
        site = site_of(request, self._house.hostname)
        if not is_private(request) or site is None:
            return self._over_tls()
        if is_foreign(request):
            return self._form(request, 403)
        await self._house.settings.refresh()
        fields, sign_in = await fields_of(request), self._browsers.sign_in
        step, answer = fields.get("step", ""), fields.get("credential", "").encode()
        try:
            if step:
                opened = await sign_in.go_on_with_passkey(step, answer, site, source_of(request))
            else:
                opened = await sign_in.sign_in_with_passkey(answer, site, source_of(request))
        except PosthouseError as error:
            return self._form(request, _status(error), wrong=said(error, request), blocked=_is_blocked(error))
        return self._went(request, opened)

    async def code(self, request: Request) -> Response:
        """Take the second step."""
        if not is_private(request):
            return self._over_tls()
        if is_foreign(request):
            return self._form(request, 403)
        fields = await fields_of(request)
        step = fields.get("step", "")
        try:
            found = await self._browsers.sign_in.go_on(step, fields.get("code", ""), source_of(request))
        except AuthenticationFailed as error:
            if str(error) == BEGIN_AGAIN:
                return self._form(request, 403, wrong=said(error, request))
            return self._code_form(request, step, 403, said(error, request), with_passkey="passkey" in fields)
        except PosthouseError as error:
            return self._form(request, _status(error), wrong=said(error, request), blocked=_is_blocked(error))
        return self._went(request, found)

    async def sign_out(self, request: Request) -> Response:
        """End the session and go back to the form."""
        found = await self.signed_in(request)
        if found is not None and is_own(request):
            await self._browsers.sessions.end(found.session)
        return onward(request, SIGN_IN, clear_cookie(request) if is_own(request) else "")

    async def signed_in(self, request: Request) -> SignedIn | None:
        """Who is signed in; None: nobody. Raises: Unavailable."""
        token = session_token(request)
        if not token or not is_private(request):
            return None
        try:
            return await self._browsers.sessions.signed_in(token, address_of(request))
        except (AuthenticationFailed, Retired):
            return None

    def _went(self, request: Request, found: Opened | SecondFactorWanted) -> Response:
        if isinstance(found, SecondFactorWanted):
            return self._code_form(request, found.step, with_passkey=CredentialKind.PASSKEY in found.kinds)
        return onward(request, ACCOUNT, set_cookie(request, found.token))

    def _form(self, request: Request, status: int = 200, *, login: str = "", wrong: str = "", blocked: bool = False) -> Response:
        return page(
            request,
            "sign_in",
            self._house.hostname,
            "no-store",
            status=status,
            kept=kept_language(request),
            login=login,
            wrong=wrong,
            blocked=blocked,
            passkey=self._passkey_options(request),
        )

    def _code_form(self, request: Request, step: str, status: int = 200, wrong: str = "", *, with_passkey: bool) -> Response:
        return page(
            request,
            "second_step",
            self._house.hostname,
            "no-store",
            status=status,
            kept=kept_language(request),
            step=step,
            wrong=wrong,
            passkey=self._passkey_options(request, step) if with_passkey else None,
        )

    def _passkey_options(self, request: Request, step: str = "") -> dict[str, Any] | None:
        """What the browser may prove a passkey for; None where this is not the place for it."""
        site = site_of(request, self._house.hostname)
        return None if site is None else self._browsers.passkeys.options(site, step)

    def _over_tls(self) -> Response:
        address = secure_address(self._house, SIGN_IN)
        if address:
            return RedirectResponse(address, 307, {"cache-control": "no-store"})
        return PlainTextResponse("Passwords are taken over TLS only.\n", 403)


def guarded(answering: Answering) -> Answering:
    """An endpoint of these pages: what goes wrong outside is told in words."""

    async def answer(request: Request) -> Response:
        try:
            return await answering(request)
        except BadForm as error:
            return PlainTextResponse(f"{error}\n", 400, {"cache-control": "no-store"})
        except PosthouseError as error:
            return PlainTextResponse(f"{said(error, request)}\n", 503, {"cache-control": "no-store", "retry-after": "5"})

    return answer


def said(error: PosthouseError, request: Request) -> str:
    """What went wrong, in the reader's language, as a sentence."""
    text = translated(str(error), language_of(request).partition("-")[0])
    return text[:1].upper() + text[1:]


def _is_blocked(error: PosthouseError) -> bool:
    return isinstance(error, SignInBlocked)


def _status(error: PosthouseError) -> int:
    if isinstance(error, SignInBlocked):
        return 429
    return 403 if isinstance(error, AuthenticationFailed | Retired) else 503
