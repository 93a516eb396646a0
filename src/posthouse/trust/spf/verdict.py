"""What SPF says (RFC 7208 §2.6)."""

import ipaddress
from enum import StrEnum

import msgspec

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address


class Result(StrEnum):
    """The words of RFC 8601 §2.7.2."""

    NONE = "none"
    NEUTRAL = "neutral"
    PASS = "pass"  # noqa: S105 - a verdict
    FAIL = "fail"
    SOFTFAIL = "softfail"
    TEMPERROR = "temperror"
    PERMERROR = "permerror"


class Identity(StrEnum):
    """Whose domain was looked at; the property of RFC 8601 is ``smtp.`` and this."""

    MAIL_FROM = "mailfrom"
    HELO = "helo"


class Client(msgspec.Struct, frozen=True):
    """Who is at the other end of the connection."""

    address: IPAddress
    helo: str
    """What it calls itself, as given."""
    receiver: str = "unknown"
    """The host name of this house (macro ``r``)."""
    now: int = 0
    """Seconds since 1970 (macro ``t``)."""


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What came out, about which domain, and why."""

    result: Result
    identity: Identity
    domain: str
    """The domain whose policy was asked for, A-labels in lower case where it is a domain at all."""
    mechanism: str = ""
    """The term that matched, as written; of the record that decided."""
    reason: str = ""
    """In words, for the trace."""
    explanation: str = ""
    """The domain's own words for a refusal (``exp=``): printable ASCII from somebody else. Only with fail."""
