"""The resolver against a DNS server of our own on the loopback interface."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest

from posthouse.adapters.dns.resolver import DnsResolver
from posthouse.foundation.errors import NotFound, Unavailable
from posthouse.ports.resolver import MailExchanger

ZONE = {
    ("two.example.", "MX"): ["20 B.two.example.", "10 a.two.example."],
    ("null.example.", "MX"): ["0 ."],
    ("host.example.", "A"): ["192.0.2.1"],
    ("host.example.", "AAAA"): ["2001:db8::1"],
    ("old.example.", "A"): ["192.0.2.2"],
    ("text.example.", "TXT"): ['"v=spf1 " "-all"'],
}
NAMES = {name for name, _ in ZONE} | {"empty.example.", "broken.example."}
BROKEN = {("broken.example.", "A"), ("broken.example.", "MX"), ("old.example.", "AAAA")}


class Server(asyncio.DatagramProtocol):
    """Answers from ZONE; SERVFAIL for BROKEN, silence for ``silent.example``."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str | int, ...]) -> None:
        query = dns.message.from_wire(data)
        (question,) = query.question
        name, kind = question.name.to_text().lower(), dns.rdatatype.to_text(question.rdtype)
        self.asked.append((name, kind))
        if name == "silent.example.":
            return
        answer = dns.message.make_response(query)
        answer.flags |= dns.flags.AD
        if (name, kind) in BROKEN:
            answer.set_rcode(dns.rcode.SERVFAIL)
        elif name not in NAMES:
            answer.set_rcode(dns.rcode.NXDOMAIN)
        elif (name, kind) in ZONE:
            answer.answer.append(dns.rrset.from_text_list(question.name, 300, "IN", kind, ZONE[name, kind]))
        self.transport.sendto(answer.to_wire(), addr)


@asynccontextmanager
async def serving() -> AsyncIterator[tuple[Server, str]]:
    loop = asyncio.get_running_loop()
    transport, server = await loop.create_datagram_endpoint(Server, local_addr=("127.0.0.1", 0))
    try:
        host, port = transport.get_extra_info("sockname")
        yield server, f"{host}:{port}"
    finally:
        transport.close()


@pytest.fixture
async def server() -> AsyncIterator[tuple[Server, str]]:
    async with serving() as made:
        yield made


@pytest.fixture
def resolver(server: tuple[Server, str]) -> DnsResolver:
    return DnsResolver(lambda: [server[1]], lambda: 0.5)


async def test_mail_exchangers(resolver: DnsResolver) -> None:
    assert await resolver.mail_exchangers("two.example") == [
        MailExchanger(10, "a.two.example"),
        MailExchanger(20, "b.two.example"),
    ]
    assert await resolver.mail_exchangers("null.example") == [MailExchanger(0, "")]
    assert await resolver.mail_exchangers("host.example") == [MailExchanger(0, "host.example")]


@pytest.mark.parametrize("domain", ["missing.example", "empty.example", "x" * 64 + ".example", "a..b"])
async def test_no_such_domain(resolver: DnsResolver, domain: str) -> None:
    with pytest.raises(NotFound):
        await resolver.mail_exchangers(domain)


@pytest.mark.parametrize(
    ("domain", "reason"),
    [("broken.example", r": 127\.0\.0\.1@\d+ SERVFAIL$"), ("silent.example", r": 127\.0\.0\.1@\d+ is silent$")],
)
async def test_trouble_is_told_apart(resolver: DnsResolver, domain: str, reason: str) -> None:
    """What each server did is said once, though it was asked again and again."""
    with pytest.raises(Unavailable, match=reason):
        await resolver.mail_exchangers(domain)


async def test_addresses(resolver: DnsResolver) -> None:
    assert await resolver.addresses("host.example") == ["2001:db8::1", "192.0.2.1"]
    assert await resolver.addresses("old.example") == ["192.0.2.2"]
    for host in ("empty.example", "missing.example"):
        with pytest.raises(NotFound):
            await resolver.addresses(host)
    with pytest.raises(Unavailable):
        await resolver.addresses("broken.example")


async def test_any_question(resolver: DnsResolver) -> None:
    answer = await resolver.query("text.example", "TXT")
    assert answer.records == ("v=spf1 -all",)
    assert answer.secure
    assert (await resolver.query("empty.example", "TXT")).records == ()
    with pytest.raises(NotFound):
        await resolver.query("missing.example", "TXT")


async def test_answers_are_remembered(server: tuple[Server, str], resolver: DnsResolver) -> None:
    for _ in range(3):
        await resolver.query("text.example", "TXT")
    assert server[0].asked == [("text.example.", "TXT")]


async def test_servers_may_change() -> None:
    async with serving() as (first, first_address), serving() as (second, second_address):
        servers = [first_address]
        resolver = DnsResolver(lambda: servers, lambda: 0.5)
        await resolver.query("text.example", "TXT")
        servers[0] = second_address
        await resolver.query("text.example", "TXT")
        assert len(first.asked) == len(second.asked) == 1


@pytest.mark.parametrize("server", ["mx.example", "127.0.0.1:many", "127.0.0.1:99999", "[::1"])
async def test_settings_that_name_no_resolver(server: str) -> None:
    with pytest.raises(Unavailable, match=r"dns\.resolvers"):
        await DnsResolver(lambda: [server], lambda: 0.5).query("text.example", "TXT")


@pytest.mark.parametrize("server", ["127.0.0.1", "[::1]:5353", "::1", "[2001:db8::1]"])
def test_forms_of_resolvers(server: str) -> None:
    DnsResolver(lambda: [server], lambda: 0.5)._current()


async def test_only_the_machine_itself_vouches() -> None:
    resolver = DnsResolver(lambda: ["127.0.0.1", "192.0.2.1"], lambda: 0.5)
    resolver._current()
    assert resolver._trusted is False
