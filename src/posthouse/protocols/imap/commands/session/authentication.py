"""Commands that say who is there: STARTTLS AUTHENTICATE LOGIN (RFC 9051 §6.2, RFC 4959)."""

import re

import msgspec

from posthouse.protocols.imap.grammar.cursor import Cursor
from posthouse.protocols.imap.grammar.strings import string_octets

_BASE64 = re.compile(rb"[A-Za-z0-9+/]++={0,2}|=")


class StartTls(msgspec.Struct, frozen=True):
    """STARTTLS (RFC 9051 §6.2.1)."""


class Authenticate(msgspec.Struct, frozen=True):
    """AUTHENTICATE (RFC 9051 §6.2.2): mechanism in upper case; initial response in base64 as sent (``=``: empty), or None."""

    mechanism: str
    initial_response: bytes | None = None

    def __repr__(self) -> str:
        """Leave the secret out of logs and tracebacks."""
        return f"Authenticate({self.mechanism!r})"


class Login(msgspec.Struct, frozen=True):
    """LOGIN (RFC 9051 §6.2.3): both arguments as octets; nobody has said which charset they are in."""

    user_name: bytes
    password: bytes

    def __repr__(self) -> str:
        """Leave the secret out of logs and tracebacks."""
        return f"Login({self.user_name!r})"


def authenticate(cursor: Cursor) -> Authenticate:
    """``authenticate = "AUTHENTICATE" SP auth-type [SP initial-resp]``."""
    cursor.space()
    mechanism = cursor.atom().decode("ascii").upper()
    if cursor.at_end or not cursor.take(b" ") or cursor.at_end:  # quirks.TRAILING_SPACE
        return Authenticate(mechanism)
    match = _BASE64.match(cursor.octets, cursor.position)
    if match is None:
        raise cursor.violation("the initial response is not base64")
    cursor.position = match.end()
    return Authenticate(mechanism, match[0])


def login(cursor: Cursor) -> Login:
    """``login = "LOGIN" SP userid SP password``, both ``astring``."""
    cursor.space()
    user_name = cursor.astring()
    cursor.space()
    return Login(user_name, cursor.astring())


def serialise_authenticate(value: Authenticate) -> bytes:
    """Write the arguments of AUTHENTICATE."""
    response = b"" if value.initial_response is None else b" " + value.initial_response
    return b" " + value.mechanism.encode("ascii") + response


def serialise_login(value: Login) -> bytes:
    """Write the arguments of LOGIN."""
    return b" " + string_octets(value.user_name) + b" " + string_octets(value.password)
