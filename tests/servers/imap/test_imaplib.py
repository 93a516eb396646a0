"""Python's own client, which many scripts use."""

import asyncio
import imaplib

from tests.support.imap_messages import NESTED, PLAIN
from tests.support.imap_server import ImapServer
from tests.support.mail_house import DOMAIN, PASSWORD


def _work(host: str, port: int) -> None:
    with imaplib.IMAP4(host, port, timeout=10) as client:
        assert "UIDPLUS" not in client.capabilities
        assert client.login(f"alice@{DOMAIN}", PASSWORD)[0] == "OK"
        assert client.create("Werk")[0] == "OK"
        assert client.append("Werk", "\\Seen \\Recent", imaplib.Time2Internaldate(1_700_000_000), PLAIN)[0] == "OK"
        assert client.append("Werk", "", "", NESTED)[0] == "OK"
        assert client.select("Werk") == ("OK", [b"2"])
        assert client.search(None, "SUBJECT", '"afternoon"') == ("OK", [b"2"])
        assert client.search("UTF-8", "UNSEEN") == ("OK", [b"2"])
        status, data = client.fetch("1:2", "(UID RFC822.SIZE BODY.PEEK[])")
        assert status == "OK"
        assert [item[1] for item in data if isinstance(item, tuple)] == [PLAIN, NESTED]
        assert client.store("1", "+FLAGS", "\\Deleted")[1] == [b"1 (UID 1 FLAGS (\\Deleted \\Seen \\Recent))"]
        assert client.expunge() == ("OK", [b"1"])
        assert client.uid("COPY", "2", "INBOX")[0] == "OK"
        assert client.status("INBOX", "(MESSAGES)") == ("OK", [b"INBOX (MESSAGES 1)"])
        assert client.list()[1] == [
            b'(\\HasNoChildren) "/" INBOX',
            b'(\\HasNoChildren \\Junk) "/" Junk',
            b'(\\HasNoChildren) "/" Werk',
        ]
        assert client.close()[0] == "OK"


async def test_imaplib(server: ImapServer) -> None:
    await asyncio.to_thread(_work, *server.address)
