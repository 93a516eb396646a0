"""MTA-STS: what a domain says about TLS of its own servers (RFC 8461). Texts in, values out; who fetches them is not known here."""

import enum
import re
from collections.abc import Sequence
from typing import Final

import msgspec

POLICY_OCTETS: Final = 65_536
"""Longest policy read (RFC 8461 §3.3)."""
EXCHANGERS: Final = 1_000
LONGEST_SECONDS: Final = 31_557_600
"""Longest ``max_age`` (RFC 8461 §3.2)."""
_VERSION: Final = "STSv1"
_RECORD: Final = re.compile(r"v=STSv1[ \t]*;(.{0,4000})", re.DOTALL)
_ID: Final = re.compile(r"[ \t]*id[ \t]*=[ \t]*([A-Za-z0-9]{1,32})[ \t]*")
_LINE: Final = re.compile(r"([A-Za-z0-9][A-Za-z0-9_.-]{0,31})[ \t]*:[ \t]*(.{0,1000})")
_PATTERN: Final = re.compile(r"(?:\*\.)?[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,252})")


class InvalidPolicy(ValueError):
    """The text is no policy of the one version there is."""


class Mode(enum.StrEnum):
    """What to do where a server does not keep to the policy."""

    ENFORCE = "enforce"
    TESTING = "testing"
    NONE = "none"


class Policy(msgspec.Struct, frozen=True):
    """One policy."""

    mode: Mode
    max_age: int
    """Seconds it may be remembered."""
    mx: tuple[str, ...] = ()
    """Patterns of the servers' names, lower case."""

    def covers(self, host: str) -> bool:
        """Whether a server is one of the domain's (RFC 8461 §4.1)."""
        name = host.lower().rstrip(".")
        return any(_covers(pattern, name) for pattern in self.mx)


def policy_id(records: Sequence[str]) -> str | None:
    """The id of the policy from the TXT records of ``_mta-sts.DOMAIN``; None where there is not exactly one such record."""
    ours = [text for text in records if text.startswith("v=STSv1")]
    if len(ours) != 1:
        return None
    found = _RECORD.fullmatch(ours[0])
    if found is None:
        return None
    for field in found[1].split(";"):
        id_ = _ID.fullmatch(field)
        if id_ is not None:
            return id_[1]
    return None


def parse_policy(text: str) -> Policy:
    """Read a policy file; LF or CRLF line ends, unknown fields are passed over. Raises: InvalidPolicy."""
    if len(text) > POLICY_OCTETS:
        raise InvalidPolicy("the policy is too long")
    values: dict[str, str] = {}
    patterns: list[str] = []
    for line in text.splitlines():
        if not line.strip():
            continue
        found = _LINE.fullmatch(line.rstrip())
        if found is None:
            raise InvalidPolicy(f"not a field: {line[:100]!r}")
        if found[1] == "mx":
            patterns.append(found[2])
        else:
            values.setdefault(found[1], found[2])
    if values.get("version") != _VERSION:
        raise InvalidPolicy("the policy is not of version STSv1")
    return Policy(_mode(values), _max_age(values), _patterns(values, patterns))


def write_policy(policy: Policy) -> str:
    """The policy file, CRLF line ends."""
    lines = [
        f"version: {_VERSION}",
        f"mode: {policy.mode}",
        *(f"mx: {pattern}" for pattern in policy.mx),
        f"max_age: {policy.max_age}",
    ]
    return "".join(f"{line}\r\n" for line in lines)


def _mode(values: dict[str, str]) -> Mode:
    try:
        return Mode(values.get("mode", ""))
    except ValueError:
        raise InvalidPolicy("the policy has no mode") from None


def _max_age(values: dict[str, str]) -> int:
    age = values.get("max_age", "")
    if not (age.isascii() and age.isdecimal() and len(age) <= 10):
        raise InvalidPolicy("the policy has no max_age")
    return min(int(age), LONGEST_SECONDS)


def _patterns(values: dict[str, str], patterns: Sequence[str]) -> tuple[str, ...]:
    if len(patterns) > EXCHANGERS or not all(_PATTERN.fullmatch(pattern) for pattern in patterns):
        raise InvalidPolicy("the policy has a malformed mx, or too many")
    if not patterns and values.get("mode") != Mode.NONE:
        raise InvalidPolicy("the policy names no mx")
    return tuple(pattern.lower() for pattern in patterns)


def _covers(pattern: str, name: str) -> bool:
    if pattern.startswith("*."):
        label, dot, rest = name.partition(".")
        return bool(label and dot) and rest == pattern[2:]
    return pattern == name
