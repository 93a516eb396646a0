"""A real slapd: binds, names with everything in them, StartTLS, pages, and its death in the middle."""

import asyncio
import contextlib
import gc
import imaplib
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.support.fakes import FakeClock
from tests.support.foreign import Program
from tests.support.running import DOMAIN, posthouse, running, until
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


def test_nobody_waits_for_its_goodbye(server: Slapd) -> None:
    assert server.process is not None
    process = server.process

    async def used_and_closed() -> None:
        made = LdapPeople(TableResolver(), FakeClock())
        assert await made.verify(source_of(server), "alice@example.test", "alice's password") is True
        process.send_signal(signal.SIGSTOP)
        made.close()

    try:
        asyncio.run(used_and_closed())
    finally:
        process.send_signal(signal.SIGCONT)
    gc.collect()  # a connection that is left open is a warning now, and so an error


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


def test_mailboxes_follow_people(server: Slapd, tmp_path_factory: pytest.TempPathFactory) -> None:
    """The whole way: set while it runs, the plan, the sync, signing in with the password of LDAP, and who vanishes."""
    entries = "\n".join(
        f"dn: uid=p{number},{PEOPLE}\nobjectClass: inetOrgPerson\ncn: p\nsn: p\nuid: p{number}\nmail: p{number}@{DOMAIN}\n"
        f"displayName: Person {number}\nuserPassword: password {number}\n"
        for number in range(10)
    )
    server.ldap("ldapadd", given=entries)
    with running(tmp_path_factory.mktemp("house"), (), profile="bench") as house:
        for key, value in {
            "auth.app_passwords_only": "off",
            "ldap.ca_file": str(server.folder / "pem"),
            "ldap.base": PEOPLE,
            "ldap.bind_name": MANAGER[0],
            "ldap.bind_password": MANAGER[1],
            "ldap.servers": server.url,
        }.items():
            house.command("setting", "set", key, value, "--domain", DOMAIN)
        assert "answers" in house.command("ldap", "test", DOMAIN, "alice@example.test")
        assert house.command("ldap", "sync", DOMAIN, "--plan").count("create account") == 11
        assert "done: 11 of 11" in house.command("ldap", "sync", DOMAIN, "--yes")
        assert "nothing to do" in house.command("ldap", "sync", DOMAIN)

        def signs_in(number: int) -> bool:
            with contextlib.suppress(imaplib.IMAP4.error), imaplib.IMAP4("127.0.0.1", house.port("imap"), timeout=20) as client:
                return client.login(f"p{number}@{DOMAIN}", f"password {number}")[0] == "OK"
            return False

        assert until(lambda: signs_in(3))
        server.remove(f"uid=p3,{PEOPLE}")
        assert "done: 1 of 1" in house.command("ldap", "sync", DOMAIN, "--yes")
        assert until(lambda: not signs_in(3))
        assert signs_in(4)
        for number in (0, 1, 2, 4):
            server.remove(f"uid=p{number},{PEOPLE}")
        refused = posthouse(house.directory, "ldap", "sync", DOMAIN, "--yes", check=False)
        assert (refused.returncode, "--force" in refused.stderr) == (1, True)
        assert signs_in(4), "remembered, and not suspended"
        server.add("p3", "password 3", mail=f"p3@{DOMAIN}")
        house.command("ldap", "sync", DOMAIN, "--yes", "--force")
        assert until(lambda: signs_in(3))
