"""The ARC sets of a message: collected, in order, in structure (RFC 8617 §4.2 and §5.2 steps 1 to 3)."""

from typing import Final

import msgspec

from posthouse.formats.authentication_results.parse import InvalidAuthenticationResults, arc_instance, parse_arc
from posthouse.formats.authentication_results.value import AuthenticationResults
from posthouse.trust.dkim.examining import HeaderFields
from posthouse.trust.dkim.signature import (
    InvalidSignature,
    Signature,
    field_tags,
    instance,
    message_signature,
    signature_value,
    signer,
)

SETS: Final = 50
"""RFC 8617 §5.1.2."""


class Seal(msgspec.Struct, frozen=True, kw_only=True):
    """An ARC-Seal field that is in order."""

    octets: bytes
    instance: int
    domain: str
    selector: str
    algorithm: str
    value: bytes
    chain: str
    """What the sealer found (cv=): none, pass or fail."""

    @property
    def query_name(self) -> str:
        """Where its key is."""
        return f"{self.selector}._domainkey.{self.domain}"


class ArcSet(msgspec.Struct, frozen=True):
    """What one handler added."""

    instance: int
    results: AuthenticationResults
    results_octets: bytes
    """The whole ARC-Authentication-Results field."""
    signature: Signature
    seal: Seal


class Broken(ValueError):
    """The fields are no chain; the message says why."""


def chain(head: HeaderFields) -> tuple[ArcSet, ...]:
    """Read the ARC sets of a header, from instance 1 upwards; empty where there are none.

    Raises: Broken when a field cannot be read, or is missing, or there twice; or when a set says what it may not say.
    """
    fields = [head.called(name) for name in (b"arc-authentication-results", b"arc-message-signature", b"arc-seal")]
    if not any(fields):
        return ()
    count = len(fields[2])
    if count > SETS or any(len(found) != count for found in fields):
        raise Broken("the fields do not make whole sets")
    try:
        results = {arc_instance(octets.partition(b":")[2]): octets for octets in fields[0]}
        signatures = {found.instance: found for found in map(message_signature, fields[1])}
        seals = {found.instance: found for found in map(_seal, fields[2])}
    except (InvalidSignature, InvalidAuthenticationResults) as error:
        raise Broken(str(error)) from None
    wanted = set(range(1, count + 1))
    if not wanted == set(results) == set(signatures) == set(seals):
        raise Broken("the instances are not 1 and upwards, each once")
    sets = tuple(ArcSet(at, _results(results[at], at), results[at], signatures[at], seals[at]) for at in sorted(wanted))
    for found in sets:
        if found.seal.chain != ("none" if found.instance == 1 else "pass"):
            raise Broken(f"instance {found.instance} says cv={found.seal.chain}")
    return sets


def _results(octets: bytes, at: int) -> AuthenticationResults:
    """What the field says; nothing where it is in nobody's grammar, which does not break a chain."""
    try:
        return parse_arc(octets.partition(b":")[2])
    except InvalidAuthenticationResults:
        return AuthenticationResults(authserv_id="", instance=at)


def _seal(octets: bytes) -> Seal:
    tags = field_tags(octets, ("a", "b", "cv", "d", "i", "s"))
    if "h" in tags or "bh" in tags:
        raise InvalidSignature("a seal has no h= and no bh=")
    verdict = tags["cv"].lower()
    if verdict not in {"none", "pass", "fail"}:
        raise InvalidSignature("cv= is none, pass or fail")
    domain, selector, algorithm = signer(tags)
    return Seal(
        octets=octets,
        instance=instance(tags),
        domain=domain,
        selector=selector,
        algorithm=algorithm,
        value=signature_value(tags, "b"),
        chain=verdict,
    )
