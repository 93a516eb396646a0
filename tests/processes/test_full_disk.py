"""A full disk: senders are told to come back, nothing is lost, and service resumes when there is space."""

import imaplib
import os
import smtplib
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.running import DOMAIN, PASSWORD, Server, running, until

SIZE_MIB = 24


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of a few MiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={SIZE_MIB}m", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, check=False, capture_output=True).returncode != 0:
        pytest.skip("needs the right to mount a tmpfs")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def send(server: Server, subject: str, size: int, *names: str) -> int:
    """Send a message; returns the code of the last reply."""
    text = f"Subject: {subject}\r\n\r\n" + ("x" * 76 + "\r\n") * (size // 78)
    try:
        with smtplib.SMTP("127.0.0.1", server.port("smtp"), timeout=20) as client:
            refused = client.sendmail("a@example.com", [f"{name}@{DOMAIN}" for name in names], text)
            return next(iter(refused.values()))[0] if refused else 250
    except smtplib.SMTPResponseException as error:
        return error.smtp_code
    except smtplib.SMTPRecipientsRefused as error:
        return next(iter(error.recipients.values()))[0]
    except (smtplib.SMTPServerDisconnected, OSError):
        return 421


def subjects(server: Server, name: str) -> list[str]:
    client = imaplib.IMAP4("127.0.0.1", server.port("imap"), timeout=20)
    client.login(f"{name}@{DOMAIN}", PASSWORD)
    client.select("INBOX", readonly=True)
    _, rows = client.fetch("1:*", "(BODY.PEEK[HEADER.FIELDS (SUBJECT)])")
    client.logout()
    return [row[1].decode().split(": ", 1)[1].strip() for row in rows if isinstance(row, tuple)]


def test_a_full_disk_costs_nobody_a_message(small_disk: Path) -> None:
    with running(small_disk) as server:
        ballast = small_disk / "ballast"
        ballast.write_bytes(b"\0" * 6_000_000)
        kept: list[tuple[str, tuple[str, ...]]] = []
        codes = []
        for number in range(45):
            # Large and small, one recipient and two: spool, account and queue each meet the end of the disk.
            names = ("alice",) if number % 3 else ("alice", "bob")
            code = send(server, f"m{number}", 600_000 if number % 2 else 3_000, *names)
            codes.append(code)
            if code == 250:
                kept.append((f"m{number}", names))
        assert set(codes) <= {250, 421, 451, 452}
        assert codes.count(250) < 45
        assert len(kept) > 5
        ballast.unlink()
        assert until(lambda: send(server, "after", 3_000, "alice", "bob") == 250, 30)
        kept.append(("after", ("alice", "bob")))
        for name in ("alice", "bob"):
            expected = {subject for subject, names in kept if name in names}
            assert until(lambda: expected <= set(subjects(server, name)), 40), (name, expected - set(subjects(server, name)))  # noqa: B023
        assert server.stop() == 0
        for name in ("alice", "bob"):
            server.command("verify", f"{name}@{DOMAIN}")
