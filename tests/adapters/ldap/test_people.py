"""People and passwords out of LDAP: right and wrong ones, traps, pages, TLS, and servers that are away, slow or set wrongly."""

import asyncio
import ssl
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.support.fakes import FakeClock
from tests.support.ldap_server import BASE, SERVICE, LdapServer, ldap_server
from tests.support.waiting import eventually

from posthouse.adapters.dns.table import TableResolver
from posthouse.adapters.ldap import link, people, pool
from posthouse.adapters.ldap.people import LdapPeople
from posthouse.bootstrap.certificate import create_certificate
from posthouse.foundation.errors import Unavailable
from posthouse.ports.signing_in.outside_people import OutsidePerson, PeopleFields, PeopleSource
from posthouse.protocols.ldap.filters import Comparison, Junction

ALICE = "alice@example.test"
FIELDS = PeopleFields(filter="(mail=*@%d)", address="mail", display_name="displayName", aliases="mailAlternateAddress")


@pytest.fixture
def server() -> Iterator[LdapServer]:
    with ldap_server() as made:
        made.add("alice", "alice's password", mail=ALICE, displayName="Alice")
        yield made


def source_of(*servers: LdapServer, **changed: Any) -> PeopleSource:
    said: dict[str, Any] = {
        "servers": tuple(server.url for server in servers),
        "start_tls": False,
        "bind_name": SERVICE[0],
        "bind_password": SERVICE[1],
        "base": BASE,
        "filter": "(&(objectClass=person)(mail=%u))",
    }
    return PeopleSource(**(said | changed))


_made: list[LdapPeople] = []


@pytest.fixture(autouse=True)
async def closed() -> AsyncIterator[None]:
    yield
    while _made:
        _made.pop().close()
    await asyncio.sleep(0.01)


def people_of(clock: FakeClock | None = None) -> LdapPeople:
    """Closed when the test is over."""
    made = LdapPeople(TableResolver({("elsewhere.example", "A"): ["192.0.2.1"]}), clock or FakeClock())
    _made.append(made)
    return made


async def test_a_password_is_proved_by_a_bind(server: LdapServer) -> None:
    made, source = people_of(), source_of(server)
    for _ in range(3):
        assert await made.verify(source, ALICE, "alice's password") is True
        assert await made.verify(source, ALICE, "another") is False
        assert await made.verify(source, "bob@example.test", "alice's password") is False
    assert server.connections == 1, "it is kept"


async def test_nobody_signs_in_without_a_password(server: LdapServer) -> None:
    """A bind with a name and no password succeeds, and proves nothing (RFC 4513 §5.1.2)."""
    made, source = people_of(), source_of(server)
    for password in ("", "\0", "alice's password\0"):
        assert await made.verify(source, ALICE, password) is False
    assert server.binds == []
    with pytest.raises(Unavailable, match="bind_password"):
        await made.verify(source_of(server, bind_password=""), ALICE, "x")


@pytest.mark.parametrize(
    "address", ["*@example.test", "a*@example.test", "x)(mail=*", "x)(|(mail=*)", "\\2a", "al\0ce@example.test"]
)
async def test_a_name_is_a_value_whatever_is_in_it(server: LdapServer, address: str) -> None:
    assert await people_of().verify(source_of(server), address, "alice's password") is False
    wanted = Junction("&", (Comparison("objectClass", "=", b"person"), Comparison("mail", "=", address.encode())))
    assert server.searches == [wanted]


async def test_who_is_found_twice_has_no_password(server: LdapServer, caplog: pytest.LogCaptureFixture) -> None:
    for number in range(3):
        server.add(f"alice{number}", "alice's password", mail=ALICE)
    made, source = people_of(), source_of(server)
    assert await made.verify(source, ALICE, "alice's password") is False
    assert "more than one" in caplog.text
    assert len(await made.find(source, ALICE)) == 2


async def test_signs_in_a_filter(server: LdapServer) -> None:
    made = people_of()
    assert await made.find(source_of(server, filter="(uid=%n)"), ALICE) == [f"uid=alice,{BASE}"]
    assert await made.find(source_of(server, filter="(&(uid=%n)(mail=*@%d))"), ALICE)
    assert not await made.find(source_of(server, filter="(uid=%%n%n)"), ALICE)
    for wrong in ("(uid=%x)", "(uid=%n", "uid", "(uid=%"):
        with pytest.raises(Unavailable, match="filter"):
            await made.find(source_of(server, filter=wrong), ALICE)


@pytest.mark.parametrize(
    ("code", "says_no"), [(19, True), (48, True), (53, True), (8, False), (51, False), (52, False), (80, False)]
)
async def test_what_says_no_and_what_says_nothing(server: LdapServer, code: int, says_no: bool) -> None:
    server.results[f"uid=alice,{BASE}"] = code
    made, source = people_of(), source_of(server)
    if says_no:
        assert await made.verify(source, ALICE, "alice's password") is False
    else:
        with pytest.raises(Unavailable):
            await made.verify(source, ALICE, "alice's password")


@pytest.mark.parametrize("changed", [{"bind_password": "wrong"}, {"base": "dc=elsewhere"}], ids=str)
async def test_what_is_set_wrongly_is_no_wrong_password(server: LdapServer, changed: dict[str, str]) -> None:
    with pytest.raises(Unavailable):
        await people_of().verify(source_of(server, **changed), ALICE, "alice's password")


async def test_without_a_name_people_are_looked_for_as_nobody(server: LdapServer) -> None:
    made, source = people_of(), source_of(server, bind_name="", bind_password="")
    for _ in range(2):
        assert await made.verify(source, ALICE, "alice's password") is True
        assert await made.verify(source, ALICE, "wrong") is False
    dn = f"uid=alice,{BASE}"
    assert server.binds == [dn, "", dn, dn, "", dn]


async def test_everybody_in_pages(server: LdapServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(people, "PAGE", 3)
    for number in range(10):
        server.add(f"p{number}", mail=f"p{number}@example.test", mailAlternateAddress=("smtp:a@example.test", "b@example.test"))
    server.add("elsewhere", mail="x@example.org")
    found = [person async for person in people_of().everybody(source_of(server), "example.test", FIELDS)]
    assert len(found) == 11
    assert found[0] == OutsidePerson(f"uid=alice,{BASE}", (ALICE,), "Alice")
    assert found[1].aliases == ("a@example.test", "b@example.test")
    assert len(server.searches) == 4
    monkeypatch.setattr(people, "PEOPLE", 10)
    with pytest.raises(Unavailable, match="more than"):
        [person async for person in people_of().everybody(source_of(server), "example.test", FIELDS)]


async def test_the_next_server_is_asked(server: LdapServer) -> None:
    clock = FakeClock()
    made = people_of(clock)
    with ldap_server() as dead:
        pass
    with ldap_server() as second:
        second.entries, second.passwords = server.entries, server.passwords
        source = source_of(dead, server, second)
        assert await made.verify(source, ALICE, "alice's password") is True
        server.hang_up = True
        with pytest.raises(Unavailable):
            await made.verify(source, ALICE, "alice's password")
        server.hang_up = False
        assert await made.verify(source, ALICE, "alice's password") is True


async def test_a_connection_that_broke_while_nobody_used_it_costs_nothing(server: LdapServer) -> None:
    made, source = people_of(), source_of(server)
    await made.verify(source, ALICE, "alice's password")
    server.hang_up_once = True
    assert await made.verify(source, ALICE, "alice's password") is True
    assert server.connections == 2


async def test_connections_end_when_nobody_uses_them(server: LdapServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "IDLE_SECONDS", 0.02)
    made, source = people_of(), source_of(server)
    await made.verify(source, ALICE, "alice's password")
    await eventually(lambda: not server.connected)
    assert await made.verify(source, ALICE, "alice's password") is True
    assert server.connections == 2


async def test_nobody_answers(server: LdapServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link, "ANSWER_SECONDS", 0.05)
    clock = FakeClock()
    made = people_of(clock)
    server.is_silent = True
    with pytest.raises(Unavailable, match="does not answer"):
        await made.verify(source_of(server), ALICE, "alice's password")
    server.is_silent = False
    assert await made.verify(source_of(server), ALICE, "alice's password") is True
    with ldap_server() as dead:
        pass
    with pytest.raises(Unavailable, match="no connection"):
        await made.verify(source_of(dead), ALICE, "x")
    with pytest.raises(Unavailable, match="a moment ago"):
        await made.verify(source_of(dead), ALICE, "x")


async def test_passwords_go_in_clear_to_the_machine_itself_only() -> None:
    source = source_of(servers=("ldap://elsewhere.example",))
    with pytest.raises(Unavailable, match="in clear"):
        await people_of().verify(source, ALICE, "x")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("certificate")
    create_certificate(folder / "pem", folder / "key", "localhost", time.time())
    return folder


async def test_start_tls(certificate: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate / "pem", certificate / "key")
    with ldap_server(context) as server:
        server.add("alice", "alice's password", mail=ALICE)
        trusting = {"start_tls": True, "ca_file": str(certificate / "pem")}
        assert await people_of().verify(source_of(server, **trusting), ALICE, "alice's password") is True
        with pytest.raises(Unavailable, match="certificate"):
            await people_of().verify(source_of(server, start_tls=True), ALICE, "alice's password")
        with pytest.raises(Unavailable):
            await people_of().verify(source_of(server, start_tls=True, ca_file="/nowhere"), ALICE, "x")
        server.octets_before_tls = b"\x30\x0c\x02\x01\x02\x61\x07\x0a\x01\x00\x04\x00\x04\x00"  # a bind that went well
        with pytest.raises(Unavailable):
            await people_of().verify(source_of(server, **trusting), ALICE, "alice's password")
        assert server.binds.count(SERVICE[0]) == 1


async def test_a_server_without_tls_gets_no_password(server: LdapServer) -> None:
    with pytest.raises(Unavailable, match="does not begin TLS"):
        await people_of().verify(source_of(server, start_tls=True), ALICE, "alice's password")
    assert server.binds == []


def test_a_password_stays_out_of_repr() -> None:
    assert SERVICE[1] not in repr(source_of(servers=("ldap://x",)))
