"""DKIM-Signature and ARC-Message-Signature fields: octets to values (RFC 6376 §3.5, RFC 8617 §4.1.2).

What a field must be to be looked at is checked here; whether it is right is another question (``verify``).
"""

import base64
import binascii
import re
from typing import Final

import msgspec

from posthouse.formats.address.domain import InvalidDomain, a_label
from posthouse.trust.dkim.canonical import Canonicalization
from posthouse.trust.tag_list import InvalidTagList, tag_list, without_spaces

ALGORITHMS: Final = ("rsa-sha256", "ed25519-sha256")
"""Those verified; rsa-sha1 is named as such and never verified (RFC 8301 §3.1)."""
FIELD_OCTETS: Final = 16_384
"""Longest field that is read."""
_REQUIRED: Final = ("a", "b", "bh", "d", "h", "s")
_NUMBER = re.compile(r"[0-9]{1,76}")
_INSTANCE = re.compile(r"[1-9][0-9]?")
_B_VALUE = re.compile(rb"(?:^|;)[ \t\r\n]*+b[ \t\r\n]*+=([^;]*)")
_NAMES = re.compile(r"[!-9<-~]+")


class InvalidSignature(ValueError):
    """The field is no signature that can be looked at; the message says why."""


class Signature(msgspec.Struct, frozen=True, kw_only=True):
    """A signature field that is in order."""

    octets: bytes
    """The whole field as it came, its line end included."""
    algorithm: str
    domain: str
    """Signing domain (d=), A-labels in lower case."""
    selector: str
    identity: str
    """Agent or user identifier (i=), as written; ``@domain`` by default. Empty in ARC."""
    header_form: Canonicalization = Canonicalization.SIMPLE
    body_form: Canonicalization = Canonicalization.SIMPLE
    fields: tuple[bytes, ...]
    """Names of signed fields in lower case, in the order of h=."""
    body_hash: bytes
    value: bytes
    length: int | None = None
    """Octets of the canonical body that are signed (l=); None: all."""
    signed_at: int | None = None
    expires: int | None = None
    """Seconds since 1970."""
    instance: int = 0
    """Of an ARC set; 0 in DKIM."""

    @property
    def query_name(self) -> str:
        """Where its key is (§3.6.2.1)."""
        return f"{self.selector}._domainkey.{self.domain}"


class Unusable(msgspec.Struct, frozen=True, kw_only=True):
    """A field that is not in order, with what could be read of it."""

    reason: str
    domain: str = ""
    selector: str = ""
    algorithm: str = ""


def signature(octets: bytes) -> Signature:
    """Parse one whole DKIM-Signature field.

    Raises: InvalidSignature.
    """
    tags = _tags(octets)
    if tags.get("v") != "1":
        raise InvalidSignature("not version 1")
    found = _signature(octets, tags)
    identity = tags.get("i", "@" + tags["d"])
    domain = _domain(identity.rpartition("@")[2], "i=")
    if "@" not in identity or not (domain == found.domain or domain.endswith("." + found.domain)):
        raise InvalidSignature("i= is not of the signing domain")
    if "dns/txt" not in [method.strip() for method in tags.get("q", "dns/txt").split(":")]:
        raise InvalidSignature("no known way to its key (q=)")
    if b"from" not in found.fields:
        raise InvalidSignature("From is not signed")
    return msgspec.structs.replace(found, identity=identity)


def message_signature(octets: bytes) -> Signature:
    """Parse one whole ARC-Message-Signature field; it has no version and its i= is the instance.

    Raises: InvalidSignature.
    """
    tags = _tags(octets)
    found = _signature(octets, tags)
    if "v" in tags or b"arc-seal" in found.fields:
        raise InvalidSignature("it has a version, or signs ARC-Seal")
    if b"from" not in found.fields:
        raise InvalidSignature("From is not signed")
    return msgspec.structs.replace(found, instance=instance(tags))


def readable(octets: bytes, reason: str) -> Unusable:
    """What can be said about a field that is not in order."""
    try:
        tags = _tags(octets)
    except InvalidSignature:
        tags = {}
    return Unusable(reason=reason, domain=_shown(tags, "d"), selector=_shown(tags, "s"), algorithm=_shown(tags, "a"))


def without_value(octets: bytes) -> bytes:
    """The field with the value of b= taken out, white space around it too (§3.5)."""
    colon = octets.index(b":") + 1
    match = _B_VALUE.search(octets[colon:])
    if match is None:
        return octets
    return octets[: colon + match.start(1)] + octets[colon + match.end(1) :]


def instance(tags: dict[str, str]) -> int:
    """The i= of an ARC field, 1 to 50 (RFC 8617 §4.2.1).

    Raises: InvalidSignature.
    """
    text = tags.get("i", "")
    if not _INSTANCE.fullmatch(text) or int(text) > 50:
        raise InvalidSignature("an instance is a number from 1 to 50")
    return int(text)


def signature_value(tags: dict[str, str], tag: str) -> bytes:
    """The octets of a base64 tag.

    Raises: InvalidSignature.
    """
    try:
        value = base64.b64decode(without_spaces(tags[tag]), validate=True)
    except (binascii.Error, ValueError):
        raise InvalidSignature(f"{tag}= is not base64") from None
    if not value:
        raise InvalidSignature(f"{tag}= is empty")
    return value


def signer(tags: dict[str, str]) -> tuple[str, str, str]:
    """Domain, selector and algorithm.

    Raises: InvalidSignature.
    """
    algorithm = tags["a"]
    if algorithm not in ALGORITHMS:
        known = "too weak" if algorithm == "rsa-sha1" else "not known"
        raise InvalidSignature(f"the algorithm {algorithm[:40]} is {known}")
    return _domain(tags["d"], "d="), _domain(tags["s"], "s="), algorithm


def field_tags(octets: bytes, required: tuple[str, ...]) -> dict[str, str]:
    """The tags of a whole field.

    Raises: InvalidSignature when it is too long, no list of tags, or lacks a required one.
    """
    if len(octets) > FIELD_OCTETS:
        raise InvalidSignature("the field is too long")
    try:
        tags = tag_list(octets.partition(b":")[2].decode("utf-8", "surrogateescape"))
    except InvalidTagList as error:
        raise InvalidSignature(str(error)) from None
    missing = [tag for tag in required if tag not in tags]
    if missing:
        raise InvalidSignature(f"{missing[0]}= is missing")
    return tags


def _tags(octets: bytes) -> dict[str, str]:
    return field_tags(octets, _REQUIRED)


def _signature(octets: bytes, tags: dict[str, str]) -> Signature:
    domain, selector, algorithm = signer(tags)
    header_form, body_form = _forms(tags.get("c", "simple/simple"))
    names = without_spaces(tags["h"]).lower().split(":")
    if not all(_NAMES.fullmatch(name) for name in names):
        raise InvalidSignature("h= is not a list of field names")
    signed_at, expires, length = _number(tags, "t"), _number(tags, "x"), _number(tags, "l")
    if signed_at is not None and expires is not None and expires < signed_at:
        raise InvalidSignature("it expires before it was made")
    return Signature(
        octets=octets,
        algorithm=algorithm,
        domain=domain,
        selector=selector,
        identity="",
        header_form=header_form,
        body_form=body_form,
        fields=tuple(name.encode("ascii") for name in names),
        body_hash=signature_value(tags, "bh"),
        value=signature_value(tags, "b"),
        length=length,
        signed_at=signed_at,
        expires=expires,
    )


def _forms(text: str) -> tuple[Canonicalization, Canonicalization]:
    header, _, body = text.partition("/")
    try:
        return Canonicalization(header), Canonicalization(body or "simple")
    except ValueError:
        raise InvalidSignature("the canonicalization is not known") from None


def _number(tags: dict[str, str], tag: str) -> int | None:
    if tag not in tags:
        return None
    if not _NUMBER.fullmatch(tags[tag]):
        raise InvalidSignature(f"{tag}= is not a number")
    return int(tags[tag])


def _domain(text: str, tag: str) -> str:
    try:
        if text.startswith("["):
            raise InvalidDomain("an address")
        return a_label(text)
    except InvalidDomain:
        raise InvalidSignature(f"{tag} is not a domain name") from None


def _shown(tags: dict[str, str], tag: str) -> str:
    text = tags.get(tag, "")
    return text if text.isascii() and text.isprintable() and len(text) <= 253 else ""
