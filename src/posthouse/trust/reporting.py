"""Verdicts in the words of Authentication-Results (RFC 8601 §2.7, RFC 7489 §11, RFC 8617 §10)."""

from posthouse.formats.authentication_results.value import MethodResult, Property
from posthouse.trust.arc import verify as arc
from posthouse.trust.dkim import verify as dkim
from posthouse.trust.dmarc import evaluate as dmarc
from posthouse.trust.spf import verdict as spf


def spf_result(verdict: spf.Verdict, address: str = "") -> MethodResult:
    """SPF; ``address`` is the reverse-path as given, by default the domain alone."""
    about = Property("smtp", verdict.identity.value, address or verdict.domain)
    return MethodResult(method="spf", result=verdict.result.value, reason=_reason(verdict.reason), properties=(about,))


def dkim_results(verdicts: tuple[dkim.Verdict, ...]) -> tuple[MethodResult, ...]:
    """DKIM, one for each signature; ``dkim=none`` where there is no signature."""
    return tuple(map(_dkim_result, verdicts)) or (MethodResult(method="dkim", result="none"),)


def dmarc_result(verdict: dmarc.Verdict) -> MethodResult:
    """DMARC, with the policy that was published and what it asks for here."""
    properties = (Property("header", "from", verdict.domain),) if verdict.domain else ()
    if verdict.record is None:
        return MethodResult(method="dmarc", result=verdict.result.value, reason=verdict.reason, properties=properties)
    comment = f"p={verdict.policy} dis={verdict.disposition}"
    return MethodResult(method="dmarc", result=verdict.result.value, comment=comment, properties=properties)


def arc_result(verdict: arc.Verdict) -> MethodResult:
    """ARC; the sealers, newest first, are in the comment."""
    comment = " ".join(reversed(verdict.sealers))
    return MethodResult(method="arc", result=verdict.result.value, reason=verdict.reason, comment=comment)


def _dkim_result(verdict: dkim.Verdict) -> MethodResult:
    named = (
        ("d", verdict.domain),
        ("i", verdict.identity),
        ("s", verdict.selector),
        ("a", verdict.algorithm),
        ("b", verdict.value),
    )
    properties = tuple(Property("header", name, value) for name, value in named if value)
    notes = ["testing"] if verdict.testing else []
    notes += [f"{verdict.unsigned_octets} octets are not signed"] if verdict.unsigned_octets else []
    return MethodResult(
        method="dkim", result=verdict.result.value, reason=verdict.reason, comment="; ".join(notes), properties=properties
    )


def _reason(text: str) -> str:
    return text[:200]
