"""Tokens for mail programs: shown over every protocol, for those they are made for only, seen in the list, and void at once."""

import itertools
import json
from collections.abc import Iterator
from typing import Final

import pytest
from tests.support.running import DOMAIN, Server, running, until
from tests.support.sasl_clients import SERVICES, SaslClient

ALICE: Final = f"alice@{DOMAIN}"
MECHANISMS: Final = ("OAUTHBEARER", "XOAUTH2")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("tokens"), workers=2, profile="bench") as started:
        started.command("setting", "set", "auth.oauth", "on")
        started.stop()
        started.start()
        yield started


def token(server: Server, name: str, *words: str) -> str:
    return server.command("token", "add", ALICE, "--name", name, *words).strip()


def shown(server: Server, service: str, mechanism: str, text: str, name: str = ALICE) -> tuple[SaslClient, bytes]:
    client = SaslClient(server.connect(service), service)
    return client, client.show(mechanism, name, text)


def test_a_token_signs_in_until_it_is_revoked(server: Server) -> None:
    phone, desk = token(server, "phone", "--for", "imap,pop3,submission"), token(server, "desk", "--for", "imap")
    kept: list[SaslClient] = []
    for service, mechanism in itertools.product(SERVICES, MECHANISMS):
        for name in (ALICE, "") if mechanism == "OAUTHBEARER" else (ALICE,):
            client, said = shown(server, service, mechanism, phone, name)
            assert client.is_welcome(said), (service, mechanism, said)
            kept.append(client)
    other, said = shown(server, "imap", "OAUTHBEARER", desk)
    assert other.is_welcome(said)
    server.command("token", "remove", ALICE, "phone")
    for client in kept:
        while client.line():
            pass
        client.close()
    other.send(b"b NOOP")
    assert other.line().startswith(b"b OK"), "the other one goes on"
    other.close()
    for service in SERVICES:
        client, said = shown(server, service, "OAUTHBEARER", phone)
        assert b"token" in said
        assert not client.is_welcome(said)
        client.close()


def test_a_token_is_for_what_it_was_made_for(server: Server) -> None:
    pop3, api = token(server, "pop3", "--for", "pop3"), token(server, "api", "--act", "account")
    for service, text, name, words in (
        ("imap", pop3, ALICE, b"only for pop3"),
        ("imap", api, ALICE, b"not for mail programs"),
        ("pop3", pop3, f"bob@{DOMAIN}", b"is wrong"),
        ("pop3", pop3, f"nobody@{DOMAIN}", b"is wrong"),
    ):
        client, said = shown(server, service, "OAUTHBEARER", text, name)
        assert words in said.lower(), said
        assert not client.is_welcome(said)
        client.close()


def test_where_a_token_was_shown_is_seen(server: Server) -> None:
    text = token(server, "seen", "--for", "imap")
    client, _ = shown(server, "imap", "XOAUTH2", text)
    client.close()

    def uses() -> list[str]:
        tokens = json.loads(server.command("--json", "token", "list", ALICE))
        return [use["protocol"] for each in tokens if each["name"] == "seen" for use in each["uses"]]

    assert until(lambda: uses() == ["imap"])
