"""swaks: every way in by SMTP, and every way to be refused with words."""

from pathlib import Path

import pytest
from tests.support.foreign import Held, Program, mail_of, run, subjects
from tests.support.running import DOMAIN, PASSWORD, Server, until

TO_ALICE = ("--to", f"alice@{DOMAIN}", "--from", "writer@example.com")
AS_BOB = ("--to", f"alice@{DOMAIN}", "--from", f"bob@{DOMAIN}", "--auth-user", f"bob@{DOMAIN}", "--auth-password", PASSWORD)
REFUSED_RECIPIENT, REFUSED_SIGN_IN = 24, 28


class Swaks:
    """swaks, told where the server is."""

    def __init__(self, path: str, server: Server, home: Path) -> None:
        self._path, self._server, self._home = path, server, home

    def __call__(self, service: str, *words: str, status: int = 0) -> str:
        """Run it; returns the dialogue."""
        where = ("--server", "127.0.0.1", "--port", str(self._server.port(service)), "--ehlo", "client.example.com")
        done = run([self._path, *where, *words], self._home, status=status)
        return done.stdout + done.stderr


@pytest.fixture
def swaks(program: Program, server: Server, tmp_path: Path) -> Swaks:
    return Swaks(program("swaks"), server, tmp_path)


def arrived(server: Server, name: str, subject: str) -> Held:
    assert until(lambda: subject in subjects(server, name))
    return next(held for held in mail_of(server, name) if held.subject == subject)


@pytest.mark.parametrize("words", [(), ("--tls",), ("--pipeline",), ("--tls", "--pipeline")], ids=" ".join)
def test_mail_from_elsewhere_comes_in(swaks: Swaks, server: Server, words: tuple[str, ...]) -> None:
    subject = f"from elsewhere {' '.join(words)}."
    swaks("smtp", *TO_ALICE, "--header", f"Subject: {subject}", "--body", "one\n.\n..two\n", *words)
    held = arrived(server, "alice", subject)
    assert held.message.get_content() == "one\r\n.\r\n..two\r\n\r\n\r\n"
    received = " ".join(held.message["Received"].split())
    assert "from client.example.com" in received
    assert ("with ESMTPS" in received) == ("--tls" in words)


@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN"])
@pytest.mark.parametrize(("service", "tls"), [("submission", "--tls"), ("submissions", "--tls-on-connect")])
def test_mail_is_submitted(swaks: Swaks, server: Server, service: str, tls: str, mechanism: str) -> None:
    subject = f"submitted {service} {mechanism}"
    swaks(service, tls, *AS_BOB, "--auth", mechanism, "--header", f"Subject: {subject}")
    assert "with ESMTPSA" in " ".join(arrived(server, "alice", subject).message["Received"].split())


def test_an_app_password_submits(swaks: Swaks, server: Server) -> None:
    password = server.command("app-password", "add", f"carol@{DOMAIN}", "--name", "swaks").strip()
    who = ("--from", f"carol@{DOMAIN}", "--auth-user", f"carol@{DOMAIN}", "--auth-password", password)
    swaks("submission", "--tls", "--to", f"alice@{DOMAIN}", *who, "--header", "Subject: by app password")
    arrived(server, "alice", "by app password")


def test_a_wrong_password_is_refused_and_nothing_comes(swaks: Swaks, server: Server) -> None:
    wrong = [*AS_BOB[:-1], "wrong"]
    said = swaks("submissions", "--tls-on-connect", *wrong, "--header", "Subject: wrong", status=REFUSED_SIGN_IN)
    assert "535 5.7.8" in said
    assert "wrong" not in subjects(server, "alice")


def test_an_unknown_recipient_is_refused(swaks: Swaks) -> None:
    said = swaks("smtp", "--to", f"nobody@{DOMAIN}", "--from", "writer@example.com", status=REFUSED_RECIPIENT)
    assert "550 5.1.1" in said


def test_the_world_may_not_relay(swaks: Swaks) -> None:
    said = swaks("smtp", "--to", "someone@example.org", "--from", "writer@example.com", status=REFUSED_RECIPIENT)
    assert "5.7.1" in said


def test_submission_without_signing_in_is_refused(swaks: Swaks) -> None:
    said = swaks("submission", "--tls", *TO_ALICE, status=23)
    assert "530 5.7.0" in said


def test_signing_in_on_the_port_of_servers_is_told_the_right_ports(server: Server) -> None:
    with server.connect("smtp") as client, client.makefile("rwb") as stream:
        stream.readline()
        stream.write(b"EHLO client.example.com\r\n")
        stream.flush()
        offered = b""
        while not (line := stream.readline()).startswith(b"250 "):
            offered += line
        assert b"AUTH" not in offered + line
        stream.write(b"AUTH PLAIN AGJvYgBwdw==\r\n")
        stream.flush()
        said = stream.readline()
    assert said[:1] == b"5"
    assert b"465" in said
    assert b"587" in said


def test_one_may_not_write_in_the_name_of_another(swaks: Swaks) -> None:
    words = list(AS_BOB)
    words[3] = f"carol@{DOMAIN}"
    assert "5.7.1" in swaks("submission", "--tls", *words, status=23)


def test_an_attachment_in_utf_8_arrives_as_it_was(swaks: Swaks, server: Server, tmp_path: Path) -> None:
    file = tmp_path / "report.bin"
    file.write_bytes(bytes(range(256)) * 400)
    swaks("smtp", *TO_ALICE, "--header", "Subject: with a file", "--body", "見てください 🙂", "--attach", f"@{file}")
    held = arrived(server, "alice", "with a file")
    assert [part.get_payload(decode=True) for part in held.message.iter_attachments()] == [file.read_bytes()]
    assert "見てください 🙂".encode() in held.octets


def test_several_recipients_get_one_message_each(swaks: Swaks, server: Server) -> None:
    everybody = ",".join(f"{name}@{DOMAIN}" for name in ("alice", "bob", "carol"))
    swaks("smtp", "--to", everybody, "--from", "writer@example.com", "--header", "Subject: to three", "--tls")
    for name in ("alice", "bob", "carol"):
        arrived(server, name, "to three")
        assert subjects(server, name).count("to three") == 1
