"""Authorised URLs in a running server with several workers: made in one process, good in all, void everywhere at once."""

import imaplib
import re
import smtplib
from pathlib import Path

import pytest
from tests.support.running import DOMAIN, PASSWORD, Server, running

MESSAGE = f"From: alice@{DOMAIN}\r\nSubject: kept\r\n\r\nhello\r\n".encode()


def sign_in(server: Server, name: str) -> imaplib.IMAP4:
    client = imaplib.IMAP4("127.0.0.1", server.port("imap"), timeout=10)
    client.login(f"{name}@{DOMAIN}", PASSWORD)
    return client


def done(client: imaplib.IMAP4, command: str) -> list[bytes]:
    """Send a command; its answer, line by line."""
    client.send(f"m {command}\r\n".encode())
    lines = [client.readline()]
    while not lines[-1].startswith(b"m "):
        assert lines[-1], lines
        lines.append(client.readline())
    return lines


def submit(server: Server, url: str) -> tuple[int, bytes]:
    with smtplib.SMTP("127.0.0.1", server.port("submission"), timeout=10) as client:
        client.ehlo("phone.example")
        client.login(f"alice@{DOMAIN}", PASSWORD)
        client.ehlo("phone.example")
        assert client.esmtp_features["burl"] == "imap"
        assert client.mail(f"alice@{DOMAIN}")[0] == client.rcpt(f"bob@{DOMAIN}")[0] == 250
        return client.docmd(f"BURL {url} LAST")


@pytest.mark.parametrize("workers", [1, 3])
def test_a_url_is_good_in_every_process_until_its_key_is_replaced(tmp_path: Path, workers: int) -> None:
    with running(tmp_path, ("alice", "bob"), workers=workers) as server:
        alice = sign_in(server, "alice")
        alice.append("INBOX", "", "", MESSAGE)
        rump = f"imap://alice@{DOMAIN}/INBOX/;uid=1"
        urls = []
        for access in ("user+bob", "submit+alice"):
            made = done(alice, f'GENURLAUTH "{rump};urlauth={access}" INTERNAL')[0]
            found = re.fullmatch(rb'\* GENURLAUTH "(.*)"\r\n', made)
            assert found is not None, made
            urls.append(found[1].decode())
        for _ in range(2 * workers):  # connections go to any of the processes
            bob = sign_in(server, "bob")
            assert b"Subject: kept\r\n" in done(bob, f'URLFETCH "{urls[0]}"')
            bob.logout()
            code, words = submit(server, urls[1])
            assert (code, b"delivered" in words) == (250, True)
        assert done(alice, "RESETKEY INBOX")[-1].startswith(b"m OK [URLMECH INTERNAL]")
        for _ in range(2 * workers):
            bob = sign_in(server, "bob")
            assert done(bob, f'URLFETCH "{urls[0]}"')[0].endswith(b" NIL\r\n")
            bob.logout()
            assert submit(server, urls[1])[0] == 554
        alice.logout()
