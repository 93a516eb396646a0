"""Signing in with browsers, over an open house."""

from posthouse.bootstrap.commands.administration import administration
from posthouse.bootstrap.house import House
from posthouse.bootstrap.outside import outside_passwords_of, providers_of
from posthouse.bootstrap.storage import CLOCK, ENTROPY
from posthouse.ports.limiter import Limiter
from posthouse.services.administer.accounts import Accounts
from posthouse.services.administer.credentials import Passwords
from posthouse.services.authenticate import AuthenticatingParts, Authenticator
from posthouse.services.browsers.challenges import Challenges
from posthouse.services.browsers.control import SessionControl
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
from posthouse.services.signing_in.renewing import PasswordRenewer
from posthouse.services.trust.signing import Signer
from posthouse.web.browsers import Browsers


def browsers(house: House, limiter: Limiter) -> Browsers:
    """What browsers sign in with; made once for each process, which remembers passwords for a while."""
    guard = SignInGuard(house.guard, house.settings, house.vault, CLOCK)
    renewer = PasswordRenewer(house.directory, house.vault)
    authenticator = Authenticator(
        AuthenticatingParts(
            house.directory,
            house.vault,
            house.settings,
            CLOCK,
            ENTROPY,
            guard,
            renewer,
            hostname=house.config.hostname,
            outside=outside_passwords_of(house.settings, house.vault),
        )
    )
    sessions = _sessions(house, authenticator)
    challenges = Challenges(house.steps, house.vault, CLOCK, ENTROPY)
    passkeys = PasskeyCheck(house.directory, challenges)
    steps = SecretSteps(house.steps, house.vault, CLOCK, ENTROPY)
    parts = SignInParts(
        house.directory,
        authenticator,
        SecondFactorCheck(house.directory, house.vault, CLOCK),
        passkeys,
        sessions,
        steps,
        Passwords(administration(house)).is_weak,
    )
    own_password = OwnPasswordParts(house.directory, Accounts(administration(house)), authenticator, sessions)
    control = PasskeyControl(administration(house), challenges)
    sign_in, providers = BrowserSignIn(parts), providers_of(house.settings, house.vault)
    outside = OutsideParts(providers, authenticator, sign_in, house.settings, house.vault, CLOCK, ENTROPY)
    recovery = RecoveryParts(administration(house), authenticator, steps, _letters(house), limiter, _pages(house))
    own = OwnPassword(own_password)
    return Browsers(sign_in, sessions, own, passkeys, control, Recovery(recovery), OutsideSignIn(outside))


def session_control(house: House) -> SessionControl:
    """The verbs about who is signed in."""
    authenticator = Authenticator(AuthenticatingParts(house.directory, house.vault, house.settings, CLOCK, ENTROPY))
    return SessionControl(administration(house), _sessions(house, authenticator), house.program_sessions)


def _sessions(house: House, authenticator: Authenticator) -> OpenSessions:
    return OpenSessions(
        SessionParts(house.directory, house.browser_sessions, authenticator, house.settings, house.vault, CLOCK, ENTROPY)
    )


def passkey_control(house: House) -> PasskeyControl:
    """The verbs about passkeys."""
    return PasskeyControl(administration(house), Challenges(house.steps, house.vault, CLOCK, ENTROPY))


def _letters(house: House) -> Letters:
    signer = Signer(house.directory, house.vault, house.settings, house.spool, CLOCK)
    return Letters(LetterParts(house.config.hostname, house.directory, house.queues[0], signer, CLOCK, ENTROPY))


def _pages(house: House) -> str:
    """Where our pages are, for links in letters."""
    port = house.config.port("https", 0 if house.server is None else house.server.port_offset)
    return f"https://{house.config.hostname}" + ("" if port in (0, 443) else f":{port}")
