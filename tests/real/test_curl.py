"""curl: one request per protocol, as scripts and monitoring make them."""

from pathlib import Path

import pytest
from tests.support.foreign import Program, letter, mail_of, put, run, subjects, trusted
from tests.support.running import DOMAIN, PASSWORD, Server, until

LOGIN_DENIED = 67
SECURE = ["imap", "imaps", "pop3", "pop3s"]


class Curl:
    """curl, which demands TLS and knows the certificate."""

    def __init__(self, path: str, server: Server, home: Path) -> None:
        self._path, self._server, self._home = path, server, home

    def __call__(self, service: str, path: str, *words: str, user: str = "alice", password: str = PASSWORD, status: int = 0) -> str:
        """One request; returns what was answered."""
        scheme = {"submission": "smtp", "submissions": "smtps"}.get(service, service)
        url = f"{scheme}://localhost:{self._server.port(service)}/{path}"
        base: list[str | Path] = [self._path, "-sS", "--max-time", "30", "--cacert", trusted(self._server), "--ssl-reqd"]
        signing_in = ["-u", f"{user}@{DOMAIN}:{password}"] if user else []
        return run([*base, *signing_in, url, *words], self._home, status=status).stdout


@pytest.fixture
def curl(program: Program, server: Server, tmp_path: Path) -> Curl:
    return Curl(program("curl"), server, tmp_path)


@pytest.mark.parametrize("service", ["imap", "imaps"])
def test_folders_are_listed(curl: Curl, service: str) -> None:
    listed = curl(service, "")
    assert all(name in listed for name in ("INBOX", "Sent", "Drafts", "Trash", "\\Junk"))


@pytest.mark.parametrize("service", ["imap", "imaps"])
def test_a_message_is_uploaded_found_and_fetched_as_it_was(curl: Curl, server: Server, tmp_path: Path, service: str) -> None:
    octets = letter(f"uploaded {service}", "早上好\n" * 2000, to=f"carol@{DOMAIN}")
    file = tmp_path / "letter.eml"
    file.write_bytes(octets)
    curl(service, "Drafts", "-T", str(file), user="carol")
    found = curl(service, f"Drafts?SUBJECT%20%22uploaded%20{service}%22", user="carol")
    held = next(held for held in mail_of(server, "carol", "Drafts") if held.subject == f"uploaded {service}")
    assert held.octets == octets
    assert found.split()[:2] == ["*", "SEARCH"]
    assert len(found.split()) == 3
    assert curl(service, f"Drafts;UID={held.uid}", user="carol").encode() == octets.replace(b"\r\n", b"\n")
    head = curl(service, f"Drafts;UID={held.uid};SECTION=HEADER.FIELDS%20(SUBJECT)", user="carol")
    assert head.strip() == f"Subject: uploaded {service}"


def test_commands_of_ones_own(curl: Curl, server: Server) -> None:
    put(server, "dave", letter("to be read"))
    assert "EXISTS" in curl("imaps", "", "-X", "EXAMINE INBOX", user="dave")
    assert "\\Seen" in curl("imaps", "INBOX", "-X", "STORE 1 +FLAGS (\\Seen)", user="dave")
    assert mail_of(server, "dave")[0].flags == {"\\Seen"}
    assert "STATUS" in curl("imaps", "", "-X", "STATUS INBOX (MESSAGES UIDNEXT UNSEEN)", user="dave")


@pytest.mark.parametrize("service", ["pop3", "pop3s"])
def test_the_inbox_is_listed_fetched_and_cleared(curl: Curl, server: Server, service: str) -> None:
    octets = letter(f"by {service}", ".dots\n..more\n", to=f"bob@{DOMAIN}")
    put(server, "bob", octets)
    assert curl(service, "", user="bob").split() == ["1", str(len(octets))]
    assert curl(service, "1", user="bob").encode() == octets.replace(b"\r\n", b"\n")
    assert len(curl(service, "", "-X", "UIDL", user="bob").split()) == 2
    assert curl(service, "", "-X", "TOP 1 0", user="bob").startswith("From: ")
    curl(service, "1", "-X", "DELE", "-I", user="bob")
    assert subjects(server, "bob") == []


@pytest.mark.parametrize("service", ["submission", "submissions"])
@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN"])
def test_mail_is_submitted(curl: Curl, server: Server, tmp_path: Path, service: str, mechanism: str) -> None:
    file = tmp_path / "letter.eml"
    file.write_bytes(letter(f"{service} {mechanism}", sender=f"bob@{DOMAIN}"))
    who = ("--mail-from", f"bob@{DOMAIN}", "--mail-rcpt", f"alice@{DOMAIN}", "--login-options", f"AUTH={mechanism}")
    curl(service, "client.example.com", *who, "-T", str(file), user="bob")
    assert until(lambda: f"{service} {mechanism}" in subjects(server, "alice"))


@pytest.mark.parametrize("service", [*SECURE, "submission", "submissions"])
def test_a_wrong_password_is_refused(curl: Curl, service: str) -> None:
    curl(service, "", "--mail-rcpt", f"alice@{DOMAIN}", password="wrong", status=LOGIN_DENIED)


@pytest.mark.parametrize("service", SECURE)
@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN"])
def test_mechanisms_of_mail_reading(curl: Curl, service: str, mechanism: str) -> None:
    curl(service, "", "--login-options", f"AUTH={mechanism}")


def test_a_folder_that_is_not_there(curl: Curl) -> None:
    curl("imaps", "No%20such%20folder;UID=1", status=LOGIN_DENIED)  # curl has no other number for a SELECT that failed


def test_mail_from_an_address_in_utf_8_comes_in(curl: Curl, server: Server, tmp_path: Path) -> None:
    file = tmp_path / "letter.eml"
    file.write_bytes("From: 作者@例え.example\r\nSubject: 你好 by curl\r\n\r\n内容\r\n".encode())
    curl(
        "smtp", "client.example.com", "--mail-from", "作者@例え.example", "--mail-rcpt", f"dave@{DOMAIN}", "-T", str(file), user=""
    )
    assert until(lambda: "你好 by curl" in subjects(server, "dave"))
    held = mail_of(server, "dave")[-1]
    assert "From: 作者@例え.example\r\n".encode() in held.octets
    assert "with UTF8SMTPS" in " ".join(held.message["Received"].split())
