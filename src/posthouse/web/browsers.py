"""What browsers sign in with; made by the composition root."""

from dataclasses import dataclass

from posthouse.services.browsers.outside import OutsideSignIn
from posthouse.services.browsers.own_password import OwnPassword
from posthouse.services.browsers.passkey_control import PasskeyControl
from posthouse.services.browsers.passkeys import PasskeyCheck
from posthouse.services.browsers.recovery import Recovery
from posthouse.services.browsers.sessions import OpenSessions
from posthouse.services.browsers.signing_in import BrowserSignIn


@dataclass(frozen=True)
class Browsers:
    """The services behind the sign-in page and ``/api/v1/session``."""

    sign_in: BrowserSignIn
    sessions: OpenSessions
    own_password: OwnPassword
    passkeys: PasskeyCheck
    passkey_control: PasskeyControl
    recovery: Recovery
    outside: OutsideSignIn | None = None
    """None: nobody else vouches for anybody."""
