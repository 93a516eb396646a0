"""Verdicts in two forms: findings for the trace, Authentication-Results for whoever reads the message (RFC 8601)."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from posthouse.filters.verdict import Finding
from posthouse.formats.authentication_results.serialise import serialise
from posthouse.formats.authentication_results.value import AuthenticationResults, MethodResult
from posthouse.services.receive.checks.verdicts import Verdicts
from posthouse.services.receive.reception import Reception
from posthouse.trust.arc.verify import Result as ArcResult
from posthouse.trust.dmarc.evaluate import Result as DmarcResult
from posthouse.trust.reporting import arc_result, dkim_results, dmarc_result, spf_result
from posthouse.trust.spf.verdict import Identity
from posthouse.trust.spf.verdict import Result as SpfResult

_SPF_WEIGHT: Final = {SpfResult.FAIL: 3.0, SpfResult.SOFTFAIL: 1.0, SpfResult.PERMERROR: 1.0}
_DMARC_WEIGHT: Final = {DmarcResult.FAIL: 3.0}


def findings_of(verdicts: Verdicts) -> Iterator[Finding]:
    """What to tell in the trace."""
    if (sender := verdicts.spf) is not None:
        yield Finding("spf", sender.result, f"{sender.domain}: {sender.reason}", _SPF_WEIGHT.get(sender.result, 0.0))
    for signature in verdicts.dkim:
        open_end = f"{signature.unsigned_octets} octets are not signed" if signature.unsigned_octets else ""
        words = (signature.domain, signature.selector, "testing" if signature.testing else "", signature.reason, open_end)
        yield Finding("dkim", signature.result, " ".join(filter(None, words)))
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
        yield spf_result(sender, reception.sender.text if sender.identity is Identity.MAIL_FROM else "")
    if verdicts.dkim:
        yield from dkim_results(verdicts.dkim)
    if verdicts.arc.result is not ArcResult.NONE:
        yield arc_result(verdicts.arc)
    yield dmarc_result(verdicts.dmarc)
