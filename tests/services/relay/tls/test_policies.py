"""What is asked of TLS: DANE, MTA-STS, and what is done when either cannot be found out."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.support.fakes import FakeClock
from tests.support.mail_house import MailHouse, mail_house
from tests.support.relay import CannedPolicySource, CannedResolver, tls_policies

from posthouse.adapters.memory.tls.results import MemoryTlsResults
from posthouse.foundation.errors import NotFound, Unavailable
from posthouse.model.settings.relay import RELAY_DANE, RELAY_MTA_STS
from posthouse.ports.resolver import Answer
from posthouse.ports.transmitter import Level
from posthouse.services.relay.tls.policies import AGAIN_SECONDS, TlsPolicies, Unsafe
from posthouse.services.relay.tls.tally import TlsTally

DOMAIN, HOST = "far.example", "mx.far.example"
DIGEST = "ab" * 32
ENFORCE = f"version: STSv1\nmode: enforce\nmx: {HOST}\nmax_age: 86400\n"


@dataclass
class World:
    resolver: CannedResolver
    source: CannedPolicySource
    clock: FakeClock
    policies: TlsPolicies
    results: MemoryTlsResults
    tally: TlsTally

    def signed(self, *records: str) -> None:
        """A domain whose DNS is vouched for."""
        self.resolver.answers |= {
            (DOMAIN, "MX"): Answer((f"10 {HOST}.",), secure=True),
            (HOST, "A"): Answer(("192.0.2.1",), secure=True),
            (f"_25._tcp.{HOST}", "TLSA"): Answer(records, secure=True),
        }

    def announced(self, text: str, id_: str = "1") -> None:
        """A domain with an MTA-STS policy."""
        self.resolver.answers[f"_mta-sts.{DOMAIN}", "TXT"] = Answer((f"v=STSv1; id={id_};",))
        self.source.texts[DOMAIN] = text

    async def failures(self) -> list[str]:
        await self.tally.flush()
        day = "2023-11-14"
        return [one.session.result for one in await self.results.of_day(day) for _ in range(one.count)]


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[MailHouse]:
    async with mail_house(tmp_path) as made:
        yield made


@pytest.fixture
async def world(house: MailHouse) -> AsyncIterator[World]:
    resolver, source, clock = CannedResolver(), CannedPolicySource(), FakeClock()
    policies, results, tally = tls_policies(house.settings, resolver, clock, source)
    yield World(resolver, source, clock, policies, results, tally)
    await tally.stop()


async def level(world: World, host: str = HOST, *, required: bool = False) -> tuple[Level, str]:
    security = await world.policies.of_host(await world.policies.of_domain(DOMAIN), host, required=required)
    return security.level, security.policy_type


async def test_nothing_is_said(world: World) -> None:
    assert await level(world) == (Level.OPPORTUNISTIC, "no-policy-found")
    with pytest.raises(Unsafe, match="vouches"):
        await level(world, required=True)


async def test_dane(world: World, house: MailHouse) -> None:
    world.signed(f"3 1 1 {DIGEST}", "0 0 1 00", "nonsense")
    world.announced(ENFORCE)
    policy = await world.policies.of_domain(DOMAIN)
    security = await world.policies.of_host(policy, HOST)
    assert (security.level, security.policy_type, security.domain) == (Level.DANE, "tlsa", DOMAIN)
    assert [record.usage for record in security.tlsa] == [3]
    assert security.policy_text == f"3 1 1 {DIGEST}\n0 0 1 00"
    await house.set(RELAY_DANE, False)
    assert await level(world) == (Level.VERIFIED, "sts")
    await house.set(RELAY_MTA_STS, False)
    assert await level(world) == (Level.OPPORTUNISTIC, "no-policy-found")


async def test_records_of_which_none_can_be_used_ask_for_encryption(world: World) -> None:
    world.signed("1 1 1 " + DIGEST)
    assert await level(world) == (Level.ENCRYPTED, "tlsa")


@pytest.mark.parametrize(
    ("key", "answer", "expected"),
    [
        ((DOMAIN, "MX"), Answer((f"10 {HOST}.",)), Level.OPPORTUNISTIC),
        ((HOST, "A"), Answer(("192.0.2.1",)), Level.OPPORTUNISTIC),
        ((f"_25._tcp.{HOST}", "TLSA"), Answer((f"3 1 1 {DIGEST}",)), Level.OPPORTUNISTIC),
        ((f"_25._tcp.{HOST}", "TLSA"), Answer((), secure=True), Level.OPPORTUNISTIC),
        ((f"_25._tcp.{HOST}", "TLSA"), NotFound("no"), Level.OPPORTUNISTIC),
    ],
)
async def test_dane_needs_a_dns_that_is_vouched_for(
    world: World, key: tuple[str, str], answer: Answer | Exception, expected: Level
) -> None:
    world.signed(f"3 1 1 {DIGEST}")
    world.resolver.answers[key] = answer
    assert (await level(world))[0] is expected


async def test_tlsa_records_that_cannot_be_read_make_a_server_unusable(world: World) -> None:
    world.signed()
    world.resolver.answers[f"_25._tcp.{HOST}", "TLSA"] = Unavailable("SERVFAIL")
    with pytest.raises(Unsafe, match="TLSA"):
        await level(world)


async def test_a_signed_domain_without_records_serves_messages_that_want_tls(world: World) -> None:
    world.signed()
    assert await level(world, required=True) == (Level.VERIFIED, "no-policy-found")


async def test_mta_sts(world: World) -> None:
    world.announced(ENFORCE)
    for _ in range(2):
        assert await level(world) == (Level.VERIFIED, "sts")
    assert world.source.asked == [DOMAIN], "it is remembered"
    with pytest.raises(Unsafe, match="none of the servers"):
        await level(world, "mx.evil.example")
    assert await level(world, required=True) == (Level.VERIFIED, "sts")
    assert await world.failures() == ["validation-failure"]


async def test_a_policy_is_fetched_anew_when_its_id_changes(world: World) -> None:
    world.announced(ENFORCE)
    await level(world)
    world.announced(ENFORCE.replace(HOST, "other.far.example"), "2")
    with pytest.raises(Unsafe):
        await level(world)
    assert world.source.asked == [DOMAIN] * 2


async def test_a_policy_outlives_trouble_until_it_expires(world: World) -> None:
    world.announced(ENFORCE)
    await level(world)
    del world.resolver.answers[f"_mta-sts.{DOMAIN}", "TXT"]
    assert await level(world) == (Level.VERIFIED, "sts"), "the DNS is down or somebody stands between"
    world.announced(ENFORCE, "2")
    world.source.texts.clear()
    assert await level(world) == (Level.VERIFIED, "sts"), "the new one cannot be fetched"
    world.clock.advance(86_401)
    assert await level(world) == (Level.OPPORTUNISTIC, "no-policy-found")


async def test_a_policy_is_fetched_anew_before_it_runs_out_and_once_for_all_who_ask(world: World) -> None:
    world.announced(ENFORCE)
    assert [found[0] for found in await asyncio.gather(*(level(world) for _ in range(5)))] == [Level.VERIFIED] * 5
    assert world.source.asked == [DOMAIN]
    world.clock.advance(43_201)
    await level(world)
    assert world.source.asked == [DOMAIN] * 2
    world.clock.advance(43_201)
    del world.resolver.answers[f"_mta-sts.{DOMAIN}", "TXT"]
    assert await level(world) == (Level.VERIFIED, "sts"), "it counts from the last time"


async def test_what_cannot_be_fetched_is_not_asked_for_all_the_time(world: World) -> None:
    world.announced("no policy")
    for _ in range(3):
        assert await level(world) == (Level.OPPORTUNISTIC, "no-policy-found")
    assert world.source.asked == [DOMAIN]
    world.clock.advance(AGAIN_SECONDS + 1)
    world.source.texts.clear()
    await level(world)
    assert world.source.asked == [DOMAIN] * 2
    assert sorted(await world.failures()) == ["sts-policy-fetch-error", "sts-policy-invalid"]


async def test_a_policy_that_is_being_tried_out_or_is_none(world: World) -> None:
    world.announced(ENFORCE.replace("enforce", "testing"))
    policy = await world.policies.of_domain(DOMAIN)
    assert (await world.policies.of_host(policy, HOST)).testing
    assert await level(world, "mx.evil.example") == (Level.OPPORTUNISTIC, "no-policy-found")
    assert await world.failures() == ["validation-failure"]
    world.announced(ENFORCE.replace("enforce", "none"), "2")
    assert await level(world) == (Level.OPPORTUNISTIC, "no-policy-found")
