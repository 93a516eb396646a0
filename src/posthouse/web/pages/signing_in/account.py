"""``/account``: who is signed in, the password, and the sessions."""

import contextlib
from collections.abc import Mapping
from types import MappingProxyType

from starlette.requests import Request
from starlette.responses import Response

from posthouse.foundation.errors import Invalid, LimitReached, NotFound, Refused, SignInAgain
from posthouse.foundation.ids import to_text
from posthouse.services.administer.rules.password_policy import WeakPassword
from posthouse.services.browsers.control import BROWSER, ActiveSession, SessionControl
from posthouse.services.browsers.passkey_control import Passkey
from posthouse.services.browsers.sessions import SignedIn
from posthouse.services.guard.guarding import SignInBlocked
from posthouse.services.languages.speaking import translated
from posthouse.web.api.endpoint import moment
from posthouse.web.browsers import Browsers
from posthouse.web.cookies import SAFE_METHODS, is_own, set_cookie, source_of
from posthouse.web.house import WebHouse
from posthouse.web.pages.signing_in.browser_names import browser_name
from posthouse.web.pages.signing_in.forms import fields_of, kept_language, onward
from posthouse.web.pages.signing_in.sign_in import ACCOUNT, SIGN_IN, Answering, SignInPage, guarded, said
from posthouse.web.pages.templating import language_of, page
from posthouse.web.pages.words import words
from posthouse.web.passkeys import site_of


class AccountPage:
    """Its endpoints are made by ``endpoint``: they are for who is signed in."""

    def __init__(self, house: WebHouse, doorway: SignInPage, browsers: Browsers, control: SessionControl) -> None:
        self._house = house
        self._doorway = doorway
        self._browsers = browsers
        self._control = control

    def endpoint(self, name: str) -> Answering:
        """``show``, or what is done on the page: the name of one of the methods below."""
        verb = getattr(self, name)

        async def answer(request: Request) -> Response:
            await self._house.settings.refresh()
            signed_in = await self._doorway.signed_in(request)
            if signed_in is None or not (request.method in SAFE_METHODS or is_own(request)):
                return onward(request, SIGN_IN)
            found: Response = await verb(request, signed_in)
            return found

        return guarded(answer)

    async def show(
        self,
        request: Request,
        signed_in: SignedIn,
        status: int = 200,
        *,
        wrong: Mapping[str, tuple[str, ...]] = MappingProxyType({}),
        recovery_codes: tuple[str, ...] = (),
    ) -> Response:
        """Answer with the page; ``wrong``: sentences by the section that was filled in."""
        account, site = signed_in.account, site_of(request, self._house.hostname)
        control = self._browsers.passkey_control
        is_recent = control.is_recent(signed_in)
        return page(
            request,
            "account",
            self._house.hostname,
            "no-store",
            status=status,
            kept=kept_language(request),
            account=account,
            refused={"password": (), "passkeys": (), "recovery": ()} | dict(wrong),
            done=request.query_params.get("done", ""),
            new_password_wanted=signed_in.session.new_password_wanted,
            sessions=[_shown(each, signed_in) for each in await self._control.all(signed_in.principal, account.address)],
            passkeys=[_passkey(each) for each in await control.all(signed_in.principal, account.address)],
            recovery_codes=recovery_codes,
            is_recent=is_recent,
            offers_passkeys=site is not None,
            new_passkey=await control.begin(signed_in, site) if site is not None and is_recent else None,
        )

    async def change_password(self, request: Request, signed_in: SignedIn) -> Response:
        """Take a new password."""
        fields = await fields_of(request)
        new, language = fields.get("new", ""), language_of(request)
        if new != fields.get("again", ""):
            return await self.show(request, signed_in, 422, wrong={"password": (words(language)["account"]["differ"],)})
        try:
            opened = await self._browsers.own_password.change(signed_in, fields.get("present", ""), new, source_of(request))
        except WeakPassword as error:
            sentences = tuple([translated(each, language.partition("-")[0]) for each in error.sentences])
            return await self.show(request, signed_in, 422, wrong={"password": sentences})
        except (Refused, SignInBlocked) as error:
            return await self.show(
                request, signed_in, 422 if isinstance(error, Invalid) else 403, wrong={"password": (said(error, request),)}
            )
        return onward(request, ACCOUNT, set_cookie(request, opened.token), done="password")

    async def add_passkey(self, request: Request, signed_in: SignedIn) -> Response:
        """Keep a passkey that the browser has made; recovery codes are shown at once and never again."""
        fields, site = await fields_of(request), site_of(request, self._house.hostname)
        if site is None:
            return onward(request, ACCOUNT)
        answer = fields.get("credential", "").encode()
        try:
            made = await self._browsers.passkey_control.add(signed_in, fields.get("name", ""), answer, site)
        except (Refused, LimitReached) as error:
            return await self.show(request, signed_in, 422, wrong={"passkeys": (said(error, request),)})
        if not made.recovery_codes:
            return onward(request, ACCOUNT)
        return await self.show(request, signed_in, recovery_codes=made.recovery_codes)

    async def recovery_address(self, request: Request, signed_in: SignedIn) -> Response:
        """Write to an address that shall be the recovery address."""
        fields = await fields_of(request)
        try:
            written = await self._browsers.recovery.begin_address(signed_in, fields.get("address", ""))
        except (Refused, LimitReached) as error:
            return await self.show(request, signed_in, 422, wrong={"recovery": (said(error, request),)})
        return onward(request, ACCOUNT, done="recovery" if written else "")

    async def remove_passkey(self, request: Request, signed_in: SignedIn) -> Response:
        """Remove a passkey; one that is gone meanwhile is what was wanted."""
        fields = await fields_of(request)
        try:
            with contextlib.suppress(NotFound):
                await self._browsers.passkey_control.remove(signed_in.principal, signed_in.account.address, fields.get("id", ""))
        except SignInAgain as error:
            return await self.show(request, signed_in, 403, wrong={"passkeys": (said(error, request),)})
        return onward(request, ACCOUNT)

    async def end_session(self, request: Request, signed_in: SignedIn) -> Response:
        """End a session; one that has ended meanwhile is what was wanted."""
        fields = await fields_of(request)
        with contextlib.suppress(Refused):
            await self._control.end(signed_in.principal, signed_in.account.address, fields.get("id", ""))
        return onward(request, ACCOUNT)

    async def end_others(self, request: Request, signed_in: SignedIn) -> Response:
        """End all sessions but this one."""
        await self._control.clear(signed_in.principal, signed_in.account.address, besides=signed_in.session.id)
        return onward(request, ACCOUNT)


def _shown(each: ActiveSession, signed_in: SignedIn) -> dict[str, object]:
    is_browser = each.protocol == BROWSER
    return {
        "id": to_text(each.id),
        "name": (browser_name(each.program) if is_browser else each.program) or each.protocol.upper(),
        "protocol": "" if is_browser else each.protocol.upper(),
        "address": each.address,
        "since": moment(each.since),
        "seen": moment(each.seen_at),
        "is_this": each.id == signed_in.session.id,
    }


def _passkey(each: Passkey) -> dict[str, object]:
    return {"id": to_text(each.id), "name": each.name, "since": moment(each.created_at), "may_be_copied": each.may_be_copied}
