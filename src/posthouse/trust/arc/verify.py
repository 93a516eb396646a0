"""Validating a chain (RFC 8617 §5.2): structure, the newest message signature, every seal.

As with DKIM: reading and digests first, in a thread; then a check that asks for all keys at once.
"""

import hashlib
from collections.abc import Collection, Mapping
from enum import StrEnum

import msgspec

from posthouse.formats.authentication_results.value import AuthenticationResults
from posthouse.trust.arc.chain import ArcSet, Broken, Seal, chain
from posthouse.trust.dkim.canonical import Canonicalization, header_field
from posthouse.trust.dkim.examining import BodyDigest, Examined, HeaderFields, examined
from posthouse.trust.dkim.key import InvalidKey, key
from posthouse.trust.dkim.signature import without_value
from posthouse.trust.dkim.verify import KEYS, before_key, with_key
from posthouse.trust.dkim.verify import Result as SignatureResult
from posthouse.trust.questions import Answer, Check, Question


class Result(StrEnum):
    """The words of RFC 8617 §10.1 and, for the DNS, one of RFC 8601."""

    NONE = "none"
    PASS = "pass"  # noqa: S105 - a verdict
    FAIL = "fail"
    TEMPERROR = "temperror"


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What came out. The sets are there when the chain passed, the oldest first; nothing of a broken chain may be believed."""

    result: Result
    reason: str = ""
    sealers: tuple[str, ...] = ()
    """The domain that sealed each set."""
    results: tuple[AuthenticationResults, ...] = ()
    """What each of them found."""


class ExaminedChain(msgspec.Struct, frozen=True):
    """A chain with what the message gives for it."""

    sets: tuple[ArcSet, ...]
    newest: Examined | None
    seal_digests: tuple[bytes, ...]
    broken: str = ""


NO_CHAIN = ExaminedChain((), None, ())


def read(head: HeaderFields) -> ExaminedChain:
    """Read the chain of a header; the body is still missing, see ``with_body``."""
    try:
        sets = chain(head)
    except Broken as error:
        return ExaminedChain((), None, (), str(error))
    return ExaminedChain(sets, None, tuple(_seal_digests(sets)))


def with_body(
    found: ExaminedChain, head: HeaderFields, digests: Mapping[tuple[Canonicalization, int | None], BodyDigest]
) -> ExaminedChain:
    """Add what the body gives for the newest message signature."""
    if not found.sets:
        return found
    return msgspec.structs.replace(found, newest=examined(head, found.sets[-1].signature, digests))


def verify(found: ExaminedChain, now: int) -> Check[Verdict]:
    """Ask for the keys and judge the chain; ``now`` is seconds since 1970."""
    if found.broken:
        return Verdict(result=Result.FAIL, reason=found.broken)
    if found.newest is None:
        return Verdict(result=Result.NONE)
    wrong = before_key(found.newest, now)
    if wrong is not None:
        return Verdict(result=Result.FAIL, reason=f"newest message signature: {wrong[1]}")
    names = [found.newest.signature.query_name, *(item.seal.query_name for item in found.sets)]
    questions = tuple(Question(name, "TXT") for name in dict.fromkeys(names))
    answers = yield questions
    keys = {question.name: answer for question, answer in zip(questions, answers, strict=True)}
    result, reason, _ = with_key(found.newest, keys[found.newest.signature.query_name])
    if result is not SignatureResult.PASS:
        temporary = result is SignatureResult.TEMPERROR
        return Verdict(result=Result.TEMPERROR if temporary else Result.FAIL, reason=f"newest message signature: {reason}")
    for item, digest in reversed(list(zip(found.sets, found.seal_digests, strict=True))):
        outcome = _sealed(item.seal, digest, keys[item.seal.query_name])
        if outcome is not Result.PASS:
            return Verdict(result=outcome, reason=f"the seal of instance {item.instance} by {item.seal.domain}")
    return Verdict(
        result=Result.PASS,
        sealers=tuple(item.seal.domain for item in found.sets),
        results=tuple(item.results for item in found.sets),
    )


def vouched(verdict: Verdict, trusted: Collection[str]) -> AuthenticationResults | None:
    """What a sealer we trust found when the message came in, for a local policy that lets it override DMARC (§7.2.1).

    Everybody who sealed after that must be trusted too: each could have changed the message. Of several, the first one counts.
    """
    found: AuthenticationResults | None = None
    for sealer, results in zip(reversed(verdict.sealers), reversed(verdict.results), strict=True):
        if sealer not in trusted:
            break
        found = results
    return found


def _seal_digests(sets: tuple[ArcSet, ...]) -> list[bytes]:
    """SHA-256 for each seal over all sets up to its own (§5.1.1), in one pass."""
    running = hashlib.sha256()
    digests: list[bytes] = []
    for item in sets:
        for octets in (item.results_octets, item.signature.octets):
            running.update(header_field(octets, Canonicalization.RELAXED))
        own = running.copy()
        own.update(header_field(without_value(item.seal.octets), Canonicalization.RELAXED).removesuffix(b"\r\n"))
        digests.append(own.digest())
        running.update(header_field(item.seal.octets, Canonicalization.RELAXED))
    return digests


def _sealed(seal: Seal, digest: bytes, answer: Answer) -> Result:
    if not answer.available:
        return Result.TEMPERROR
    for text in answer.records[:KEYS]:
        try:
            published = key(text)
        except InvalidKey:
            continue
        if seal.algorithm == f"{published.kind}-sha256" and published.verifies(seal.value, digest):
            return Result.PASS
    return Result.FAIL
