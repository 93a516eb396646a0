"""Verifying DKIM signatures (RFC 6376 §6).

In this order, the first two in a thread: ``examine`` reads the fields and makes the digests of one pass over the message; then
``verify`` asks for the keys, all at once, and gives a verdict for each signature.
"""

import base64
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Final

import msgspec

from posthouse.trust.dkim.examining import BodyDigests, Examined, HeaderFields, examined, wanted
from posthouse.trust.dkim.key import InvalidKey, Key, key
from posthouse.trust.dkim.signature import InvalidSignature, Signature, Unusable, readable, signature
from posthouse.trust.questions import Answer, Check, Question

SIGNATURES: Final = 10
"""Looked at, from the top; the rest is passed over."""
KEYS: Final = 3
"""Records tried where a selector has several."""
CLOCK_SECONDS: Final = 300
"""How far a signature may be from the future."""


class Result(StrEnum):
    """The words of RFC 8601 §2.7.1 that are used; neither neutral nor policy is."""

    PASS = "pass"  # noqa: S105 - a verdict
    FAIL = "fail"
    TEMPERROR = "temperror"
    PERMERROR = "permerror"


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What came out for one signature, and why. Domain and selector may be empty where the field could not be read."""

    result: Result
    reason: str = ""
    domain: str = ""
    selector: str = ""
    identity: str = ""
    algorithm: str = ""
    value: str = ""
    """The first characters of b=, to tell signatures apart (RFC 6008)."""
    testing: bool = False
    """The domain says it is only trying (t=y)."""
    key_bits: int = 0
    unsigned_octets: int = 0
    """Octets of the canonical body behind what l= covers: anybody may have added them."""
    added_fields: tuple[str, ...] = ()
    """Fields that are there once more than the signature covers: anybody may have added the topmost."""
    signed_at: int | None = None


def signatures(head: HeaderFields) -> list[Signature | Unusable]:
    """The DKIM-Signature fields from the top down, at most ``SIGNATURES``."""
    found: list[Signature | Unusable] = []
    for octets in head.called(b"dkim-signature")[:SIGNATURES]:
        try:
            found.append(signature(octets))
        except InvalidSignature as error:
            found.append(readable(octets, str(error)))
    return found


def examine(head: bytes, body: Iterable[bytes]) -> tuple[Examined | Unusable, ...]:
    """Read the signatures of a message and make their digests; the body comes as chunks of octets, to their end.

    Nothing is read of the body where there is no signature. Time grows with the message: for a thread.
    """
    found = HeaderFields(head)
    read = signatures(found)
    usable = [item for item in read if isinstance(item, Signature)]
    digests = BodyDigests(wanted(usable))
    if usable:
        for chunk in body:
            digests.update(chunk)
    made = digests.finish()
    return tuple(item if isinstance(item, Unusable) else examined(found, item, made) for item in read)


def verify(found: Sequence[Examined | Unusable], now: int) -> Check[tuple[Verdict, ...]]:
    """Ask for the keys and judge each signature; ``now`` is seconds since 1970."""
    wrong = [before_key(item, now) if isinstance(item, Examined) else None for item in found]
    names = [item.signature.query_name for item, why in zip(found, wrong, strict=True) if isinstance(item, Examined) and not why]
    questions = tuple(Question(name, "TXT") for name in dict.fromkeys(names))
    answers = (yield questions) if questions else ()
    keys = {question.name: answer for question, answer in zip(questions, answers, strict=True)}
    return tuple(
        _judged(item, why, keys) if isinstance(item, Examined) else _unusable(item) for item, why in zip(found, wrong, strict=True)
    )


def before_key(item: Examined, now: int) -> tuple[Result, str] | None:
    """What is wrong with a signature whatever its key is."""
    signed = item.signature
    if signed.expires is not None and signed.expires < now:
        return Result.FAIL, "the signature has expired"
    if signed.signed_at is not None and signed.signed_at > now + CLOCK_SECONDS:
        return Result.PERMERROR, "the signature is from the future"
    if signed.length is not None and signed.length > item.body.octets:
        return Result.PERMERROR, "the signature covers more body than there is"
    if signed.body_hash != item.body.digest:
        return Result.FAIL, "the body has changed (body hash)"
    return None


def with_key(item: Examined, answer: Answer) -> tuple[Result, str, Key | None]:
    """Judge a signature by the records of its selector."""
    if not answer.available:
        return Result.TEMPERROR, "the DNS does not answer about the key", None
    if not answer.records:
        return Result.PERMERROR, "there is no key", None
    outcome: tuple[Result, str, Key | None] = (Result.PERMERROR, "there is no key", None)
    for text in answer.records[:KEYS]:
        try:
            published = key(text)
        except InvalidKey as error:
            outcome = outcome if outcome[2] else (Result.PERMERROR, str(error), None)
            continue
        outcome = _by(published, item)
        if outcome[0] is Result.PASS:
            break
    return outcome


def _by(published: Key, item: Examined) -> tuple[Result, str, Key | None]:
    signed = item.signature
    if signed.algorithm != f"{published.kind}-sha256":
        return Result.PERMERROR, "the key is of another kind", published
    identity = signed.identity.rpartition("@")[2].lower()
    if published.strict and identity and identity != signed.domain:
        return Result.PERMERROR, "the key is not for subdomains", published
    if not published.verifies(signed.value, item.header_digest):
        return Result.FAIL, "the signature does not fit the header", published
    return Result.PASS, "", published


def _judged(item: Examined, wrong: tuple[Result, str] | None, keys: dict[str, Answer]) -> Verdict:
    signed = item.signature
    published: Key | None = None
    if wrong is None:
        result, reason, published = with_key(item, keys[signed.query_name])
    else:
        result, reason = wrong
    return Verdict(
        result=result,
        reason=reason,
        domain=signed.domain,
        selector=signed.selector,
        identity=signed.identity,
        algorithm=signed.algorithm,
        value=base64.b64encode(signed.value[:6]).decode(),
        testing=published is not None and published.testing,
        key_bits=published.bits if published else 0,
        unsigned_octets=item.body.octets - signed.length if signed.length is not None and wrong is None else 0,
        added_fields=item.added,
        signed_at=signed.signed_at,
    )


def _unusable(item: Unusable) -> Verdict:
    return Verdict(
        result=Result.PERMERROR, reason=item.reason, domain=item.domain, selector=item.selector, algorithm=item.algorithm
    )
