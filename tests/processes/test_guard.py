"""Somebody guesses passwords: over all protocols and workers, through deaths of workers and the keeper, and what others notice."""

import http.client
import json
import os
import re
import signal
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from tests.support.running import DOMAIN, PASSWORD, Server, running, until
from tests.support.sasl_clients import SERVICES, SaslClient

ALICE: Final = f"alice@{DOMAIN}"
STRANGER, OWNER = "127.0.0.66", "127.0.9.9"
BLOCKED: Final = {
    "imap": rb"a NO \[UNAVAILABLE\] Too many .*",
    "pop3": rb"-ERR \[SYS/TEMP\] too many .*",
    "submission": rb"454 4\.7\.0 too many .*",
}


@pytest.fixture(params=[1, 3], ids=["one-worker", "three-workers"])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Server]:
    with running(tmp_path, workers=request.param) as started:
        for key, value in (("guard.enabled", "true"), ("guard.allow", "[]"), ("guard.address_failures", "6")):
            started.command("setting", "set", key, value)
        started.stop()
        started.start()
        yield started


def sign_in(server: Server, service: str, password: str, address: str = STRANGER, name: str = ALICE) -> bytes:
    """One connection from an address, one attempt; the answer."""
    connection = socket.create_connection(("127.0.0.1", server.port(service)), 20, (address, 0))
    client = SaslClient(connection, service)
    try:
        said = client.authenticate("PLAIN", name, password)
        return b"welcome" if client.is_welcome(said) else said
    finally:
        client.close()


def visited(server: Server) -> dict[str, Any]:
    """What the page about oneself says to the stranger."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port("http"), timeout=10, source_address=(STRANGER, 0))
    connection.request("GET", "/ip.json")
    found: dict[str, Any] = json.loads(connection.getresponse().read())
    connection.close()
    return found


def revive(server: Server, name: str) -> None:
    """Kill a process and wait until there is another one."""
    gone = server.children()[name]
    os.kill(gone, signal.SIGKILL)
    assert until(lambda: gone not in server.child_ids() and len(server.child_ids()) == server.workers + 2)


def test_guessing_ends_and_owners_go_on(server: Server) -> None:
    assert sign_in(server, "imap", PASSWORD, OWNER) == b"welcome"
    for number in range(6):
        if number == 3:
            revive(server, "worker-0")
        said = sign_in(server, SERVICES[number % 3], f"guess {number}")
        assert not re.fullmatch(BLOCKED[SERVICES[number % 3]], said), number
    for service, password in ((service, password) for service in SERVICES for password in (PASSWORD, "another")):
        assert re.fullmatch(BLOCKED[service], sign_in(server, service, password)), service
    for service in SERVICES:
        assert sign_in(server, service, PASSWORD, OWNER) == b"welcome"
    revive(server, "keeper")
    assert until(lambda: re.fullmatch(BLOCKED["imap"], sign_in(server, "imap", PASSWORD)))
    failed = re.findall(r"WARNING sign-in failed from (\S+) over (\w+) as", server.log())
    assert failed[:6] == [(STRANGER, service) for _ in range(2) for service in SERVICES]


def test_administrators_see_lift_and_make_blocks(server: Server) -> None:
    for number in range(6):
        sign_in(server, "imap", f"guess {number}")
    assert STRANGER in server.command("block", "list")
    assert until(lambda: f"posthouse block {STRANGER}/32 for 300 s" in (server.directory / "guard.log").read_text())
    assert visited(server)["blocked"] == "address"
    (block,) = json.loads(server.command("--json", "block", "list"))
    assert (block["subject"], block["kind"], block["blocks"]) == (f"{STRANGER}/32", "address", 1)
    assert "is blocked (address) for" in server.command("block", "check", STRANGER)
    server.command("block", "remove", STRANGER)
    assert "is not blocked" in server.command("block", "check", STRANGER)
    assert sign_in(server, "pop3", PASSWORD) == b"welcome"
    server.command("block", "add", "127.0.0.0/24", "--hours", "1")
    said = sign_in(server, "submission", PASSWORD)
    assert said == b"454 4.7.0 sign-ins from your network are blocked: ask your administrator"
    server.command("block", "remove", "127.0.0.0/24")
    assert sign_in(server, "submission", PASSWORD) == b"welcome"
