"""The cookie of a session, and the proof that a request comes from our own pages (docs/adr/0023).

Over TLS the cookie is ``__Host-posthouse``: sent over TLS only, to this host only, by no page of another site but as a link that is
followed, and read by no script. Browsers keep no such cookie without TLS; on the machine itself it has another name.
"""

import ipaddress
from typing import Final

from starlette.requests import Request

from posthouse.services.browsers.signing_in import WEB
from posthouse.services.guard.guarding import Source

SECURE: Final = "__Host-posthouse"
LOCAL: Final = "posthouse-local"
BEGUN: Final = "-begun"
"""What the name of that cookie ends with that a browser holds while it is at an identity provider."""
SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})


def is_private(request: Request) -> bool:
    """Whether nobody on the way can read a request: it came over TLS, or from the machine itself."""
    return request.url.scheme == "https" or _is_loopback(address_of(request))


def address_of(request: Request) -> str:
    """The client's IP address."""
    return request.client.host if request.client else ""


def source_of(request: Request) -> Source:
    """From where, and with what, somebody signs in."""
    return Source(address_of(request), WEB, request.headers.get("user-agent", ""))


def session_token(request: Request) -> str:
    """What the browser holds; empty where it holds nothing."""
    return request.cookies.get(_name(request), "")


def set_cookie(request: Request, token: str) -> str:
    """The field that lets the browser hold a session's token until it is closed."""
    return f"{_name(request)}={token}; {_attributes(request)}"


def clear_cookie(request: Request) -> str:
    """The field that takes it away."""
    return f"{_name(request)}=; Max-Age=0; {_attributes(request)}"


def begun_secret(request: Request) -> str:
    """What the browser holds of a sign-in that goes over an identity provider; empty where it holds nothing."""
    return request.cookies.get(_name(request) + BEGUN, "")


def begun_cookie(request: Request, secret: str, seconds: float) -> str:
    """The field that lets the browser hold it for so long; with 0 it is taken away."""
    return f"{_name(request)}{BEGUN}={secret}; Max-Age={seconds:.0f}; {_attributes(request)}"


def is_own(request: Request) -> bool:
    """Whether a request that changes something was made by a page of ours.

    Browsers say from which site a request comes, by ``Sec-Fetch-Site`` or, older ones, by ``Origin``; no page can change either.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    return request.headers.get("origin") == f"{request.url.scheme}://{request.url.netloc}"


def is_foreign(request: Request) -> bool:
    """Whether a page of another site made a request; what is no browser says nothing, and is not."""
    return not is_own(request) and ("sec-fetch-site" in request.headers or "origin" in request.headers)


def _name(request: Request) -> str:
    return SECURE if request.url.scheme == "https" else LOCAL


def _attributes(request: Request) -> str:
    return "Path=/; HttpOnly; SameSite=Lax" + ("; Secure" if request.url.scheme == "https" else "")


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
