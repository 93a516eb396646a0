"""A real slapd: binds, names with everything in them, StartTLS, pages, and its death in the middle."""

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.support.fakes import FakeClock
from tests.support.foreign import Program
from tests.support.slapd import MANAGER, PEOPLE, Slapd, slapd

from posthouse.adapters.dns.table import TableResolver
from posthouse.adapters.ldap import people, pool
from posthouse.adapters.ldap.people import LdapPeople
from posthouse.bootstrap.certificate import create_certificate
from posthouse.foundation.errors import Unavailable
from posthouse.ports.signing_in.outside_people import PeopleFields, PeopleSource

FIELDS = PeopleFields(filter="(&(objectClass=inetOrgPerson)(mail=*@%d))", address="mail", display_name="displayName")
STRANGE = ["o(pen)*", "back\\slash", "smörgås", "a,b+c=d", 'qu"ote', " space "]


@pytest.fixture
def server(program: Program, tmp_path: Path) -> Iterator[Slapd]:
    create_certificate(tmp_path / "pem", tmp_path / "key", "localhost", time.time())
    with slapd(tmp_path, program("slapd"), tmp_path / "pem", tmp_path / "key") as made:
        made.add("alice", "alice's password", mail="alice@example.test", displayName="Alice Liddell")
        yield made


def source_of(server: Slapd, **changed: Any) -> PeopleSource:
    said: dict[str, Any] = {
        "servers": (server.url,),
        "ca_file": str(server.folder / "pem"),
        "bind_name": MANAGER[0],
        "bind_password": MANAGER[1],
        "base": PEOPLE,
        "filter": "(&(objectClass=inetOrgPerson)(|(mail=%u)(description=%n)))",
    }
    return PeopleSource(**(said | changed))


async def test_passwords_over_start_tls(server: Slapd) -> None:
    made, source = LdapPeople(TableResolver(), FakeClock()), source_of(server)
    for _ in range(3):
        assert await made.verify(source, "alice@example.test", "alice's password") is True
        assert await made.verify(source, "alice@example.test", "wrong") is False
        assert await made.verify(source, "alice@example.test", "") is False
        assert await made.verify(source, "*@example.test", "alice's password") is False
    with pytest.raises(Unavailable, match="certificate"):
        await made.verify(source_of(server, ca_file=""), "alice@example.test", "alice's password")
    with pytest.raises(Unavailable, match="bind_name"):
        await made.verify(source_of(server, bind_password="wrong"), "alice@example.test", "alice's password")
    with pytest.raises(Unavailable, match="code 32"):
        await made.verify(source_of(server, base="dc=elsewhere"), "alice@example.test", "alice's password")
    made.close()


async def test_names_with_everything_in_them(server: Slapd) -> None:
    made, source = LdapPeople(TableResolver(), FakeClock()), source_of(server)
    for number, name in enumerate(STRANGE):
        server.add(f"s{number}", f"password {number}", description=name.strip())
    for number, name in enumerate(STRANGE):
        address = f"{name.strip()}@example.test"
        assert await made.find(source, address) == [f"uid=s{number},{PEOPLE}"]
        assert await made.verify(source, address, f"password {number}") is True
    made.close()


async def test_everybody_in_pages(server: Slapd, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(people, "PAGE", 7)
    entries = "\n".join(
        f"dn: uid=p{number},{PEOPLE}\nobjectClass: inetOrgPerson\ncn: p\nsn: p\nuid: p{number}\nmail: p{number}@example.test\n"
        for number in range(100)
    )
    server.ldap("ldapadd", given=entries)
    made = LdapPeople(TableResolver(), FakeClock())
    found = [person async for person in made.everybody(source_of(server), "example.test", FIELDS)]
    assert len({person.addresses for person in found}) == 101
    assert ("alice@example.test",) in [person.addresses for person in found if person.display_name == "Alice Liddell"]
    made.close()


async def test_its_death_in_the_middle(server: Slapd, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(people, "PAGE", 1)
    monkeypatch.setattr(pool, "NONE_SECONDS", 0.0)
    server.add("bob", "bob's password", mail="bob@example.test")
    made, source = LdapPeople(TableResolver(), FakeClock()), source_of(server)
    assert await made.verify(source, "alice@example.test", "alice's password") is True
    walking = made.everybody(source, "example.test", FIELDS)
    await anext(walking)
    await asyncio.to_thread(server.kill)
    with pytest.raises(Unavailable):
        async for _ in walking:
            pass
    with pytest.raises(Unavailable):
        await made.verify(source, "alice@example.test", "alice's password")
    await asyncio.to_thread(server.start)
    assert await made.verify(source, "alice@example.test", "alice's password") is True
    made.close()
