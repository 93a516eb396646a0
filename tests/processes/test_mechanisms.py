"""An account with three app passwords: every mechanism of every protocol, whichever worker answers; a revoked one ends."""

import hashlib
import itertools
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from tests.support.running import DOMAIN, Server, running
from tests.support.sasl_clients import SERVICES, SaslClient

ALICE: Final = f"alice@{DOMAIN}"
MECHANISMS: Final = ("PLAIN", "LOGIN", "CRAM-MD5", "SCRAM-SHA-1", "SCRAM-SHA-256")


@pytest.fixture(params=[1, 3], ids=["one-worker", "three-workers"])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Server]:
    with running(tmp_path, workers=request.param, profile="bench") as started:
        started.command("setting", "set", "auth.cram_md5", "true")
        started.stop()
        started.start()  # and every worker knows the setting
        yield started


def app_password(server: Server, name: str) -> str:
    return server.command("app-password", "add", ALICE, "--name", name).strip()


def mistyped(password: str) -> str:
    """Another last letter."""
    return password[:-1] + ("a" if password[-1] != "a" else "b")


def signed_in(server: Server, service: str, mechanism: str, password: str, name: str = ALICE) -> tuple[SaslClient, bytes]:
    client = SaslClient(server.connect(service), service)
    return client, client.authenticate(mechanism, name, password)


def test_every_mechanism_with_every_app_password_and_the_end_of_one(server: Server) -> None:
    passwords = [app_password(server, name) for name in ("phone", "tablet", "desk")]
    kept: dict[str, list[SaslClient]] = {password: [] for password in passwords}
    for service, mechanism, password in itertools.product(SERVICES, MECHANISMS, passwords):
        spelling = password if service == "imap" else password.replace("-", "")
        client, said = signed_in(server, service, mechanism, spelling)
        assert client.is_welcome(said), (service, mechanism, said)
        kept[password].append(client)
    for service, mechanism in itertools.product(SERVICES, MECHANISMS[2:]):
        client, said = signed_in(server, service, mechanism, mistyped(passwords[0]))
        assert b"app password" in said
        assert not client.is_welcome(said)
        client.close()
    server.command("app-password", "remove", ALICE, "phone")
    for client in kept[passwords[0]]:
        while client.line():
            pass
        client.close()
    for password in passwords[1:]:
        for client in kept[password]:
            client.send(b"NOOP")
            assert client.line(), "the others go on"
            client.close()
    for mechanism in MECHANISMS:
        client, said = signed_in(server, "imap", mechanism, passwords[0])
        assert said.startswith(b"a NO [AUTHENTICATIONFAILED]")
        client.close()


def test_nobody_learns_who_is_there(server: Server) -> None:
    """An account and a name nobody has get a salt that stays, as many steps, and the same words."""
    for mechanism in MECHANISMS[2:]:
        answers = set()
        for name in (ALICE, f"nobody@{DOMAIN}"):
            client, said = signed_in(server, "imap", mechanism, "aaaa-bbbb", name)
            answers.add(said)
            client.close()
        assert len(answers) == 1


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3], ids=["tls12", "tls13"])
def test_scram_bound_to_the_certificate(tmp_path: Path, version: ssl.TLSVersion) -> None:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.minimum_version = context.maximum_version = version
    with running(tmp_path, profile="bench") as server:
        password = app_password(server, "bound")
        for is_offered in (False, True):
            if is_offered:
                server.command("setting", "set", "auth.scram_binding", "tls-server-end-point")
                server.stop()
                server.start()
            for service, mechanism in itertools.product(SERVICES, ("SCRAM-SHA-256-PLUS", "SCRAM-SHA-1-PLUS")):
                secured = context.wrap_socket(server.connect("submissions" if service == "submission" else f"{service}s"))
                shown = secured.getpeercert(binary_form=True)
                assert shown is not None
                right = hashlib.sha256(shown).digest()
                for octets in (right, right[::-1]):
                    client = SaslClient(secured, service)
                    said = client.authenticate_bound(mechanism, ALICE, password, ("tls-server-end-point", octets))
                    assert client.is_welcome(said) is (is_offered and octets == right), (service, said)
                    client.close()
                    secured = context.wrap_socket(server.connect("submissions" if service == "submission" else f"{service}s"))
                client = SaslClient(secured, service)
                if is_offered and service == "imap":
                    assert b"only tls-server-end-point" in client.authenticate_bound(
                        mechanism, ALICE, password, ("tls-exporter", b"x")
                    )
                said = client.authenticate(mechanism.removesuffix("-PLUS"), ALICE, password)
                assert client.is_welcome(said), "whoever knows no channel binding is served whether it is offered or not"
                client.close()
