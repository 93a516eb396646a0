"""The DMARC verdict on a message: alignment, the policy that counts, and what it asks for (RFC 9989 §5.3, RFC 7489 §6.6)."""

from collections.abc import Sequence
from enum import StrEnum
from functools import lru_cache
from typing import Final

import msgspec

from posthouse.formats.address.address_list import address_list
from posthouse.formats.address.domain import InvalidDomain, a_label
from posthouse.formats.header.fields import every
from posthouse.trust.dkim import verify as dkim_verify
from posthouse.trust.dmarc.plainness import is_plain
from posthouse.trust.dmarc.record import Alignment, Policy, Record
from posthouse.trust.dmarc.tree import Walk, walk
from posthouse.trust.questions import Check, ask
from posthouse.trust.spf import verdict as spf_verdict

_REMEMBERED: Final = 512
_REMEMBERED_OCTETS: Final = 256
AUTHORS: Final = 5
"""Author domains looked at; a message with more is refused by this check."""


class Result(StrEnum):
    """The words of RFC 7489 §11.2."""

    NONE = "none"
    PASS = "pass"  # noqa: S105 - a verdict
    FAIL = "fail"
    TEMPERROR = "temperror"
    PERMERROR = "permerror"


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What came out, and what an aggregate report has to say about it (RFC 7489 §7.2)."""

    result: Result
    disposition: Policy = Policy.NONE
    """What the domain asks for, for this message: sampling and test mode are taken off already."""
    domain: str = ""
    """The author domain (header.from), A-labels in lower case; empty where there is none."""
    policy_domain: str = ""
    """Where the record was found."""
    record: Record | None = None
    policy: Policy = Policy.NONE
    """The policy that counts for this domain before sampling: p, sp or np."""
    dkim_aligned: bool = False
    spf_aligned: bool = False
    reason: str = ""


_SEVERITY = (Result.PASS, Result.NONE, Result.TEMPERROR, Result.PERMERROR, Result.FAIL)


def author_domains(head: bytes) -> list[str] | None:
    """The domains in From, each once, A-labels in lower case.

    None where From is not there once, can be read in several ways, or has a domain that is none.
    """
    bodies = every(head, b"from")
    if len(bodies) != 1:
        return None
    domains = _remembered(bodies[0]) if len(bodies[0]) <= _REMEMBERED_OCTETS else _domains(bodies[0])
    return None if domains is None else list(domains)


def _domains(body: bytes) -> tuple[str, ...] | None:
    if not is_plain(body):
        return None
    found: dict[str, None] = {}
    for named in address_list(body):
        try:
            found[a_label(named.address.domain.removesuffix("."))] = None
        except InvalidDomain:
            return None
    domains = tuple(domain for domain in found if not domain.startswith("["))
    return domains if domains and len(domains) == len(found) else None


_remembered = lru_cache(_REMEMBERED)(_domains)
"""Much mail comes from few people."""


def evaluate(
    head: bytes, sender: spf_verdict.Verdict | None, signatures: Sequence[dkim_verify.Verdict], sample: int = 0
) -> Check[Verdict]:
    """Judge a message by the verdicts on its client and its signatures.

    ``sender`` is the SPF verdict on the reverse-path (for an empty one, that on HELO). ``sample`` is a number from 0 to 99 that
    nobody can foresee: a policy with ``pct=`` is applied as it stands where the number is below that, else one step weaker. Of
    several author domains the strictest disposition counts (RFC 7489 §6.6.1).
    """
    domains = author_domains(head)
    if domains is None:
        return Verdict(result=Result.PERMERROR, reason="no single From with usable domains")
    if len(domains) > AUTHORS:
        return Verdict(result=Result.PERMERROR, reason=f"more than {AUTHORS} domains in From")
    verdicts: list[Verdict] = []
    for domain in domains:
        verdict = yield from _evaluate(domain, sender, signatures, sample)
        verdicts.append(verdict)
    return max(verdicts, key=_strictness)


def _strictness(verdict: Verdict) -> tuple[int, int]:
    return list(Policy).index(verdict.disposition), _SEVERITY.index(verdict.result)


def _evaluate(
    domain: str, sender: spf_verdict.Verdict | None, signatures: Sequence[dkim_verify.Verdict], sample: int
) -> Check[Verdict]:
    found = yield from walk(domain)
    published = found.policy()
    if found.own is None and found.unanswered:
        return Verdict(result=Result.TEMPERROR, domain=domain, reason="the DNS does not answer about the policy")
    if published is None or not published[1].applies:
        return Verdict(result=Result.NONE, domain=domain, reason="no policy")
    policy_domain, record = published
    signers = [verdict.domain for verdict in signatures if verdict.result is dkim_verify.Result.PASS]
    senders = [sender.domain] if sender is not None and sender.result is spf_verdict.Result.PASS else []
    dkim_aligned, dkim_known = yield from _any_aligned(signers, found, record.dkim_alignment)
    spf_aligned, spf_known = yield from _any_aligned(senders, found, record.spf_alignment)
    policy = record.policy
    if policy_domain != domain:
        exists = record.nonexistent_policy is record.subdomain_policy or (yield from _exists(domain))
        policy = record.subdomain_policy if exists else record.nonexistent_policy
    verdict = Verdict(
        result=Result.PASS,
        domain=domain,
        policy_domain=policy_domain,
        record=record,
        policy=policy,
        dkim_aligned=dkim_aligned,
        spf_aligned=spf_aligned,
    )
    if dkim_aligned or spf_aligned:
        return verdict
    if _undecided(sender, signatures) or not (dkim_known and spf_known):
        return msgspec.structs.replace(verdict, result=Result.TEMPERROR, reason="a question to the DNS got no answer")
    disposition = policy.weaker if record.testing or sample >= record.percent else policy
    return msgspec.structs.replace(verdict, result=Result.FAIL, disposition=disposition, reason="nothing aligned passed")


def _undecided(sender: spf_verdict.Verdict | None, signatures: Sequence[dkim_verify.Verdict]) -> bool:
    return (sender is not None and sender.result is spf_verdict.Result.TEMPERROR) or any(
        verdict.result is dkim_verify.Result.TEMPERROR for verdict in signatures
    )


def _any_aligned(domains: Sequence[str], author: Walk, alignment: Alignment) -> Check[tuple[bool, bool]]:
    """Whether one of the authenticated domains is the author's (strict) or of the author's organization (relaxed).

    And whether that is certain: not where the DNS was silent on the way to an organization.
    """
    if author.domain in domains:
        return True, True
    if alignment is Alignment.STRICT or not domains:
        return False, True
    organization, known = author.organizational_domain, not author.unanswered
    for domain in dict.fromkeys(domains):
        # Only a domain at or below the author's organization can have the same one.
        if domain == organization or domain.endswith("." + organization):
            found = yield from walk(domain)
            known = known and not found.unanswered
            if known and found.organizational_domain == organization:
                return True, True
    return False, known


def _exists(domain: str) -> Check[bool]:
    """Whether there is such a name with whatever records, or below which there are some; what nobody answers exists."""
    answer = yield from ask(domain, "A")
    return answer.exists
