"""DMARC policy records (RFC 9989 §4.7; pct of RFC 7489 §6.3 too): text to values, forgiving as the RFCs are."""

import re
from enum import StrEnum

import msgspec

from posthouse.trust.tag_list import without_spaces

_VERSION = re.compile(r"[ \t]*+[vV][ \t]*+=[ \t]*+DMARC1[ \t]*+(?:;|\Z)")
_TAG = re.compile(r"\s*+([A-Za-z][A-Za-z0-9_]*+)\s*+=(.*)", re.DOTALL)
_NUMBER = re.compile(r"[0-9]{1,9}")


class Policy(StrEnum):
    """What a domain asks for, and what is done: ``none`` is nothing."""

    NONE = "none"
    QUARANTINE = "quarantine"
    REJECT = "reject"

    @property
    def weaker(self) -> "Policy":
        """One step down."""
        return Policy.QUARANTINE if self is Policy.REJECT else Policy.NONE


class Alignment(StrEnum):
    """How near an authenticated domain has to be."""

    RELAXED = "r"
    STRICT = "s"


class Kind(StrEnum):
    """Whether the record is of a public suffix (psd=)."""

    PUBLIC_SUFFIX = "y"
    ORGANIZATION = "n"
    UNKNOWN = "u"


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """A policy as published; what was left out has its default, and what was malformed too."""

    policy: Policy
    subdomain_policy: Policy
    nonexistent_policy: Policy
    dkim_alignment: Alignment = Alignment.RELAXED
    spf_alignment: Alignment = Alignment.RELAXED
    applies: bool = True
    """False where no policy can be read and nobody wants reports: DMARC is then not applied to the domain (§4.10.1)."""
    kind: Kind = Kind.UNKNOWN
    testing: bool = False
    """t=y: the policy is applied one step weaker."""
    percent: int = 100
    """pct= of RFC 7489."""
    aggregate_reports: tuple[str, ...] = ()
    """URIs of rua=, as written."""
    failure_reports: tuple[str, ...] = ()
    failure_options: tuple[str, ...] = ("0",)
    report_seconds: int = 86_400


def is_record(text: str) -> bool:
    """Whether a TXT record is a DMARC record at all."""
    return _VERSION.match(text) is not None


def record(text: str) -> Record:
    """Read a record that ``is_record``. A policy that cannot be read is none."""
    tags: dict[str, str] = {}
    for specification in text.split(";")[1:]:
        match = _TAG.fullmatch(specification)
        if match:
            tags.setdefault(match[1].lower(), match[2].strip())
    reports = _uris(tags.get("rua", ""))
    read = _policy(tags.get("p"))
    broken = read is None or any(tag in tags and _policy(tags[tag]) is None for tag in ("sp", "np"))
    policy = Policy.NONE if read is None or broken else read
    if broken:
        tags = {tag: value for tag, value in tags.items() if tag not in {"sp", "np"}}
    below = _policy(tags.get("sp")) or policy
    return Record(
        policy=policy,
        subdomain_policy=below,
        nonexistent_policy=_policy(tags.get("np")) or below,
        dkim_alignment=_alignment(tags.get("adkim")),
        spf_alignment=_alignment(tags.get("aspf")),
        applies=bool(reports) or not broken,
        kind=_kind(tags.get("psd")),
        testing=tags.get("t", "n").lower() == "y",
        percent=min(_number(tags.get("pct"), 100), 100),
        aggregate_reports=reports,
        failure_reports=_uris(tags.get("ruf", "")),
        failure_options=tuple(option for option in without_spaces(tags.get("fo", "0")).lower().split(":") if option in "01ds"),
        report_seconds=_number(tags.get("ri"), 86_400),
    )


def _policy(text: str | None) -> Policy | None:
    try:
        return Policy((text or "").lower())
    except ValueError:
        return None


def _alignment(text: str | None) -> Alignment:
    return Alignment.STRICT if (text or "").lower() == "s" else Alignment.RELAXED


def _kind(text: str | None) -> Kind:
    try:
        return Kind((text or "u").lower())
    except ValueError:
        return Kind.UNKNOWN


def _number(text: str | None, default: int) -> int:
    return int(text) if text and _NUMBER.fullmatch(text) else default


def _uris(text: str) -> tuple[str, ...]:
    parts = [part.strip() for part in text.split(",")][:20]
    return tuple(part for part in parts if ":" in part and part.isascii() and part.isprintable() and " " not in part)
