"""Verdicts in two forms: findings for the trace, Authentication-Results for whoever reads the message (RFC 8601)."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from posthouse.filters.verdict import Finding
from posthouse.formats.authentication_results.serialise import serialise
from posthouse.formats.authentication_results.value import AuthenticationResults, MethodResult, Property
from posthouse.services.receive.checks.verdicts import Verdicts
from posthouse.services.receive.reception import Reception
from posthouse.trust.arc.verify import Result as ArcResult
from posthouse.trust.dmarc.evaluate import Result as DmarcResult
from posthouse.trust.spf.verdict import Identity
from posthouse.trust.spf.verdict import Result as SpfResult

_SPF_WEIGHT: Final = {SpfResult.FAIL: 3.0, SpfResult.SOFTFAIL: 1.0, SpfResult.PERMERROR: 1.0}
_DMARC_WEIGHT: Final = {DmarcResult.FAIL: 3.0}


def findings_of(verdicts: Verdicts) -> Iterator[Finding]:
    """What to tell in the trace."""
    if (sender := verdicts.spf) is not None:
        yield Finding("spf", sender.result, f"{sender.domain}: {sender.reason}", _SPF_WEIGHT.get(sender.result, 0.0))
    for signature in verdicts.dkim:
        yield Finding("dkim", signature.result, " ".join(filter(None, (signature.domain, signature.selector, signature.reason))))
    if verdicts.arc.result is not ArcResult.NONE:
        sealed = ", ".join(verdicts.arc.sealers) or verdicts.arc.reason
        yield Finding("arc", verdicts.arc.result, sealed + (", vouched for" if verdicts.vouched else ""))
    judged = verdicts.dmarc
    about = " ".join(filter(None, (judged.domain, f"p={judged.policy}" if judged.record else "", judged.reason)))
    yield Finding("dmarc", judged.result, about, 0.0 if verdicts.vouched else _DMARC_WEIGHT.get(judged.result, 0.0))


def results_field(hostname: str, reception: Reception, verdicts: Verdicts, earlier: Sequence[MethodResult]) -> bytes:
    """The Authentication-Results field with its CRLF."""
    return serialise(AuthenticationResults(authserv_id=hostname, results=(*earlier, *_results(reception, verdicts))))


def _results(reception: Reception, verdicts: Verdicts) -> Iterable[MethodResult]:
    if (sender := verdicts.spf) is not None:
        from_path = sender.identity is Identity.MAIL_FROM
        about = reception.sender.text if from_path else sender.domain
        yield MethodResult(
            method="spf", result=sender.result, reason=sender.reason, properties=(Property("smtp", sender.identity, about),)
        )
    for signature in verdicts.dkim:
        named = (("d", signature.domain), ("s", signature.selector), ("a", signature.algorithm), ("b", signature.value))
        yield MethodResult(
            method="dkim",
            result=signature.result,
            reason=signature.reason,
            properties=tuple(Property("header", name, value) for name, value in named if value),
        )
    if verdicts.arc.result is not ArcResult.NONE:
        yield MethodResult(
            method="arc",
            result=verdicts.arc.result,
            reason=verdicts.arc.reason,
            comment=", ".join(verdicts.arc.sealers),
            properties=(Property("smtp", "remote-ip", reception.client.address),),
        )
    judged = verdicts.dmarc
    yield MethodResult(
        method="dmarc",
        result=judged.result,
        reason=judged.reason,
        comment=f"p={judged.policy} dis={judged.disposition}" if judged.record else "",
        properties=(Property("header", "from", judged.domain),) if judged.domain else (),
    )
