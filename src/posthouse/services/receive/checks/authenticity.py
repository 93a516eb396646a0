"""Whether a message is from whom it says: SPF, DKIM, ARC and, from them, DMARC (C4).

What is found goes into the trace and, as Authentication-Results, on top of the message; fields of that name that claim to be ours
are taken out (RFC 8601 §5). What a domain asks for with DMARC is done, unless somebody we trust vouches for the message (ARC) or
its sender is on the list of those who are let in.
"""

import asyncio
from typing import Final, TypeAlias

from posthouse.filters.access import ip_address
from posthouse.filters.verdict import Finding
from posthouse.formats.authentication_results.forged import forged
from posthouse.formats.authentication_results.value import MethodResult
from posthouse.model.content import Content
from posthouse.model.settings.judging import AMBIGUOUS_FROM, ARC_TRUSTED, AUTHENTICITY, DMARC_ENFORCE
from posthouse.services.receive.checks.memory import Memory
from posthouse.services.receive.checks.parts import ContentParts
from posthouse.services.receive.checks.refusals import Unauthentic
from posthouse.services.receive.checks.results import findings_of, results_field
from posthouse.services.receive.checks.verdicts import Verdicts
from posthouse.services.receive.reception import Reception
from posthouse.services.trust.asking import ask
from posthouse.services.trust.examining import examine
from posthouse.trust.arc import verify as arc
from posthouse.trust.dkim import verify as dkim
from posthouse.trust.dmarc import evaluate as dmarc
from posthouse.trust.dmarc.record import Policy
from posthouse.trust.spf import check as spf
from posthouse.trust.spf import verdict as spf_verdict

SECONDS: Final = 15.0
"""For all questions to the DNS of one check."""


_Evidence: TypeAlias = tuple[tuple[str, ...], spf_verdict.Verdict | None, tuple[tuple[dkim.Result, str], ...]]
"""What DMARC judges by: author domains, the verdict on the client, results and domains of the signatures."""


class Authenticity:
    """Judges messages from outside."""

    def __init__(self, parts: ContentParts) -> None:
        self._parts = parts
        self._senders: Memory[tuple[str, str, str], spf_verdict.Verdict] = Memory(parts.clock)
        self._judged: Memory[_Evidence, dmarc.Verdict] = Memory(parts.clock)
        self._told: Memory[tuple[str, str, str, Verdicts], tuple[tuple[Finding, ...], bytes]] = Memory(parts.clock)

    async def examine(self, reception: Reception, content: Content) -> Content:
        """Judge a message; gives it back without forged results. Raises: Unauthentic."""
        head, hostname = reception.intake.head, self._parts.hostname
        if not self._parts.settings[AUTHENTICITY]:
            return content.without(forged(head, hostname))
        verdicts = await self._verdicts(reception, content, head)
        findings, reception.result_fields = self._in_words(reception, verdicts)
        reception.findings += findings
        reception.answerable = verdicts.answerable
        self._enforce(reception, verdicts)
        self._require_author(reception, verdicts)
        return content.without(forged(head, hostname))

    async def _verdicts(self, reception: Reception, content: Content, head: bytes) -> Verdicts:
        if _is_signed(head):
            sender, (signatures, chain) = await asyncio.gather(self._spf(reception), self._signatures(content))
        else:
            sender, signatures, chain = await self._spf(reception), (), arc.Verdict(result=arc.Result.NONE)
        judged = await self._dmarc(head, sender, signatures)
        trusted = self._parts.settings[ARC_TRUSTED]
        results = arc.vouched(chain, trusted)
        vouched = results is not None and any(
            each.method == "dmarc" and each.result == dmarc.Result.PASS for each in results.results
        )
        return Verdicts(sender, signatures, chain, judged, vouched)

    async def _spf(self, reception: Reception) -> spf_verdict.Verdict | None:
        address = ip_address(reception.client.address)
        if address is None:
            return None
        key = (reception.client.address, reception.client.name, reception.sender.text)
        if (known := self._senders.get(key)) is not None:
            return known
        sender, now = reception.sender.reverse_path, int(reception.received_at)
        client = spf_verdict.Client(address, reception.client.name, self._parts.hostname, now)
        local_part, domain = ("", "") if sender is None else (sender.local_part, sender.domain)
        verdict = await ask(self._parts.resolver, spf.check_mail_from(client, local_part, domain), seconds=SECONDS)
        if verdict.result is not spf_verdict.Result.TEMPERROR:
            self._senders.put(key, verdict)
        return verdict

    async def _dmarc(self, head: bytes, sender: spf_verdict.Verdict | None, signatures: tuple[dkim.Verdict, ...]) -> dmarc.Verdict:
        key = (tuple(dmarc.author_domains(head) or ()), sender, tuple((each.result, each.domain) for each in signatures))
        if key[0] and (known := self._judged.get(key)) is not None:
            return known
        check = dmarc.evaluate(head, sender, signatures, self._parts.entropy.octets(1)[0] * 100 // 256)
        verdict = await ask(self._parts.resolver, check, seconds=SECONDS)
        sampled = verdict.record is not None and verdict.record.percent < 100
        if verdict.result is not dmarc.Result.TEMPERROR and not sampled:
            self._judged.put(key, verdict)
        return verdict

    def _in_words(self, reception: Reception, verdicts: Verdicts) -> tuple[tuple[Finding, ...], bytes]:
        key = (reception.client.address, reception.client_host, reception.sender.text, verdicts)
        told = self._told.get(key)
        if told is None:
            earlier = [_iprev(reception)] if reception.client_host else []
            told = (tuple(findings_of(verdicts)), results_field(self._parts.hostname, reception, verdicts, earlier))
            self._told.put(key, told)
        return told

    async def _signatures(self, content: Content) -> tuple[tuple[dkim.Verdict, ...], arc.Verdict]:
        found = await examine(content, self._parts.spool)
        now, resolver = int(self._parts.clock.now()), self._parts.resolver
        return await asyncio.gather(
            ask(resolver, dkim.verify(found.signatures, now), seconds=SECONDS),
            ask(resolver, arc.verify(found.chain, now), seconds=SECONDS),
        )

    def _enforce(self, reception: Reception, verdicts: Verdicts) -> None:
        asked, domain = verdicts.dmarc.disposition, verdicts.dmarc.domain
        override = ""
        if asked is not Policy.NONE and verdicts.vouched:
            asked, override = Policy.NONE, "trusted_forwarder"
        elif asked is not Policy.NONE and (reception.trusted or not self._parts.settings[DMARC_ENFORCE]):
            asked, override = Policy.NONE, "local_policy"
        if self._parts.counting is not None:
            self._parts.counting.count(reception, verdicts, asked, override)
        if asked is Policy.NONE:
            return
        if asked is Policy.REJECT:
            raise Unauthentic(f"this message is not from {domain}, which asks to refuse such mail (DMARC)")
        reception.junk = f"it is not from {domain}, which asks for caution (DMARC)"

    def _require_author(self, reception: Reception, verdicts: Verdicts) -> None:
        """RFC 5322 §3.6.2 wants one From: who leaves it out or doubles it shows readers somebody nobody has looked at."""
        mode = self._parts.settings[AMBIGUOUS_FROM]
        if verdicts.dmarc.result is not dmarc.Result.PERMERROR or mode == "note" or reception.trusted:
            return
        if mode == "refuse":
            raise Unauthentic(f"this message does not say clearly whom it is from: {verdicts.dmarc.reason}")
        reception.junk = reception.junk or f"it does not say clearly whom it is from: {verdicts.dmarc.reason}"


def _is_signed(head: bytes) -> bool:
    """Whether there is anything to verify: most of the work is saved where there is not."""
    lowered = head.lower()
    return b"dkim-signature" in lowered or b"arc-" in lowered


def _iprev(reception: Reception) -> MethodResult:
    return MethodResult(method="iprev", result="pass", comment=reception.client_host)
