"""Settings of sessions in a browser."""

from typing import Final

from posthouse.model.setting import Scope, Setting

_DOMAIN = (Scope.SYSTEM, Scope.DOMAIN)
_DAY = 86_400

BROWSER_SESSIONS: Final = Setting(
    "browser.sessions",
    int,
    20,
    "Browsers an account may be signed in with at once; with one more, the one that was used longest ago is signed out.",
    "sessions",
    1,
    1_000,
    _DOMAIN,
    delegated=True,
)
BROWSER_IDLE_SECONDS: Final = Setting(
    "browser.idle_seconds",
    int,
    _DAY // 2,
    "A browser that is not used so long is signed out.",
    "seconds",
    300,
    90 * _DAY,
    _DOMAIN,
    delegated=True,
)
BROWSER_SESSION_SECONDS: Final = Setting(
    "browser.session_seconds",
    int,
    30 * _DAY,
    "A browser is signed out after so long, used or not.",
    "seconds",
    300,
    365 * _DAY,
    _DOMAIN,
    delegated=True,
)
