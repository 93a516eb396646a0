"""Programs that prove an app password instead of sending it: msmtp and mutt (gsasl), swaks, curl, imaplib and smtplib."""

import imaplib
import smtplib
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.foreign import Program, letter, run, trusted
from tests.support.running import DOMAIN, Server, running

ALICE = f"alice@{DOMAIN}"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with rules as they are by default, and CRAM-MD5."""
    with running(tmp_path_factory.mktemp("real"), ("alice",), profile="bench") as started:
        started.command("setting", "set", "auth.cram_md5", "true")
        started.stop()
        started.start()
        yield started


@pytest.fixture(scope="module")
def password(server: Server) -> str:
    server.command("app-password", "add", ALICE, "--name", "another")
    return server.command("app-password", "add", ALICE, "--name", "programs").strip()


def messages(server: Server, password: str) -> int:
    with imaplib.IMAP4("127.0.0.1", server.port("imap"), timeout=20) as client:
        client.login(ALICE, password)
        return int(client.select("INBOX", readonly=True)[1][0] or b"0")


@pytest.mark.parametrize("mechanism", ["scram-sha-256", "scram-sha-1", "cram-md5", "on"])
def test_msmtp(program: Program, server: Server, password: str, tmp_path: Path, mechanism: str) -> None:
    config = tmp_path / "msmtprc"
    config.write_text(
        f"account default\nhost localhost\nport {server.port('submission')}\ntls on\ntls_starttls on\n"
        f"tls_trust_file {trusted(server)}\nauth {mechanism}\nuser {ALICE}\n"
        f"passwordeval cat {tmp_path / 'password'}\nfrom {ALICE}\n"
    )
    config.chmod(0o600)
    before = messages(server, password)
    octets = letter(mechanism, sender=ALICE).decode()
    mistyped = password[:-1] + ("a" if password[-1] != "a" else "b")
    for typed, status in ((password, 0), (password.replace("-", ""), 0), (mistyped, 77)):
        (tmp_path / "password").write_text(typed)
        said = run([program("msmtp"), "-C", config, ALICE], tmp_path, given=octets, status=status).stderr
        assert status == 0 or "app password" in said
    assert messages(server, password) == before + 2


@pytest.mark.parametrize("mechanism", ["scram-sha-256", "scram-sha-1", "cram-md5"])
def test_mutt_submits(program: Program, server: Server, password: str, tmp_path: Path, mechanism: str) -> None:
    config = tmp_path / "muttrc"
    config.write_text(f"""
        set my_pass = "{password}"
        set smtp_url = "smtps://{ALICE}@localhost:{server.port("submissions")}/" smtp_pass = "$my_pass"
        set smtp_authenticators = "{mechanism}" from = "{ALICE}" use_from hostname = "client.example.com" copy = no
        set certificate_file = "{trusted(server)}" ssl_verify_host ssl_force_tls
    """)
    before = messages(server, password)
    run([program("mutt"), "-F", config, "-s", mechanism, ALICE], tmp_path, given="Good day.\n")
    assert messages(server, password) == before + 1


@pytest.mark.parametrize("service", ["submission", "submissions"])
def test_swaks(program: Program, server: Server, password: str, tmp_path: Path, service: str) -> None:
    tls = "--tls" if service == "submission" else "--tls-on-connect"
    words = [
        "--server",
        "127.0.0.1",
        "--port",
        str(server.port(service)),
        tls,
        "--to",
        ALICE,
        "--from",
        ALICE,
        "--auth",
        "CRAM-MD5",
    ]
    before = messages(server, password)
    run([program("swaks"), *words, "--auth-user", ALICE, "--auth-password", password], tmp_path)
    run([program("swaks"), *words, "--auth-user", ALICE, "--auth-password", "wrong"], tmp_path, status=28)
    assert messages(server, password) == before + 1


@pytest.mark.parametrize("scheme", ["imaps", "pop3s"])
def test_curl(program: Program, server: Server, password: str, tmp_path: Path, scheme: str) -> None:
    words: list[str | Path] = [program("curl"), "--silent", "--show-error", "--cacert", trusted(server)]
    words += ["--login-options", "AUTH=CRAM-MD5"]
    url = f"{scheme}://localhost:{server.port(scheme)}/"
    said = run([*words, "--verbose", "--user", f"{ALICE}:{password}", url], tmp_path).stderr
    assert "CRAM-MD5" in said
    run([*words, "--user", f"{ALICE}:wrong", url], tmp_path, status=67)


def test_python_itself(server: Server, password: str) -> None:
    context = ssl.create_default_context(cafile=str(trusted(server)))
    with imaplib.IMAP4_SSL("localhost", server.port("imaps"), ssl_context=context, timeout=20) as client:
        with pytest.raises(imaplib.IMAP4.error, match="app password"):
            client.login_cram_md5(ALICE, "wrong")
        assert client.login_cram_md5(ALICE, password)[0] == "OK"
    with smtplib.SMTP_SSL("localhost", server.port("submissions"), context=context, timeout=20) as sender:
        sender.ehlo()
        sender.user, sender.password = ALICE, password
        assert sender.auth("CRAM-MD5", sender.auth_cram_md5)[0] == 235


@pytest.mark.parametrize("version", ["TLS1.2", "TLS1.3"])
def test_gsasl(program: Program, tmp_path: Path, version: str) -> None:
    """Without channel binding it is served whether that is offered or not.

    With it gsasl 2.2 knows ``tls-unique`` and ``tls-exporter`` only, chooses ``-PLUS`` by its name, and is refused.
    """
    with running(tmp_path, ("alice",), profile="bench") as server:
        password = server.command("app-password", "add", ALICE, "--name", "gsasl").strip()
        words: list[str | Path] = [program("gsasl"), "--imap", "--connect", f"localhost:{server.port('imap')}"]
        words += ["--x509-ca-file", trusted(server), "--priority", f"NORMAL:-VERS-ALL:+VERS-{version}", "--verbose"]
        words += ["--authentication-id", ALICE, "--authorization-id", ALICE, "--password"]
        for is_offered in (False, True):
            if is_offered:
                server.command("setting", "set", "auth.scram_binding", "tls-server-end-point")
                server.stop()
                server.start()
            for mechanism in ("SCRAM-SHA-256", "SCRAM-SHA-1"):
                said = run([*words, password, "--no-cb", "--mechanism", mechanism], tmp_path).stdout
                assert "Logged in" in said
                assert (f"AUTH={mechanism}-PLUS" in said) is is_offered
                run([*words, "wrong", "--no-cb", "--mechanism", mechanism], tmp_path, status=1)
        said = run([*words, password], tmp_path, status=1).stdout
        assert "AUTHENTICATE SCRAM-SHA-256-PLUS" in said
        assert "Logged in" not in said
