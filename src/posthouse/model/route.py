"""Routes as the operator writes them: which server takes the mail for a domain, and how it is spoken to.

One route is one or several *targets*, tried one after the other, with ``|`` between them:

    mx                                          the domain's own servers, from the DNS
    smtp://user:password@host:port?tls=verified a server, with a password (also smtps)
    lmtp://host:port, lmtp:/path/to/socket      a server beside us
    qmtp://host:port
    pipe:uux - -r host!rmail ($recipients)      a command; pipe?from: puts a From_ line in front
    refuse:no mail goes there                   nobody: the sender is told the words
"""

import enum
import ipaddress
import re
import shlex
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final
from urllib.parse import parse_qsl, unquote, urlsplit

import msgspec

from posthouse.foundation.errors import Invalid

PORTS: Final = {"smtp": 25, "smtps": 465, "lmtp": 24, "qmtp": 209}
DIRECT: Final = "mx"
ALL_OTHERS: Final = "*"
MECHANISMS: Final = ("PLAIN", "LOGIN", "CRAM-MD5", "SCRAM-SHA-1", "SCRAM-SHA-256")
PIPE_OPTIONS: Final = frozenset({"from", "crlf"})
USE: Final = (
    "use smtp://host:port, smtps://host:port, lmtp://host:port, lmtp:/socket, qmtp://host:port, pipe:command, refuse:text or mx"
)
_NEXT: Final = re.compile(r"\s*\|\s*(?=(?:mx\s*(?:\||$)|(?:smtps?|lmtp|qmtp)://|lmtp:/|pipe[:?]|refuse:))")
_IS_ROUTE: Final = re.compile(r"(?:smtps?|lmtp|qmtp)://|lmtp:/|pipe[:?]|refuse:")
_NO_HOST: Final = re.compile(r"[\s|,;\x00-\x20\x7f]")
_PIPE: Final = re.compile(r"pipe(?:\?([a-z,]*))?:\s*(.+)", re.DOTALL)


class TlsMode(enum.StrEnum):
    """How much TLS a target gets."""

    NONE = "none"
    OPPORTUNISTIC = "opportunistic"
    """Where it is offered; certificates are not looked at."""
    REQUIRED = "required"
    """Always; certificates are not looked at."""
    VERIFIED = "verified"
    """Always, with a certificate that is valid for the host's name."""


class Target(msgspec.Struct, frozen=True):
    """One server or command."""

    scheme: str
    """``smtp``, ``smtps`` (TLS from the first octet), ``lmtp``, ``qmtp``, ``pipe``, ``mx`` or ``refuse``."""
    host: str = ""
    """Name or address; the path of a socket; the command line; the words of a refusal."""
    port: int = 0
    tls: TlsMode = TlsMode.OPPORTUNISTIC
    user: str = ""
    password: str = ""
    mechanism: str = ""
    """The one SASL mechanism to use; empty: the best that is offered."""
    name: str = ""
    """The name its certificate must have; empty: the host's."""
    options: tuple[str, ...] = ()
    """Of a pipe: ``from``, ``crlf``."""

    def __repr__(self) -> str:
        """A password never reaches a log by accident."""
        return f"{type(self).__name__}({self.scheme}, {self.host}, {self.port}, {self.tls}, user={self.user!r})"

    @property
    def words(self) -> str:
        """It, for people: without the password."""
        if self.scheme in {"pipe", "refuse"}:
            return f"{self.scheme}:{self.host}"
        if self.scheme == DIRECT:
            return DIRECT
        if self.host.startswith("/"):
            return f"{self.scheme}:{self.host}"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"


def is_route(text: str) -> bool:
    """Whether a destination is a route written by hand, and not a domain."""
    return "://" in text or _IS_ROUTE.match(text) is not None


@lru_cache(maxsize=256)
def parse_targets(text: str) -> tuple[Target, ...]:
    """Read a route. Raises: Invalid, in words that hold no password."""
    return tuple(_target(part.strip()) for part in _NEXT.split(text.strip()))


def check_routes(routes: dict[str, str]) -> None:
    """See that every route can be understood. Raises: Invalid, naming the first that cannot."""
    for domain, text in routes.items():
        if not domain or domain != domain.strip() or "@" in domain:
            raise Invalid(f"routes: {domain!r} is no domain (like example.org, .example.org for what is below it, or *)")
        try:
            parse_targets(text)
        except Invalid as error:
            raise Invalid(f"routes: {domain}: {error}") from None


def chosen_route(routes: Mapping[str, str], destination: str) -> str | None:
    """The route of a destination: its own, of the nearest domain above it (``.example.org``), or ``*``."""
    if destination in routes:
        return routes[destination]
    labels = destination.split(".")
    for number in range(1, len(labels)):
        above = "." + ".".join(labels[number:])
        if above in routes:
            return routes[above]
    return routes.get(ALL_OTHERS)


def _target(text: str) -> Target:
    scheme = re.split("[:?]", text, maxsplit=1)[0]
    if text == DIRECT:
        return Target(DIRECT)
    if scheme == "pipe":
        return _pipe(text)
    if scheme == "refuse":
        return Target("refuse", text.removeprefix("refuse:").strip() or "no mail goes there")
    if text.startswith("lmtp:/") and not text.startswith("lmtp://"):
        return Target("lmtp", text.removeprefix("lmtp:"), tls=TlsMode.NONE)
    return _server(text)


def _server(text: str) -> Target:
    try:
        parts = urlsplit(text)
        port = parts.port or PORTS[parts.scheme]
        options = dict(parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query)))
    except (ValueError, KeyError):
        raise _not_understood(text) from None
    if not parts.hostname or _NO_HOST.search(parts.hostname) or parts.path not in {"", "/"} or parts.fragment:
        raise _not_understood(text)
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    if "\0" in user + password:
        raise _not_understood(text)
    near = _is_loopback(parts.hostname)
    default = TlsMode.REQUIRED if parts.scheme == "smtps" else TlsMode.OPPORTUNISTIC
    if user and not near:
        default = TlsMode.VERIFIED
    target = Target(parts.scheme, parts.hostname, port, user=user, password=password, **_options(options, default, parts.scheme))
    if user and not near and target.tls in {TlsMode.NONE, TlsMode.OPPORTUNISTIC}:
        raise Invalid(f"no password goes over the wire without TLS: use tls={TlsMode.VERIFIED} or tls={TlsMode.REQUIRED}")
    if target.scheme == "smtps" and target.tls in {TlsMode.NONE, TlsMode.OPPORTUNISTIC}:
        raise Invalid("smtps begins with TLS: use tls=required or tls=verified")
    return target


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _options(options: dict[str, str], default: TlsMode, scheme: str) -> dict[str, Any]:
    unknown = set(options) - {"tls", "auth", "name"}
    if unknown:
        raise Invalid(f"a route has no option {min(unknown)!r}: there are tls, auth and name")
    try:
        tls = TlsMode(options["tls"]) if "tls" in options else default
    except ValueError:
        raise Invalid(f"tls={options['tls']!r} is none of {', '.join(TlsMode)}") from None
    mechanism = options.get("auth", "").upper()
    if mechanism and mechanism not in MECHANISMS:
        raise Invalid(f"auth={mechanism!r} is none of {', '.join(MECHANISMS)}")
    if scheme == "qmtp" and (mechanism or tls not in {TlsMode.NONE, TlsMode.OPPORTUNISTIC}):
        raise Invalid("QMTP knows neither TLS nor passwords")
    return {"tls": tls, "mechanism": mechanism, "name": options.get("name", "").lower()}


def _pipe(text: str) -> Target:
    found = _PIPE.fullmatch(text)
    if found is None:
        raise Invalid("a pipe is pipe:command arguments, or pipe?from:command arguments")
    options = tuple(filter(None, (found[1] or "").split(",")))
    unknown = set(options) - PIPE_OPTIONS
    if unknown:
        raise Invalid(f"a pipe has no option {min(unknown)!r}: there are {', '.join(sorted(PIPE_OPTIONS))}")
    try:
        words = shlex.split(found[2])
    except ValueError as error:
        raise Invalid(f"the command of a pipe cannot be read: {error}") from None
    if not words or words[0].startswith("$"):
        raise Invalid("a pipe begins with the command to run")
    return Target("pipe", found[2].strip(), options=options)


def _not_understood(text: str) -> Invalid:
    return Invalid(f"the route {text.rpartition('@')[2]!r} cannot be understood: {USE}")
