"""What is asked of TLS with each of a domain's servers: DANE where the DNS is vouched for, else MTA-STS, else what is offered.

RFC 7672, RFC 8461, RFC 8689. Where both speak DANE counts: it says which certificate it is to be, and nobody can take it away.
"""

import asyncio
import logging
from collections.abc import Sequence
from typing import Final

import msgspec

from posthouse.foundation.errors import NotFound, PosthouseError
from posthouse.model.settings.relay import RELAY_DANE, RELAY_MTA_STS
from posthouse.ports.clock import Clock
from posthouse.ports.resolver import Resolver
from posthouse.ports.sts_policies import KeptPolicy, PolicySource, StsPolicies
from posthouse.ports.transmitter import Level, Security
from posthouse.services.relay.tls.tally import TlsTally
from posthouse.services.settings import Settings
from posthouse.trust.dane import InvalidTlsa, Tlsa, parse_tlsa, write_tlsa
from posthouse.trust.mta_sts import InvalidPolicy, Mode, Policy, parse_policy, policy_id

SMTP_PORT: Final = 25
AGAIN_SECONDS: Final = 300.0
"""A policy that could not be fetched is not asked for again so soon (RFC 8461 §3.3)."""
FRESH_SECONDS: Final = 86_400.0
"""A policy this old, or half as old as it may become, is fetched anew though its id is the same: it must not run out unseen."""
REMEMBERED: Final = 10_000
_log = logging.getLogger(__name__)


class Unsafe(Exception):
    """No mail may go to this server now; the text says why."""


class DomainPolicy(msgspec.Struct, frozen=True):
    """What a domain says of its servers."""

    domain: str
    vouched: bool = False
    """The list of its servers comes from a DNS that is vouched for (DNSSEC)."""
    sts: Policy | None = None
    text: str = ""
    """The MTA-STS policy as it was fetched."""


class TlsPolicies:
    """Finds out; remembers MTA-STS policies through their store, everything else as long as the resolver does."""

    def __init__(
        self, settings: Settings, resolver: Resolver, policies: StsPolicies, source: PolicySource, tally: TlsTally, clock: Clock
    ) -> None:
        self._settings = settings
        self._resolver = resolver
        self._policies = policies
        self._source = source
        self._tally = tally
        self._clock = clock
        self._failed: dict[str, float] = {}
        self._fetching: dict[str, asyncio.Future[KeptPolicy | None]] = {}

    async def of_domain(self, domain: str) -> DomainPolicy:
        """What a domain says of its servers. Raises nothing: what cannot be found out counts as not said (RFC 8461 §3)."""
        vouched = self._settings[RELAY_DANE] and await self._is_vouched(domain, "MX")
        if not self._settings[RELAY_MTA_STS]:
            return DomainPolicy(domain, vouched)
        kept = await self._sts(domain)
        try:
            policy = None if kept is None else parse_policy(kept.text)
        except InvalidPolicy:
            policy = None
        if kept is None or policy is None or policy.mode is Mode.NONE:
            return DomainPolicy(domain, vouched)
        return DomainPolicy(domain, vouched, policy, kept.text)

    async def of_host(self, policy: DomainPolicy, host: str, *, required: bool = False) -> Security:
        """What is asked of one of its servers; ``required`` by the message itself (RFC 8689). Raises: Unsafe."""
        if policy.vouched and (records := await self._tlsa(host)):
            return _dane(policy.domain, records)
        sts = policy.sts
        if sts is not None:
            testing = sts.mode is Mode.TESTING and not required
            if sts.covers(host):
                return Security(Level.VERIFIED, "", (), policy.domain, "sts", policy.text, testing)
            self._tally.note_failure(policy.domain, "sts", "validation-failure", host, policy.text)
            if not testing:
                raise Unsafe(f"{host} is none of the servers in the MTA-STS policy of {policy.domain}")
        if required:
            if not policy.vouched:
                raise Unsafe(f"nobody vouches for {host} being a server of {policy.domain}: neither DNSSEC nor MTA-STS")
            return Security(Level.VERIFIED, domain=policy.domain)
        return Security(domain=policy.domain)

    async def _is_vouched(self, name: str, record_type: str) -> bool:
        try:
            answer = await self._resolver.query(name, record_type)
        except PosthouseError:
            return False
        return answer.secure

    async def _tlsa(self, host: str) -> list[Tlsa]:
        """TLSA records that are vouched for; an answer that does not come makes the server unusable. Raises: Unsafe.

        RFC 7672 §2.2.2: only asked for where the host's addresses are vouched for too, since some name servers choke on it.
        """
        if not (await self._is_vouched(host, "A") or await self._is_vouched(host, "AAAA")):
            return []
        try:
            answer = await self._resolver.query(f"_{SMTP_PORT}._tcp.{host}", "TLSA")
        except NotFound:
            return []
        except PosthouseError as error:
            raise Unsafe(f"the TLSA records of {host} cannot be read: {error}") from error
        if not answer.secure:
            return []
        records = []
        for text in answer.records:
            try:
                records.append(parse_tlsa(text))
            except InvalidTlsa as error:
                _log.info("%s: %s", host, error)
        return records

    async def _sts(self, domain: str) -> KeptPolicy | None:
        now = self._clock.now()
        try:
            kept = await self._policies.get(domain)
        except PosthouseError as error:
            _log.warning("the MTA-STS policies cannot be read: %s", error)
            kept = None
        if kept is not None and kept.expires_at <= now:
            kept = None
        announced = await self._announced(domain)
        if announced is None or (kept is not None and kept.id == announced and not _is_old(kept, now)):
            return kept
        fetching = self._fetching.get(domain)
        if fetching is None:
            fetching = self._fetching[domain] = asyncio.ensure_future(self._fetched(domain, announced, now))
            fetching.add_done_callback(lambda _: self._fetching.pop(domain, None))
        # Whoever asks first may be broken off; the others still want to know.
        return await asyncio.shield(fetching) or kept

    async def _announced(self, domain: str) -> str | None:
        try:
            answer = await self._resolver.query(f"_mta-sts.{domain}", "TXT")
        except PosthouseError:
            return None
        return policy_id(answer.records)

    async def _fetched(self, domain: str, announced: str, now: float) -> KeptPolicy | None:
        if self._failed.get(domain, 0.0) > now:
            return None
        try:
            text = await self._source.fetch(domain)
            policy = parse_policy(text)
            kept = KeptPolicy(domain, announced, text, now, now + policy.max_age)
            await self._policies.put(kept)
        except InvalidPolicy as error:
            self._remember_failure(domain, now, "sts-policy-invalid", str(error))
        except PosthouseError as error:
            result = str(error).partition(":")[0]
            self._remember_failure(domain, now, result if result.startswith("sts-") else "sts-policy-fetch-error", str(error))
        else:
            return kept
        return None

    def _remember_failure(self, domain: str, now: float, result: str, words: str) -> None:
        _log.info("no MTA-STS policy of %s: %s", domain, words)
        if len(self._failed) >= REMEMBERED:
            self._failed.clear()
        self._failed[domain] = now + AGAIN_SECONDS
        self._tally.note_failure(domain, "sts", result)


def _is_old(kept: KeptPolicy, now: float) -> bool:
    return now >= kept.fetched_at + min(FRESH_SECONDS, (kept.expires_at - kept.fetched_at) / 2)


def _dane(domain: str, records: Sequence[Tlsa]) -> Security:
    """RFC 7672 §2.2: records of which none can be used still ask for encryption."""
    usable = tuple(record for record in records if record.is_usable)
    text = "\n".join(write_tlsa(record) for record in records)
    return Security(Level.DANE if usable else Level.ENCRYPTED, "", usable, domain, "tlsa", text)
