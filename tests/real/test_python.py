"""Python's own clients at the edges: STARTTLS, large letters, folders in UTF-8, many at once."""

import contextlib
import imaplib
import poplib
import smtplib
import ssl
from concurrent.futures import ThreadPoolExecutor

import pytest
from tests.support.foreign import letter, mail_of, put, signed_in, subjects, trusted
from tests.support.running import DOMAIN, PASSWORD, Server, until


def tls(server: Server) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(trusted(server)))


def test_imaplib_by_starttls_and_authenticate(server: Server) -> None:
    with imaplib.IMAP4("127.0.0.1", server.port("imap"), timeout=20) as client:
        assert client.starttls(tls(server))[0] == "OK"
        assert client.authenticate("PLAIN", lambda _: f"\0bob@{DOMAIN}\0{PASSWORD}".encode())[0] == "OK"
        assert client.namespace()[0] == "OK"
        assert client.enable("UTF8=ACCEPT")[0] == "OK"
        assert client.create('"年度/計画"')[0] == "OK"
        assert "計画" in b"".join(row for row in client.list()[1] if isinstance(row, bytes)).decode()
        assert client.delete('"年度/計画"')[0] == "OK"


def test_imaplib_searches_copies_and_moves(server: Server) -> None:
    put(server, "bob", *(letter(f"number {number}", f"needle-{number % 3}") for number in range(30)))
    with signed_in(server, "bob", "INBOX") as client:
        found = client.uid("SEARCH", "CHARSET", "UTF-8", "BODY", "needle-1")[1][0].split()
        assert len(found) == 10
        assert client.uid("COPY", b",".join(found).decode(), "Archive")[0] == "OK"
        assert client.uid("MOVE", found[0].decode(), "Trash")[0] == "OK"
        assert client.uid("EXPUNGE", found[1].decode())[0] == "OK"
    assert len(subjects(server, "bob", "Archive")) == 10
    assert len(subjects(server, "bob", "Trash")) == 1


def test_an_append_of_twenty_megabytes(server: Server) -> None:
    octets = letter("large", "x" * 76 + "\n") + (b"y" * 998 + b"\r\n") * 20_000
    put(server, "carol", octets)
    assert mail_of(server, "carol")[-1].octets == octets


def test_poplib_over_both_doors(server: Server) -> None:
    put(server, "dave", *(letter(f"pop {number}") for number in range(5)))
    with contextlib.closing(poplib.POP3_SSL("127.0.0.1", server.port("pop3s"), timeout=20, context=tls(server))) as implicit:
        before = identifiers(implicit)
        assert b"Subject: pop 3" in implicit.top(4, 0)[1]
        implicit.dele(1)
        implicit.rset()
        implicit.dele(2)
        implicit.quit()
    with contextlib.closing(poplib.POP3("127.0.0.1", server.port("pop3"), timeout=20)) as upgraded:
        upgraded.stls(tls(server))
        after = identifiers(upgraded)
        upgraded.quit()
    assert len(before) == 5
    assert after == [before[0], *before[2:]]


def identifiers(client: poplib.POP3) -> list[bytes]:
    """Sign in as Dave and ask for the UIDL of every message."""
    client.user(f"dave@{DOMAIN}")
    client.pass_(PASSWORD)
    return [row.split()[1] for row in client.uidl()[1]]


def test_smtplib_sends_to_many_in_parallel(server: Server) -> None:
    def send(number: int) -> None:
        with smtplib.SMTP("127.0.0.1", server.port("submission"), timeout=30) as client:
            client.starttls(context=tls(server))
            client.login(f"alice@{DOMAIN}", PASSWORD)
            for part in range(5):
                octets = letter(f"parallel {number}.{part}", sender=f"alice@{DOMAIN}")
                client.sendmail(f"alice@{DOMAIN}", [f"carol@{DOMAIN}", f"dave@{DOMAIN}"], octets)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(send, range(8)))
    wanted = {f"parallel {number}.{part}" for number in range(8) for part in range(5)}
    for name in ("carol", "dave"):
        assert until(lambda name=name: wanted <= set(subjects(server, name)))
        assert len([subject for subject in subjects(server, name) if subject in wanted]) == len(wanted)


def test_a_message_that_is_too_large_is_refused_before_it_is_sent(server: Server) -> None:
    server.command("setting", "set", "smtp.message_octets", "65536")
    try:
        with smtplib.SMTP("127.0.0.1", server.port("smtp"), timeout=30) as client:
            assert until(lambda: b"SIZE 65536" in client.ehlo()[1], 3)
            with pytest.raises(smtplib.SMTPSenderRefused) as refused:
                client.sendmail("writer@example.com", [f"alice@{DOMAIN}"], letter("too large", "x\n" * 60_000))
        assert refused.value.smtp_code == 552
    finally:
        server.command("setting", "reset", "smtp.message_octets")
