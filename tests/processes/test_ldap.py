"""Passwords that an LDAP server knows, over every protocol and both workers; and while it does not answer."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from tests.support.ldap_server import BASE, SERVICE, LdapServer, ldap_server
from tests.support.running import DOMAIN, Server, running, until
from tests.support.sasl_clients import SERVICES, SaslClient

ALICE: Final = f"alice@{DOMAIN}"
PASSWORD: Final = "alice's password"


@pytest.fixture(scope="module")
def ldap() -> Iterator[LdapServer]:
    with ldap_server() as made:
        made.add("alice", PASSWORD, mail=ALICE)
        yield made


@pytest.fixture(scope="module")
def server(ldap: LdapServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("ldap"), workers=2, profile="bench") as started:
        for key, value in {
            "auth.app_passwords_only": "off",
            "ldap.start_tls": "off",
            "ldap.base": BASE,
            "ldap.bind_name": SERVICE[0],
            "ldap.bind_password": SERVICE[1],
            "ldap.servers": ldap.url,
        }.items():
            started.command("setting", "set", key, value, "--domain", DOMAIN)
        yield started


def says(server: Server, service: str, password: str) -> bytes:
    client = SaslClient(server.connect(service), service)
    said = client.authenticate("PLAIN", ALICE, password)
    client.close()
    return b"welcome" if client.is_welcome(said) else said


def test_programs_sign_in_with_it(server: Server) -> None:
    assert until(lambda: all(says(server, "imap", PASSWORD) == b"welcome" for _ in range(4)))
    for service, refused in zip(SERVICES, (b"a NO [AUTHENTICATIONFAILED]", b"-ERR [AUTH]", b"535 5.7.8"), strict=True):
        assert says(server, service, PASSWORD) == b"welcome"
        assert says(server, service, "wrong").startswith(refused)


def test_a_server_that_does_not_answer_is_no_wrong_password(server: Server, ldap: LdapServer) -> None:
    server.command("account", "passwd", ALICE, "--password-stdin", given="Correct-horse-8\n")
    ldap.hang_up = True
    try:
        for service, words in zip(SERVICES, (b"a NO [UNAVAILABLE]", b"-ERR [SYS/TEMP]", b"454 4.7.0"), strict=True):
            assert says(server, service, "something new").startswith(words)
            assert says(server, service, "Correct-horse-8") == b"welcome", "an own password counts meanwhile"
    finally:
        ldap.hang_up = False
    assert until(lambda: says(server, "imap", "something new").startswith(b"a NO [AUTHENTICATIONFAILED]"))


def test_the_password_of_ldap_is_in_no_log(server: Server, tmp_path: Path) -> None:
    del tmp_path
    log = server.log()
    assert SERVICE[1] not in log
    assert PASSWORD not in log


def test_mailboxes_follow_by_themselves(server: Server, ldap: LdapServer) -> None:
    ldap.add("dora", "dora's password", mail=f"dora@{DOMAIN}", displayName="Dora")
    server.command("setting", "set", "ldap.sync_hours", "1", "--domain", DOMAIN)
    server.stop()
    server.start()

    def signs_in() -> bool:
        client = SaslClient(server.connect("imap"), "imap")
        said = client.authenticate("PLAIN", f"dora@{DOMAIN}", "dora's password")
        client.close()
        return client.is_welcome(said)

    assert until(signs_in)
    assert f"dora@{DOMAIN}" in server.command("audit", "list")
