"""What browsers sign in with, over an office; and a browser that keeps its cookies."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from urllib.parse import urlencode, urlsplit

import msgspec
from starlette.types import ASGIApp
from tests.support.administration import Office
from tests.support.asgi import Answer, ask
from tests.support.identity_provider import DirectLink

from posthouse.adapters.limiter.local import LocalLimiter
from posthouse.adapters.sessions.database import SessionDatabase
from posthouse.ports.guard import Guard
from posthouse.ports.signing_in.provider_link import ProviderLink
from posthouse.services.administer.accounts import Accounts
from posthouse.services.administer.credentials import Passwords
from posthouse.services.authenticate import AuthenticatingParts, Authenticator
from posthouse.services.browsers.challenges import Challenges
from posthouse.services.browsers.outside import OutsideParts, OutsideSignIn
from posthouse.services.browsers.own_password import OwnPassword, OwnPasswordParts
from posthouse.services.browsers.passkey_control import PasskeyControl
from posthouse.services.browsers.passkeys import PasskeyCheck
from posthouse.services.browsers.recovery import Recovery, RecoveryParts
from posthouse.services.browsers.sessions import OpenSessions, SessionParts
from posthouse.services.browsers.signing_in import BrowserSignIn, SignInParts
from posthouse.services.browsers.steps import SecretSteps
from posthouse.services.guard.guarding import SignInGuard
from posthouse.services.letters.writing import LetterParts, Letters
from posthouse.services.second_factors import SecondFactorCheck
from posthouse.services.signing_in.oidc.providers import Providers
from posthouse.services.trust.signing import Signer
from posthouse.web.browsers import Browsers

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


def office_browsers(office: Office, database: SessionDatabase, guard: Guard, link: ProviderLink | None = None) -> Browsers:
    """Make it."""
    parts = office.parts
    directory, settings, vault, clock, entropy = parts.directory, parts.settings, parts.vault, parts.clock, parts.entropy
    guarding = SignInGuard(guard, settings, vault, clock)
    authenticator = Authenticator(AuthenticatingParts(directory, vault, settings, clock, entropy, guarding))
    sessions = OpenSessions(SessionParts(directory, database, authenticator, settings, vault, clock, entropy))
    challenges = Challenges(database, vault, clock, entropy)
    passkeys = PasskeyCheck(directory, challenges)
    steps = SecretSteps(database, vault, clock, entropy)
    sign_in = SignInParts(
        directory,
        authenticator,
        SecondFactorCheck(directory, vault, clock),
        passkeys,
        sessions,
        steps,
        Passwords(parts).is_weak,
    )
    control = PasskeyControl(parts, challenges)
    signer = Signer(directory, vault, settings, office.spool, clock)
    letters = Letters(LetterParts("mail.example.test", directory, office.queue, signer, clock, entropy))
    pages = "https://mail.example.test"
    recovery = RecoveryParts(parts, authenticator, steps, letters, LocalLimiter(clock), pages)
    own_password = OwnPasswordParts(directory, Accounts(parts), authenticator, sessions)
    signing_in = BrowserSignIn(sign_in)
    providers = Providers(settings, link or DirectLink(), vault, clock)
    outside = OutsideSignIn(OutsideParts(providers, authenticator, signing_in, settings, vault, clock, entropy))
    own = OwnPassword(own_password)
    return Browsers(signing_in, sessions, own, passkeys, control, Recovery(recovery), outside)


@dataclass
class Browser:
    """Somebody's browser on one site: it keeps cookies and says from where its requests come."""

    app: ASGIApp
    site: str = "https://mail.example.test"
    client: str = "192.0.2.1"
    cookies: dict[str, str] = field(default_factory=dict)

    async def send(self, method: str, path: str, body: object = None, **headers: str) -> Answer:
        """Send JSON, as a script of the site does."""
        if body is not None:
            headers.setdefault("content_type", "application/json")
        octets = b"" if body is None else msgspec.json.encode(body)
        return await self._ask(method, path, octets, headers)

    async def post(self, path: str, **fields: str) -> Answer:
        """Send a form, as a page of the site does."""
        headers = {"content_type": "application/x-www-form-urlencoded"}
        return await self._ask("POST", path, urlencode(fields).encode(), headers)

    async def get(self, path: str, **headers: str) -> Answer:
        """Look at a page."""
        return await self._ask("GET", path, b"", headers)

    async def raw(self, method: str, path: str, body: bytes, **headers: str) -> Answer:
        """Send octets as they are."""
        return await self._ask(method, path, body, headers)

    async def _ask(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        said = {"user_agent": FIREFOX, "sec_fetch_site": "same-origin", **headers}
        if self.cookies:
            said["cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        answer = await ask(self.app, self.site + path, method=method, body=body, client=self.client, **said)
        for field_ in answer.cookies:
            self._keep(field_)
        return answer

    def _keep(self, field_: str) -> None:
        for name, morsel in SimpleCookie(field_).items():
            if name.startswith("__Host-"):
                assert morsel["secure"], "a browser refuses it else"
                assert (morsel["path"], morsel["domain"]) == ("/", "")
                assert urlsplit(self.site).scheme == "https"
            if morsel["max-age"] == "0":
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = morsel.value
