"""Settings of passwords and mechanisms."""

from typing import Final, Literal

from posthouse.model.setting import Scope, Setting

_DOMAIN = (Scope.SYSTEM, Scope.DOMAIN)

AUTH_PLAINTEXT_LOOPBACK: Final = Setting(
    "auth.plaintext_loopback", bool, False, "Accept passwords without TLS from the machine itself."
)
AUTH_APP_PASSWORDS_ONLY: Final = Setting(
    "auth.app_passwords_only",
    bool,
    True,
    "Mail programs must use app passwords, not the account password.",
    scopes=_DOMAIN,
    delegated=True,
)
AUTH_SCRAM: Final[Setting[str]] = Setting(
    "auth.scram",
    Literal["auto", "on", "off"],
    "auto",
    "Offer SCRAM, with which app passwords are proved instead of sent: on, off, or auto, while auth.app_passwords_only holds for "
    "the system; programs that hold an account password would choose it too, and fail.",
)
AUTH_SCRAM_BINDING: Final[Setting[str]] = Setting(
    "auth.scram_binding",
    Literal["off", "tls-server-end-point"],
    "off",
    "Offer SCRAM also bound to the certificate (SCRAM-SHA-256-PLUS, SCRAM-SHA-1-PLUS). Programs that know only tls-unique or "
    "tls-exporter choose it too, and fail.",
)
AUTH_CRAM_MD5: Final = Setting(
    "auth.cram_md5", bool, False, "Offer CRAM-MD5, for devices that know nothing better; it works with app passwords only."
)
AUTH_OAUTH: Final[Setting[str]] = Setting(
    "auth.oauth",
    Literal["auto", "on", "off"],
    "auto",
    "Offer OAUTHBEARER and XOAUTH2, with which programs show a token instead of a password: on, off, or auto, while oidc.issuer is "
    "set for the system. Tokens of posthouse token add --for need on.",
)
AUTH_DEFAULT_DOMAIN: Final = Setting(
    "auth.default_domain", str, "", "Domain of whoever signs in with the part before @ only; empty: the whole address is wanted."
)
PASSWORD_POLICY: Final = Setting("auth.password_policy", bool, True, "Refuse weak account passwords.", scopes=_DOMAIN)
PASSWORD_CHARACTERS: Final = Setting(
    "auth.password_characters", int, 8, "Least length of an account password.", "characters", 6, 128, _DOMAIN
)
PASSWORD_CLASSES: Final = Setting(
    "auth.password_classes",
    int,
    4,
    "How many of lower case, upper case, digits and symbols an account password must have.",
    "classes",
    1,
    4,
    _DOMAIN,
)
PASSWORD_PHRASE_OCTETS: Final = Setting(
    "auth.password_phrase_octets",
    int,
    20,
    "A pass phrase as long as this needs no mixture of characters.",
    "octets",
    12,
    200,
    _DOMAIN,
)
