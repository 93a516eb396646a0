"""msmtp: submission with its own configuration, certificate verified, and addresses in UTF-8."""

from pathlib import Path

import pytest
from tests.support.foreign import Program, letter, mail_of, run, subjects, trusted
from tests.support.running import DOMAIN, PASSWORD, Server, until

EX_DATAERR, EX_UNAVAILABLE, EX_NOPERM = 65, 69, 77
BOB = f"bob@{DOMAIN}"


class Msmtp:
    """msmtp and its configuration: one account per port."""

    def __init__(self, path: str, server: Server, home: Path) -> None:
        self._path, self._home = path, home
        defaults = f"defaults\nhost localhost\ntls_trust_file {trusted(server)}\ntimeout 20\n"
        defaults += f"auth plain\nuser {BOB}\npasswordeval cat {home / 'password'}\nfrom {BOB}\n"
        submission = f"account submission\nport {server.port('submission')}\ntls on\ntls_starttls on\n"
        submissions = f"account submissions\nport {server.port('submissions')}\ntls on\ntls_starttls off\n"
        relay = f"account smtp\nport {server.port('smtp')}\ntls on\ntls_starttls on\nauth off\n"
        self._config = home / ".msmtprc"
        self._config.write_text(defaults + submission + submissions + relay)
        self._config.chmod(0o600)

    def __call__(self, account: str, octets: bytes, *words: str, status: int = 0, password: str = PASSWORD) -> str:
        """Send a message; returns what it says about it."""
        (self._home / "password").write_text(password)
        argv: list[str | Path] = [self._path, "-C", self._config, "-a", account, *words]
        return run(argv, self._home, given=octets.decode(), status=status).stderr


@pytest.fixture
def msmtp(program: Program, server: Server, tmp_path: Path) -> Msmtp:
    return Msmtp(program("msmtp"), server, tmp_path)


@pytest.mark.parametrize("mechanism", ["plain", "login"])
@pytest.mark.parametrize("account", ["submission", "submissions"])
def test_mail_is_submitted(msmtp: Msmtp, server: Server, account: str, mechanism: str) -> None:
    subject = f"{account} {mechanism}"
    msmtp(account, letter(subject, sender=BOB), f"--auth={mechanism}", f"alice@{DOMAIN}")
    assert until(lambda: subject in subjects(server, "alice"))


def test_mail_from_elsewhere_comes_in(msmtp: Msmtp, server: Server) -> None:
    msmtp("smtp", letter("from elsewhere"), "--from=writer@example.com", f"alice@{DOMAIN}")
    assert until(lambda: "from elsewhere" in subjects(server, "alice"))


def test_recipients_are_read_from_the_header(msmtp: Msmtp, server: Server) -> None:
    octets = letter("read recipients", sender=BOB, to=f"Alice <alice@{DOMAIN}>, carol@{DOMAIN}").replace(b"\r\n", b"\n")
    msmtp("submission", b"Bcc: dave@example.test\n" + octets, "-t")
    for name in ("alice", "carol", "dave"):
        assert until(lambda name=name: "read recipients" in subjects(server, name))
    assert mail_of(server, "dave")[-1].message["Bcc"] is None


def test_an_address_in_utf_8_needs_a_program_that_says_smtputf8(msmtp: Msmtp) -> None:
    said = msmtp("smtp", letter("utf-8"), "--from=作者@例え.example", f"alice@{DOMAIN}", status=EX_DATAERR)
    assert "553 5.6.7" in said


def test_a_delivery_notice_is_asked_for_and_comes(msmtp: Msmtp, server: Server) -> None:
    msmtp(
        "submission", letter("please confirm", sender=BOB), "--dsn-notify=success,failure", "--dsn-return=hdrs", f"alice@{DOMAIN}"
    )
    assert until(lambda: any(held.message.get_content_type() == "multipart/report" for held in mail_of(server, "bob")))
    report = next(held for held in mail_of(server, "bob") if held.message.get_content_type() == "multipart/report")
    assert b"Action: delivered" in report.octets


def test_a_wrong_password_is_refused(msmtp: Msmtp, server: Server) -> None:
    said = msmtp("submission", letter("wrong", sender=BOB), f"alice@{DOMAIN}", password="wrong", status=EX_NOPERM)
    assert "5.7.8" in said
    assert "wrong" not in subjects(server, "alice")


def test_an_unknown_recipient_is_refused_with_words(msmtp: Msmtp, server: Server) -> None:
    said = msmtp("submission", letter("to nobody", sender=BOB), f"nobody@{DOMAIN}", f"alice@{DOMAIN}", status=EX_DATAERR)
    assert "5.1.1" in said
    assert "to nobody" not in subjects(server, "alice")


def test_signing_in_on_the_port_of_servers_is_not_offered(msmtp: Msmtp) -> None:
    said = msmtp("smtp", letter("auth on 25"), "--auth=on", f"alice@{DOMAIN}", status=EX_UNAVAILABLE)
    assert "authentication" in said
