"""``/sign-in``: password, then code, then one's account; and ``/sign-out``. It works without a script.

``/sign-in?again`` is for who is signed in and shall confirm that it is still they: the session they had ends with the new one.
"""

import contextlib
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from posthouse.formats.address.key import domain_key
from posthouse.foundation.errors import AuthenticationFailed, PosthouseError, Refused, Retired, Unavailable
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
AGAIN = "again"
"""In the query: who is signed in confirms that it is still they."""
Answering = Callable[[Request], Awaitable[Response]]


class SignInPage:
    """Its endpoints are ``get``, ``password``, ``passkey``, ``code`` and ``sign_out``."""

    def __init__(self, house: WebHouse, browsers: Browsers) -> None:
        self._house = house
        self._browsers = browsers

    async def get(self, request: Request) -> Response:
        """Answer with the form; who is signed in goes on to their account, unless they come to confirm who they are."""
        if not is_private(request):
            return self.over_tls()
        await self._house.settings.refresh()
        present = await self.signed_in(request)
        if present is None:
            return await self._form(request)
        if AGAIN in request.query_params:
            return await self._form(request, login=present.account.address, again=True)
        return onward(request, ACCOUNT)

    async def password(self, request: Request) -> Response:
        """Take the first step."""
        if not is_private(request):
            return self.over_tls()
        if is_foreign(request):
            return await self._form(request, 403)
        await self._house.settings.refresh()
        fields = await fields_of(request)
        login = fields.get("login", "").strip()
        try:
            found = await self._browsers.sign_in.sign_in(login, fields.get("password", ""), source_of(request))
        except PosthouseError as error:
            return await self._form(request, _status(error), login=login, wrong=said(error, request), blocked=_is_blocked(error))
        return await self.went(request, found)

    async def passkey(self, request: Request) -> Response:
        """Take a passkey, alone or as the second step."""
        site = site_of(request, self._house.hostname)
        if not is_private(request) or site is None:
            return self.over_tls()
        if is_foreign(request):
            return await self._form(request, 403)
        await self._house.settings.refresh()
        fields, sign_in = await fields_of(request), self._browsers.sign_in
        step, answer = fields.get("step", ""), fields.get("credential", "").encode()
        try:
            if step:
                opened = await sign_in.go_on_with_passkey(step, answer, site, source_of(request))
            else:
                opened = await sign_in.sign_in_with_passkey(answer, site, source_of(request))
        except PosthouseError as error:
            return await self.refused(request, error)
        return await self.went(request, opened)

    async def code(self, request: Request) -> Response:
        """Take the second step."""
        if not is_private(request):
            return self.over_tls()
        if is_foreign(request):
            return await self._form(request, 403)
        fields = await fields_of(request)
        step = fields.get("step", "")
        try:
            found = await self._browsers.sign_in.go_on(step, fields.get("code", ""), source_of(request))
        except AuthenticationFailed as error:
            if str(error) == BEGIN_AGAIN:
                return await self._form(request, 403, wrong=said(error, request))
            return self._code_form(request, step, 403, said(error, request), with_passkey="passkey" in fields)
        except PosthouseError as error:
            return await self.refused(request, error)
        return await self.went(request, found)

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

    async def went(self, request: Request, found: Opened | SecondFactorWanted, *, by_outside: bool = False) -> Response:
        """Answer to a step that went well; ``by_outside``: somebody else has vouched."""
        if isinstance(found, SecondFactorWanted):
            with_passkey = CredentialKind.PASSKEY in found.kinds
            return self._code_form(request, found.step, with_passkey=with_passkey, by_outside=by_outside)
        with contextlib.suppress(Unavailable):  # then it ends by its age
            former = await self.signed_in(request)
            if former is not None:
                await self._browsers.sessions.end(former.session)
        return onward(request, ACCOUNT, set_cookie(request, found.token))

    async def refused(self, request: Request, error: PosthouseError) -> Response:
        """The form again, with why."""
        return await self._form(request, _status(error), wrong=said(error, request), blocked=_is_blocked(error))

    async def _form(
        self,
        request: Request,
        status: int = 200,
        *,
        login: str = "",
        wrong: str = "",
        blocked: bool = False,
        again: bool = False,
    ) -> Response:
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
            again=again,
            passkey=self._passkey_options(request),
            outside=await self._outside(request),
            recovered=request.query_params.get("done") == "recovered",
        )

    def _passkey_options(self, request: Request, step: str = "") -> dict[str, Any] | None:
        """What the browser may prove a passkey for; None where this is not the place for it."""
        site = site_of(request, self._house.hostname)
        return None if site is None else self._browsers.passkeys.options(site, step)

    async def _outside(self, request: Request) -> str:
        """The query of the link to an identity provider, with its ``?``; empty where there is no provider.

        A domain's own is offered to who comes with ``?domain=``.
        """
        outside, domain = self._browsers.outside, request.query_params.get("domain", "")
        if outside is None:
            return ""
        try:
            is_offered = await outside.offers(domain_key(domain) if domain else "")
        except ValueError:
            return ""
        return f"?{urlencode({'domain': domain})}" if is_offered and domain else "?" if is_offered else ""

    def _code_form(
        self,
        request: Request,
        step: str,
        status: int = 200,
        wrong: str = "",
        *,
        with_passkey: bool,
        by_outside: bool = False,
    ) -> Response:
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
            by_outside=by_outside,
        )

    def over_tls(self) -> Response:
        """Send the browser to the same page over TLS."""
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
    return 403 if isinstance(error, Refused) else 503
