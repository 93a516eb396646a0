"""Settings of identities from outside: an OpenID Connect provider. Operators set them: they say whom the house believes."""

import urllib.parse
from typing import Final

from posthouse.foundation.errors import Invalid
from posthouse.model.setting import Scope, Setting

_DOMAIN = (Scope.SYSTEM, Scope.DOMAIN)
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})


def require_private(url: str) -> None:
    """Refuse a URL by which somebody between could answer: it is HTTPS, or leads to the machine itself. Raises: Invalid."""
    try:
        parts = urllib.parse.urlsplit(url)
        host = parts.hostname
        _ = parts.port
    except ValueError:
        host, parts = None, urllib.parse.urlsplit("")
    if not host or parts.username is not None or parts.fragment or any(not "!" <= letter <= "~" for letter in url):
        raise Invalid(f"{url!r} is no URL of a service, such as https://id.example.org")
    if parts.scheme != "https" and not (parts.scheme == "http" and host in _LOOPBACK):
        raise Invalid(f"{url} is not taken: only https, or http to the machine itself")


def _check_issuer(url: str) -> None:
    if url:
        require_private(url)


OIDC_ISSUER: Final = Setting(
    "oidc.issuer",
    str,
    "",
    "URL of the OpenID Connect provider whose tokens count, as it writes it itself; empty: there is none.",
    scopes=_DOMAIN,
    check=_check_issuer,
)
OIDC_AUDIENCES: Final[Setting[list[str]]] = Setting(
    "oidc.audiences",
    list[str],
    [],
    "For whom an access token must be made (aud); empty: for oidc.client_id.",
    scopes=_DOMAIN,
)
OIDC_CLAIM: Final = Setting(
    "oidc.claim",
    str,
    "email",
    "What of a token names the mailbox: email, or another claim (sub, preferred_username) whose value is an address or one of the "
    "mailbox's login names.",
    scopes=_DOMAIN,
)
OIDC_INTROSPECTION: Final = Setting(
    "oidc.introspection",
    bool,
    False,
    "Ask the provider about access tokens that cannot be read here (RFC 7662), with oidc.client_id and oidc.client_secret.",
    scopes=_DOMAIN,
)
OIDC_CLIENT_ID: Final = Setting("oidc.client_id", str, "", "By which name the provider knows this service.", scopes=_DOMAIN)
OIDC_CLIENT_SECRET: Final = Setting(
    "oidc.client_secret", str, "", "The secret the provider has given this service; empty: none.", scopes=_DOMAIN, secret=True
)
OIDC_CA_FILE: Final = Setting(
    "oidc.ca_file", str, "", "Certificates (PEM) by which the provider's is checked; empty: those of the system."
)
