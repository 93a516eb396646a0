"""OAUTHBEARER (RFC 7628) and XOAUTH2 (as Google documents it): a token that somebody else, or we, have given the client.

Both send one message. A token that does not count is answered with a challenge, a JSON object that says why and where to get
another; the client answers that with something that means nothing, and only then is refused (RFC 7628 §3.2.3).
"""

import json
import re
from typing import ClassVar, Final

from posthouse.protocols.sasl.plain import FIELD_OCTETS
from posthouse.protocols.sasl.types import Challenge, Credentials, Failure, Proof, Secrets, Step, Wanted

SCHEME: Final = "bearer"
TOKEN_OCTETS: Final = 8_192
"""Longest token; with what stands around it, it fits into the longest response there may be (RFC 4954 §4)."""
DUMMY: Final = b"\x01"
"""What a client of OAUTHBEARER says to the challenge after a failure."""
_SEPARATOR: Final = "\x01"
_HEADER: Final = re.compile(r"(?P<flag>n|y|p=[A-Za-z0-9.-]+),(?:a=(?P<authzid>(?:[^\0\x01=,]|=2C|=3D)+))?,")
_PAIR: Final = re.compile(r"(?P<key>[A-Za-z]+)=(?P<value>[ -~\t\r\n]*)")
_USER: Final = re.compile(r"user=(?P<user>[^\0\x01]*)")
_AUTH: Final = re.compile(r"bearer +(?P<token>[A-Za-z0-9._~+/-]+=*) *", re.IGNORECASE)


class InvalidMessage(ValueError):
    """A message that breaks the mechanism's rules; the text says which."""


class BearerServer:
    """The server's side of either mechanism."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._authcid = ""
        self._is_refused = False

    def start(self, initial_response: bytes | None) -> Step:
        """Ask with an empty challenge unless the message came with the command."""
        return Challenge(b"") if initial_response is None else self.respond(initial_response)

    def respond(self, octets: bytes) -> Step:
        """Take the one message apart; after a refusal, whatever the client says ends the exchange."""
        if self._is_refused:
            return Proof(None, self._authcid)
        try:
            self._authcid, token = _READERS[self.name](_text(octets))
        except InvalidMessage as wrong:
            return Failure(str(wrong))
        return Wanted(self._authcid, SCHEME, token)

    def supply(self, kept: Secrets) -> Step:
        """Hear whether the token counts."""
        if kept.verifiers:
            return Proof(0, self._authcid)
        self._is_refused = True
        answer = {"status": "invalid_token"} if self.name == OAuthBearerClient.name else {"status": "401", "schemes": "Bearer"}
        if kept.discovery:
            answer["openid-configuration"] = kept.discovery
        return Challenge(json.dumps(answer).encode())


class OAuthBearerClient:
    """The client's side of OAUTHBEARER; the password of the credentials is the token."""

    name: ClassVar = "OAUTHBEARER"

    def __init__(self, credentials: Credentials) -> None:
        _require_token(credentials.password)
        user = credentials.authcid.replace("=", "=3D").replace(",", "=2C")
        header = f"n,a={user}," if user else "n,,"
        self._message = f"{header}\x01auth=Bearer {credentials.password}\x01\x01".encode()
        self._said = 0

    def start(self) -> bytes | None:
        """The whole message."""
        self._said = 1
        return self._message

    def respond(self, challenge: bytes) -> bytes | None:
        """The message, unless it went out with the command; then, where it is refused, what ends the exchange."""
        if self._said == 0:
            return self.start()
        self._said += 1
        return DUMMY if challenge and self._said == 2 else None


class XOAuth2Client:
    """The client's side of XOAUTH2; the password of the credentials is the token."""

    name: ClassVar = "XOAUTH2"

    def __init__(self, credentials: Credentials) -> None:
        _require_token(credentials.password)
        if re.search(r"[\0\x01]", credentials.authcid):
            raise ValueError("XOAUTH2 cannot carry this user name")
        self._message = f"user={credentials.authcid}\x01auth=Bearer {credentials.password}\x01\x01".encode()
        self._said = 0

    def start(self) -> bytes | None:
        """The whole message."""
        self._said = 1
        return self._message

    def respond(self, challenge: bytes) -> bytes | None:
        """The message, unless it went out with the command; then, where it is refused, an empty response."""
        if self._said == 0:
            return self.start()
        self._said += 1
        return b"" if challenge and self._said == 2 else None


def oauthbearer_message(text: str) -> tuple[str, str]:
    """Take ``client-resp`` of RFC 7628 §3.1 apart: on whose behalf, and the token, either of them empty where it is not said.

    Raises: InvalidMessage, also for channel binding, which this mechanism does not have.
    """
    found = _HEADER.match(text)
    if found is None:
        raise InvalidMessage("OAUTHBEARER wants a header, such as n,a=user@example.org,")
    if found["flag"].startswith("p="):
        raise InvalidMessage("OAUTHBEARER has no channel binding")
    user = (found["authzid"] or "").replace("=2C", ",").replace("=3D", "=")
    return _checked(user), _token(_pairs(text[found.end() :]))


def xoauth2_message(text: str) -> tuple[str, str]:
    """Take Google's form apart: whose mailbox, and the token. Raises: InvalidMessage."""
    first, separator, rest = text.partition(_SEPARATOR)
    found = _USER.fullmatch(first)
    if found is None or not separator:
        raise InvalidMessage("XOAUTH2 wants user=, auth=Bearer and a token")
    return _checked(found["user"]), _token(_pairs(separator + rest))


_READERS: Final = {OAuthBearerClient.name: oauthbearer_message, XOAuth2Client.name: xoauth2_message}


def _pairs(text: str) -> dict[str, str]:
    """``kvsep *kvpair kvsep``, in capitals or not."""
    if not text.startswith(_SEPARATOR) or not text.endswith(_SEPARATOR) or len(text) < 2:
        raise InvalidMessage("the message must end with two separators (octet 1)")
    pairs: dict[str, str] = {}
    for pair in text[1:-1].split(_SEPARATOR)[:-1]:
        found = _PAIR.fullmatch(pair)
        if found is None or found["key"].lower() in pairs:
            raise InvalidMessage("between the separators there must be key=value, each key once")
        pairs[found["key"].lower()] = found["value"]
    if len(text) > 2 and not text.endswith(_SEPARATOR * 2):
        raise InvalidMessage("the message must end with two separators (octet 1)")
    return pairs


def _token(pairs: dict[str, str]) -> str:
    """The bearer's token; empty where nothing is said, which asks where to get one (RFC 7628 §3.2.2)."""
    said = pairs.get("auth", "")
    if not said:
        return ""
    found = _AUTH.fullmatch(said)
    if found is None or len(found["token"]) > TOKEN_OCTETS:
        raise InvalidMessage("auth= wants Bearer and a token (RFC 6750 §2.1)")
    return found["token"]


def _checked(user: str) -> str:
    if len(user.encode()) > FIELD_OCTETS:
        raise InvalidMessage("the user name is too long")
    return user


def _text(octets: bytes) -> str:
    if len(octets) > TOKEN_OCTETS + FIELD_OCTETS:
        raise InvalidMessage("the message is too long")
    try:
        return octets.decode()
    except UnicodeDecodeError:
        raise InvalidMessage("the message must be UTF-8") from None


def _require_token(token: str) -> None:
    if not _AUTH.fullmatch(f"Bearer {token}"):
        raise ValueError("this is no bearer's token (RFC 6750 §2.1)")
