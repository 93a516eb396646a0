"""Programs that show a token: curl over all three protocols, msmtp, mutt, and Python's own libraries."""

import imaplib
import poplib
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
    with running(tmp_path_factory.mktemp("real"), ("alice",), profile="bench") as started:
        started.command("setting", "set", "auth.oauth", "on")
        started.stop()
        started.start()
        yield started


@pytest.fixture(scope="module")
def token(server: Server) -> str:
    return server.command("token", "add", ALICE, "--name", "programs", "--for", "imap,pop3,submission").strip()


@pytest.mark.parametrize("mechanism", ["OAUTHBEARER", "XOAUTH2"])
@pytest.mark.parametrize("service", ["imap", "imaps", "pop3", "pop3s", "submission", "submissions"])
def test_curl(program: Program, server: Server, token: str, tmp_path: Path, service: str, mechanism: str) -> None:
    scheme = {"submission": "smtp", "submissions": "smtps"}.get(service, service)
    words: list[str | Path] = [program("curl"), "-sS", "-v", "--max-time", "30", "--cacert", trusted(server), "--ssl-reqd"]
    words += [f"{scheme}://localhost:{server.port(service)}/", "--login-options", f"AUTH={mechanism}", "--user", f"{ALICE}:"]
    if scheme.startswith("smtp"):
        (tmp_path / "letter").write_bytes(letter("by token", sender=ALICE))
        words += ["--mail-from", ALICE, "--mail-rcpt", ALICE, "-T", tmp_path / "letter"]
    said = run([*words, "--oauth2-bearer", token], tmp_path).stderr
    assert mechanism in said
    run([*words, "--oauth2-bearer", token[:-1] + "_"], tmp_path, status=67)


@pytest.mark.parametrize("mechanism", ["oauthbearer", "xoauth2"])
def test_msmtp(program: Program, server: Server, token: str, tmp_path: Path, mechanism: str) -> None:
    config = tmp_path / "msmtprc"
    config.write_text(
        f"account default\nhost localhost\nport {server.port('submission')}\ntls on\ntls_starttls on\n"
        f"tls_trust_file {trusted(server)}\nauth {mechanism}\nuser {ALICE}\n"
        f"passwordeval cat {tmp_path / 'token'}\nfrom {ALICE}\n"
    )
    config.chmod(0o600)
    octets = letter(mechanism, sender=ALICE).decode()
    for text, status in ((token, 0), (token[:-1] + "_", 77)):
        (tmp_path / "token").write_text(text)
        run([program("msmtp"), "-C", config, ALICE], tmp_path, given=octets, status=status)


@pytest.mark.parametrize("mechanism", ["oauthbearer", "xoauth2"])
def test_mutt_submits(program: Program, server: Server, token: str, tmp_path: Path, mechanism: str) -> None:
    (tmp_path / "token").write_text(token)
    config = tmp_path / "muttrc"
    config.write_text(f"""
        set smtp_url = "smtps://{ALICE}@localhost:{server.port("submissions")}/"
        set smtp_authenticators = "{mechanism}" smtp_oauth_refresh_command = "cat {tmp_path / "token"}"
        set from = "{ALICE}" use_from hostname = "client.example.com" copy = no
        set certificate_file = "{trusted(server)}" ssl_verify_host ssl_force_tls
    """)
    run([program("mutt"), "-F", config, "-s", mechanism, ALICE], tmp_path, given="Good day.\n")


def test_python_itself(server: Server, token: str) -> None:
    context = ssl.create_default_context(cafile=str(trusted(server)))

    def message(text: str) -> bytes:
        return f"user={ALICE}\x01auth=Bearer {text}\x01\x01".encode()

    with imaplib.IMAP4_SSL("localhost", server.port("imaps"), ssl_context=context, timeout=20) as client:
        answers = [b"", message(token + "x")]
        with pytest.raises(imaplib.IMAP4.error, match="token is wrong"):
            client.authenticate("XOAUTH2", lambda _: answers.pop())
        assert client.authenticate("XOAUTH2", lambda _: message(token))[0] == "OK"
        assert client.select("INBOX", readonly=True)[0] == "OK"
    with smtplib.SMTP_SSL("localhost", server.port("submissions"), context=context, timeout=20) as sender:
        sender.ehlo()
        assert sender.auth("XOAUTH2", lambda challenge=None: "" if challenge else message(token).decode())[0] == 235
    maildrop = poplib.POP3_SSL("localhost", server.port("pop3s"), context=context, timeout=20)
    assert {"OAUTHBEARER", "XOAUTH2"} <= set(maildrop.capa()["SASL"])
    maildrop.quit()
