"""Whether a message is from whom it says: SPF, DKIM, ARC and, from them, DMARC (C4).

What is found goes into the trace and, as Authentication-Results, on top of the message; fields of that name that claim to be ours
are taken out (RFC 8601 §5). What a domain asks for with DMARC is done, unless somebody we trust vouches for the message (ARC) or
its sender is on the list of those who are let in.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Final

from posthouse.filters.access import ip_address
from posthouse.formats.authentication_results.forged import forged
from posthouse.formats.authentication_results.value import MethodResult
from posthouse.formats.header.fields import header_end
from posthouse.model.content import Body, Content
from posthouse.model.settings import ARC_TRUSTED, AUTHENTICITY, DMARC_ENFORCE
from posthouse.services.receive.checks.parts import ContentParts
from posthouse.services.receive.checks.refusals import Unauthentic
from posthouse.services.receive.checks.results import findings_of, results_field
from posthouse.services.receive.checks.verdicts import Verdicts
from posthouse.services.receive.reception import Reception
from posthouse.services.trust.asking import ask
from posthouse.trust.arc import verify as arc
from posthouse.trust.dkim import verify as dkim
from posthouse.trust.dkim.examining import BodyDigests, Examined, HeaderFields, examined, wanted
from posthouse.trust.dkim.signature import Signature, Unusable
from posthouse.trust.dmarc import evaluate as dmarc
from posthouse.trust.dmarc.record import Policy
from posthouse.trust.spf import check as spf
from posthouse.trust.spf import verdict as spf_verdict

PORTION_OCTETS: Final = 524_288
"""Read and digested in one hop."""
INLINE_OCTETS: Final = 16_384
"""Digested on the event loop: cheaper than a hop."""
SECONDS: Final = 15.0
"""For all questions to the DNS of one check."""


class Authenticity:
    """Judges messages from outside."""

    def __init__(self, parts: ContentParts) -> None:
        self._parts = parts

    async def examine(self, reception: Reception, content: Content) -> Content:
        """Judge a message; gives it back without forged results. Raises: Unauthentic."""
        if not self._parts.settings[AUTHENTICITY]:
            return content
        head, hostname = reception.intake.head, self._parts.hostname
        verdicts = await self._verdicts(reception, content.body, head)
        earlier = [_iprev(reception)] if reception.client_host else []
        reception.findings += findings_of(verdicts)
        reception.result_fields = results_field(hostname, reception, verdicts, earlier)
        reception.answerable = verdicts.answerable
        self._enforce(reception, verdicts)
        return content.without(forged(head, hostname))

    async def _verdicts(self, reception: Reception, body: Body, head: bytes) -> Verdicts:
        sender, (signatures, chain) = await asyncio.gather(self._spf(reception), self._signatures(body, head))
        check = dmarc.evaluate(head, sender, signatures, self._parts.entropy.octets(1)[0] * 100 // 256)
        judged = await ask(self._parts.resolver, check, seconds=SECONDS)
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
        sender, now = reception.sender.reverse_path, int(reception.received_at)
        client = spf_verdict.Client(address, reception.client.name, self._parts.hostname, now)
        local_part, domain = ("", "") if sender is None else (sender.local_part, sender.domain)
        return await ask(self._parts.resolver, spf.check_mail_from(client, local_part, domain), seconds=SECONDS)

    async def _signatures(self, body: Body, head: bytes) -> tuple[tuple[dkim.Verdict, ...], arc.Verdict]:
        fields = HeaderFields(head)
        read, chain = dkim.signatures(fields), arc.read(fields)
        usable = [item for item in read if isinstance(item, Signature)]
        newest = [chain.sets[-1].signature] if chain.sets else []
        made = {}
        if usable or newest:
            digests = BodyDigests(wanted([*usable, *newest]))
            async for portion in self._portions(body, header_end(head)):
                await _digest(digests, portion)
            made = digests.finish()
            chain = arc.with_body(chain, fields, made)
        found: Sequence[Examined | Unusable] = [
            item if isinstance(item, Unusable) else examined(fields, item, made) for item in read
        ]
        now, resolver = int(self._parts.clock.now()), self._parts.resolver
        verdicts, sealed = await asyncio.gather(
            ask(resolver, dkim.verify(found, now), seconds=SECONDS), ask(resolver, arc.verify(chain, now), seconds=SECONDS)
        )
        return verdicts, sealed

    async def _portions(self, body: Body, start: int) -> AsyncIterator[bytes]:
        if isinstance(body, bytes):
            yield body[start:]
            return
        while start < body.size_octets:
            portion = await self._parts.spool.read(body, start, PORTION_OCTETS)
            if not portion:
                return
            yield portion
            start += len(portion)

    def _enforce(self, reception: Reception, verdicts: Verdicts) -> None:
        asked, domain = verdicts.dmarc.disposition, verdicts.dmarc.domain
        if asked is Policy.NONE or verdicts.vouched or reception.trusted or not self._parts.settings[DMARC_ENFORCE]:
            return
        if asked is Policy.REJECT:
            raise Unauthentic(f"this message is not from {domain}, which asks to refuse such mail (DMARC)")
        reception.junk = f"it is not from {domain}, which asks for caution (DMARC)"


async def _digest(digests: BodyDigests, portion: bytes) -> None:
    if len(portion) <= INLINE_OCTETS:
        digests.update(portion)
    else:
        await asyncio.to_thread(digests.update, portion)


def _iprev(reception: Reception) -> MethodResult:
    return MethodResult(method="iprev", result="pass", comment=reception.client_host)
