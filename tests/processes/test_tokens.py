"""Tokens for mail programs: shown over every protocol, for those they are made for only, seen in the list, and void at once."""

import http.client
import itertools
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from tests.support.identity_provider import CLIENT, provider_on_loopback
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


def test_tokens_of_an_identity_provider(tmp_path: Path) -> None:
    """Set while it runs, for each worker; a provider that is away is no wrong password, and comes back."""
    with provider_on_loopback() as provider, running(tmp_path, workers=2, profile="bench") as server:
        provider.person["email"] = ALICE
        for name, value in (("issuer", provider.issuer), ("client_id", CLIENT[0]), ("introspection", "on")):
            server.command("setting", "set", f"oidc.{name}", value)
        server.command("setting", "set", "oidc.client_secret", CLIENT[1])

        def welcomes(text: str) -> bool:
            client, said = shown(server, "imap", "OAUTHBEARER", text)
            client.close()
            return client.is_welcome(said)

        assert until(lambda: all(welcomes(provider.token()) for _ in range(4)))
        for service, mechanism in itertools.product(SERVICES, MECHANISMS):
            client, said = shown(server, service, mechanism, provider.token())
            assert client.is_welcome(said), said
            client.close()
        provider.opaque["opaque"] = {"active": True, "aud": CLIENT[0]} | provider.person
        assert welcomes("opaque")
        client, said = shown(server, "imap", "OAUTHBEARER", provider.token(exp=time.time() - 100))
        assert said.startswith(b"a NO [AUTHENTICATIONFAILED]")
        client.close()
        provider.is_away = True
        for service, words in (("imap", b"a NO [UNAVAILABLE]"), ("pop3", b"-ERR [SYS/TEMP]"), ("submission", b"454 4.7.0")):
            client, said = shown(server, service, "OAUTHBEARER", f"other-{service}")
            assert said.startswith(words)
            client.close()
        assert welcomes(provider.token()), "what can be read here counts meanwhile"
        provider.is_away = False
        assert until(lambda: welcomes("new") is False and "/introspect" in provider.asked)
        server.command("setting", "set", "oidc.issuer", "")
        assert until(lambda: not any(welcomes(provider.token()) for _ in range(4)))


def test_a_session_ends_with_the_token(tmp_path: Path) -> None:
    with provider_on_loopback() as provider, running(tmp_path, profile="bench") as server:
        for name, value in (("issuer", provider.issuer), ("client_id", CLIENT[0])):
            server.command("setting", "set", f"oidc.{name}", value)
        server.stop()
        server.start()
        client, said = shown(server, "imap", "OAUTHBEARER", provider.token(email=ALICE, exp=time.time() + 4))
        assert client.is_welcome(said)
        time.sleep(4)
        server.command("app-password", "add", f"bob@{DOMAIN}", "--name", "x")  # whoever changes something has everybody looked at
        assert client.line().startswith(b"* BYE")
        client.close()


def test_a_browser_signs_in_through_a_provider(tmp_path: Path) -> None:
    with provider_on_loopback() as provider, running(tmp_path, profile="bench") as server:
        provider.person["email"] = ALICE
        for name, value in (("issuer", provider.issuer), ("client_id", CLIENT[0]), ("client_secret", CLIENT[1])):
            server.command("setting", "set", f"oidc.{name}", value)

        def get(path: str, cookies: str = "") -> http.client.HTTPResponse:
            connection = http.client.HTTPConnection("127.0.0.1", server.port("http"), timeout=10)
            connection.request("GET", path, headers={"Cookie": cookies} if cookies else {})
            response = connection.getresponse()
            response.read()
            connection.close()
            return response

        begun = get("/sign-in/oidc")
        assert begun.status == 303
        back = provider.authorize(begun.headers["Location"]).removeprefix(f"http://127.0.0.1:{server.port('http')}")
        done = get(back, begun.headers["Set-Cookie"].partition(";")[0])
        assert (done.status, done.headers["Location"]) == (303, "/account")
        session = done.headers.get_all("Set-Cookie", [])[0].partition(";")[0]
        assert get("/account", session).status == 200
        assert get(back, begun.headers["Set-Cookie"].partition(";")[0]).status == 403
