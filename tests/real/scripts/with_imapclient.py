"""A day of IMAPClient: folders, flags, search, sort, thread, copy, move, quota, IDLE. Arguments: port, CA, user, password."""

import ssl
import sys

from imapclient import IMAPClient

port, authority, user, password = sys.argv[1:]
context = ssl.create_default_context(cafile=authority)
with IMAPClient("localhost", port=int(port), ssl_context=context, timeout=20) as client:
    client.login(user, password)
    assert client.has_capability("UIDPLUS")
    client.create_folder("書類/2026")
    assert "書類/2026" in [name for _flags, _separator, name in client.list_folders()]
    client.rename_folder("書類/2026", "書類/新")
    client.select_folder("INBOX")
    uids = client.search(["SUBJECT", "letter"])
    assert len(uids) == 5, uids
    assert client.search(["TEXT", "你好"], charset="UTF-8") == uids
    assert client.sort(["REVERSE ARRIVAL"]) == uids[::-1]
    assert client.thread("REFERENCES") == tuple((uid,) for uid in uids)
    fetched = client.fetch(uids, ["ENVELOPE", "BODYSTRUCTURE", "FLAGS", "INTERNALDATE", "RFC822.SIZE", "BODY.PEEK[]"])
    for data in fetched.values():
        assert len(data[b"BODY[]"]) == data[b"RFC822.SIZE"]
        assert data[b"ENVELOPE"].from_[0].mailbox == b"writer"
        assert data[b"BODYSTRUCTURE"][0] == b"text"
    client.add_flags(uids[:2], [b"\\Flagged", b"work"])
    client.remove_flags(uids[1:2], [b"\\Flagged"])
    assert client.search(["KEYWORD", "work", "UNFLAGGED"]) == uids[1:2]
    client.copy(uids[3:], "書類/新")
    client.move(uids[2:3], "書類/新")
    client.delete_messages(uids[4:])
    client.uid_expunge(uids[4:])
    appended = client.append("INBOX", b"Subject: appended\r\n\r\nBy IMAPClient.\r\n", flags=[b"\\Seen"])
    assert b"APPENDUID" in appended, appended
    client.idle()
    other = IMAPClient("localhost", port=int(port), ssl_context=context, timeout=20)
    other.login(user, password)
    other.select_folder("INBOX")
    other.add_flags(uids[:1], [b"\\Answered"])
    seen = client.idle_check(timeout=10)
    client.idle_done()
    assert any(b"\\Answered" in str(item).encode() for item in seen), seen
    other.logout()
    assert client.folder_status("書類/新", ["MESSAGES"])[b"MESSAGES"] == 3
    assert client.get_quota()
