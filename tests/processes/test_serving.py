"""The processes of a running server: ready, replaced when they die, stopped in order; with one worker and with three."""

import imaplib
import os
import signal
import smtplib
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.running import DOMAIN, PASSWORD, Server, posthouse, running, until


@pytest.fixture(params=[1, 3], ids=["one-worker", "three-workers"])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Server]:
    with running(tmp_path, workers=request.param) as started:
        yield started


def send(server: Server, *recipients: str, text: str = "hello") -> None:
    with smtplib.SMTP("127.0.0.1", server.port("smtp"), timeout=10) as client:
        client.sendmail("a@example.com", [f"{name}@{DOMAIN}" for name in recipients], f"Subject: {text}\r\n\r\n{text}\r\n".encode())


def signed_in(server: Server, name: str, password: str = PASSWORD) -> imaplib.IMAP4:
    client = imaplib.IMAP4("127.0.0.1", server.port("imap"), timeout=10)
    try:
        client.login(f"{name}@{DOMAIN}", password)
    except imaplib.IMAP4.error:
        client.shutdown()
        raise
    return client


def subjects(server: Server, name: str) -> list[str]:
    client = signed_in(server, name)
    client.select("INBOX", readonly=True)
    _, found = client.fetch("1:*", "(BODY.PEEK[HEADER.FIELDS (SUBJECT)])")
    client.logout()
    return [row[1].decode().split(": ", 1)[1].strip() for row in found if isinstance(row, tuple)]


def test_mail_goes_in_and_out_and_survives_a_power_cut(server: Server) -> None:
    send(server, "alice", text="one")
    send(server, "alice", "bob", text="two")
    assert until(lambda: subjects(server, "alice") == ["one", "two"])
    server.kill()
    server.start()
    assert subjects(server, "alice") == ["one", "two"]
    assert until(lambda: subjects(server, "bob") == ["two"])
    assert server.stop() == 0


def test_every_process_is_replaced_and_clients_find_the_listener_open(server: Server) -> None:
    for pid in server.child_ids():
        os.kill(pid, signal.SIGKILL)
        send(server, "alice")  # waits in the backlog, at worst
    assert until(lambda: len(server.child_ids()) == server.workers + 2)
    assert until(lambda: len(subjects(server, "alice")) == server.workers + 2)


def test_a_stuck_worker_is_replaced(server: Server) -> None:
    stuck = server.children()["worker-0"]
    os.kill(stuck, signal.SIGSTOP)
    assert until(lambda: stuck not in server.child_ids(), 12)
    send(server, "alice")


def test_what_happens_in_one_session_is_seen_in_others_at_once(server: Server) -> None:
    watchers = [signed_in(server, "alice") for _ in range(4)]
    for client in watchers:
        client.select("INBOX")
        client.send(b"x IDLE\r\n")
        assert client.readline().startswith(b"+")
    begin = time.monotonic()
    send(server, "alice")
    for client in watchers:
        while b" EXISTS" not in client.readline():
            pass
    assert time.monotonic() - begin < 5
    for client in watchers:
        client.send(b"DONE\r\n")
        client.shutdown()


def test_a_revoked_app_password_ends_its_sessions(server: Server) -> None:
    password = server.command("app-password", "add", f"alice@{DOMAIN}", "--name", "phone").strip()
    clients = [signed_in(server, "alice", password) for _ in range(3)]
    other = signed_in(server, "alice")
    server.command("app-password", "clear", f"alice@{DOMAIN}")
    for client in clients:
        assert client.readline().startswith(b"* BYE")
        client.shutdown()
    assert other.noop()[0] == "OK"
    with pytest.raises(imaplib.IMAP4.error):
        signed_in(server, "alice", password)
    other.logout()


def test_changes_by_command_take_effect_at_once(server: Server) -> None:
    server.command("account", "add", f"carol@{DOMAIN}", "--password-stdin", given="pw\n")
    send(server, "carol", text="welcome")
    assert subjects(server, "carol") == ["welcome"]
    server.command("setting", "set", "smtp.message_octets", "65536")
    with smtplib.SMTP("127.0.0.1", server.port("smtp"), timeout=10) as client:
        assert until(lambda: b"SIZE 65536" in client.ehlo()[1], 2)
    server.command("account", "suspend", f"carol@{DOMAIN}")
    with pytest.raises(imaplib.IMAP4.error):
        signed_in(server, "carol")


def test_a_second_server_is_refused(server: Server) -> None:
    again = posthouse(server.directory, "serve", "--port-offset", str(server.offset + 1), check=False)
    assert again.returncode == 1
    assert again.stderr.count("\n") == 1


def test_sighup_is_survived_and_sigterm_ends_in_time(server: Server) -> None:
    assert server.process is not None
    client = signed_in(server, "alice")
    os.kill(server.process.pid, signal.SIGHUP)
    time.sleep(0.3)
    assert client.noop()[0] == "OK"
    begin = time.monotonic()
    assert server.stop() == 0
    assert time.monotonic() - begin < 10
    client.shutdown()
    assert not (server.directory / "run" / "server.json").exists()
