"""Settings of identities from outside: an OpenID Connect provider, LDAP. Operators set them: they say whom the house believes."""

import urllib.parse
from typing import Final

from posthouse.foundation.errors import Invalid
from posthouse.model.setting import Scope, Setting

_DOMAIN = (Scope.SYSTEM, Scope.DOMAIN)
LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
"""Hosts that are the machine itself."""


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
    if parts.scheme != "https" and not (parts.scheme == "http" and host in LOOPBACK):
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
OIDC_SCOPES: Final = Setting(
    "oidc.scopes",
    str,
    "openid email",
    "What a browser asks the provider for when somebody signs in through it; openid must be among it.",
    scopes=_DOMAIN,
)
OIDC_CA_FILE: Final = Setting(
    "oidc.ca_file", str, "", "Certificates (PEM) by which the provider's is checked; empty: those of the system."
)


def _check_servers(urls: list[str]) -> None:
    for url in urls:
        try:
            parts = urllib.parse.urlsplit(url)
            is_good = parts.scheme in {"ldap", "ldaps"} and bool(parts.hostname) and parts.path in {"", "/"} and parts.port != 0
        except ValueError:
            is_good = False
        if not is_good or "@" in url or not url.isascii():
            raise Invalid(f"{url!r} is no LDAP server: write ldaps://ldap.example.org or ldap://ldap.example.org:389")


LDAP_SERVERS: Final[Setting[list[str]]] = Setting(
    "ldap.servers",
    list[str],
    [],
    "URLs (ldaps:// or ldap://) of LDAP servers that know the people of a domain and their passwords, in the order in which they "
    "are asked; empty: there are none.",
    scopes=_DOMAIN,
    check=_check_servers,
)
LDAP_START_TLS: Final = Setting(
    "ldap.start_tls",
    bool,
    True,
    "Begin TLS (StartTLS) with servers at ldap://. Without it only the machine itself is spoken to.",
    scopes=_DOMAIN,
)
LDAP_CA_FILE: Final = Setting(
    "ldap.ca_file", str, "", "Certificates (PEM) by which LDAP servers' are checked; empty: those of the system.", scopes=_DOMAIN
)
LDAP_BIND_NAME: Final = Setting(
    "ldap.bind_name", str, "", "As whom (DN) people are looked for; empty: as nobody in particular.", scopes=_DOMAIN
)
LDAP_BIND_PASSWORD: Final = Setting("ldap.bind_password", str, "", "Its password.", scopes=_DOMAIN, secret=True)
LDAP_BASE: Final = Setting("ldap.base", str, "", "Below which entry (DN) people are.", scopes=_DOMAIN)
LDAP_FILTER: Final = Setting(
    "ldap.filter",
    str,
    "(&(objectClass=person)(mail=%u))",
    "By which filter (RFC 4515) the entry of a mailbox is found: %u its address, %n the part before @, %d the domain.",
    scopes=_DOMAIN,
)
LDAP_OWN_PASSWORDS: Final = Setting(
    "ldap.own_passwords",
    bool,
    True,
    "A mailbox that has an account password here may be signed in to with it too; off: with that of LDAP only.",
    scopes=_DOMAIN,
)


LDAP_PEOPLE_FILTER: Final = Setting(
    "ldap.people_filter",
    str,
    "(&(objectClass=person)(mail=*@%d))",
    "By which filter (RFC 4515) all people of a domain are found: %d the domain.",
    scopes=_DOMAIN,
)
LDAP_ADDRESS_ATTRIBUTE: Final = Setting(
    "ldap.address_attribute", str, "mail", "Where LDAP has addresses; the first one is the mailbox.", scopes=_DOMAIN
)
LDAP_NAME_ATTRIBUTE: Final = Setting(
    "ldap.name_attribute", str, "displayName", "Where LDAP has what people are called.", scopes=_DOMAIN
)
LDAP_ALIASES_ATTRIBUTE: Final = Setting(
    "ldap.aliases_attribute",
    str,
    "",
    "Where LDAP has further addresses (proxyAddresses): aliases that lead to one mailbox only follow it then. Empty: aliases are "
    "made for further values of ldap.address_attribute, and none is removed.",
    scopes=_DOMAIN,
)
LDAP_SYNC_HOURS: Final = Setting(
    "ldap.sync_hours",
    int,
    0,
    "Mailboxes follow the people in LDAP (posthouse ldap sync) every so many hours; 0: only when somebody says so.",
    "hours",
    0,
    168,
    _DOMAIN,
)
