"""openssl s_client: a handshake on every port, and what is behind it."""

from pathlib import Path

import pytest
from tests.support.foreign import Program, run, trusted
from tests.support.running import Server

STARTTLS = {"smtp": "smtp", "submission": "smtp", "imap": "imap", "pop3": "pop3"}
IMPLICIT = ("submissions", "imaps", "pop3s", "https")
GREETING = {"submissions": "220 mail.example.test", "imaps": "* OK", "pop3s": "+OK"}
BYE = {
    "smtp": "QUIT\n",
    "submission": "QUIT\n",
    "submissions": "QUIT\n",
    "imap": "x LOGOUT\n",
    "imaps": "x LOGOUT\n",
    "https": "GET / HTTP/1.0\n\n",
}


def handshake(openssl: str, server: Server, home: Path, service: str, *words: str | Path, status: int | None = 0) -> str:
    where = ["-connect", f"127.0.0.1:{server.port(service)}", "-servername", "mail.example.test"]
    starttls = ["-starttls", STARTTLS[service]] if service in STARTTLS else []
    checks: list[str | Path] = ["-CAfile", trusted(server), "-verify_hostname", "mail.example.test", "-verify_return_error"]
    given = BYE.get(service, "QUIT\n")
    done = run([openssl, "s_client", "-crlf", "-ign_eof", *where, *starttls, *checks, *words], home, given=given, status=status)
    return done.stdout + done.stderr


@pytest.mark.parametrize("version", ["-tls1_2", "-tls1_3"])
@pytest.mark.parametrize("service", [*STARTTLS, *IMPLICIT])
def test_the_certificate_is_verified_on_every_port(
    program: Program, server: Server, tmp_path: Path, service: str, version: str
) -> None:
    said = handshake(program("openssl"), server, tmp_path, service, version)
    assert "Verify return code: 0 (ok)" in said
    assert GREETING.get(service, "") in said


@pytest.mark.parametrize("service", [*STARTTLS, *IMPLICIT])
def test_old_versions_are_refused(program: Program, server: Server, tmp_path: Path, service: str) -> None:
    said = handshake(program("openssl"), server, tmp_path, service, "-tls1_1", "-cipher", "ALL:@SECLEVEL=0", status=1)
    assert "Cipher is (NONE)" in said


@pytest.mark.parametrize("service", [*STARTTLS, *IMPLICIT])
def test_sessions_are_resumed(program: Program, server: Server, tmp_path: Path, service: str) -> None:
    ticket = tmp_path / "session"
    handshake(program("openssl"), server, tmp_path, service, "-tls1_2", "-sess_out", str(ticket))
    said = handshake(program("openssl"), server, tmp_path, service, "-tls1_2", "-sess_in", str(ticket))
    assert "Reused, TLSv1.2" in said
