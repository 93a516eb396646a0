"""imap-tools: bulk work on folders and messages. Arguments: port, CA, user, password."""

import ssl
import sys

from imap_tools import AND, MailBox, MailMessageFlags

port, authority, user, password = sys.argv[1:]
with MailBox("localhost", int(port), ssl_context=ssl.create_default_context(cafile=authority)).login(user, password) as mailbox:
    assert mailbox.folder.status("INBOX")["MESSAGES"] == 5
    mailbox.folder.create("Größe & Maß")
    assert mailbox.folder.exists("Größe & Maß")
    messages = list(mailbox.fetch(AND(subject="letter"), mark_seen=False, bulk=True))
    assert [message.subject for message in messages] == [f"letter {number} 你好" for number in range(1, 6)]
    assert messages[0].text.strip() == "Text 1."
    uids = [message.uid for message in messages]
    mailbox.flag(uids[:3], [MailMessageFlags.FLAGGED, "project"], True)
    assert mailbox.uids(AND(flagged=True, keyword="project")) == uids[:3]
    mailbox.move(uids[:2], "Größe & Maß")
    mailbox.copy(uids[2:3], "Größe & Maß")
    mailbox.delete(uids[4])
    mailbox.append(b"Subject: appended\r\n\r\nBy imap-tools.\r\n", "INBOX", flag_set=[MailMessageFlags.SEEN])
    assert mailbox.uids("ALL") == [*uids[2:4], str(int(uids[4]) + 1)]
    mailbox.folder.set("Größe & Maß")
    assert len(mailbox.uids("ALL")) == 3
    mailbox.folder.set("INBOX")
    mailbox.folder.rename("Größe & Maß", "Maß")
    mailbox.folder.delete("Maß")
    assert not mailbox.folder.exists("Maß")
