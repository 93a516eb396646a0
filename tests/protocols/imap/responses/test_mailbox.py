"""Lines about mailboxes."""

from posthouse.protocols.imap.responses import codes, mailbox, session, status


def test_list() -> None:
    assert mailbox.list_([mailbox.HAS_NO_CHILDREN], b"/", "日本", utf8=False) == b'* LIST (\\HasNoChildren) "/" &ZeVnLA-\r\n'
    assert mailbox.list_([], None, "INBOX", utf8=False) == b"* LIST () NIL INBOX\r\n"
    info = mailbox.child_info([b"SUBSCRIBED"])
    expected = b'* LIST (\\NonExistent) "/" a ("CHILDINFO" ("SUBSCRIBED"))\r\n'
    assert mailbox.list_([mailbox.NON_EXISTENT], b"/", "a", utf8=True, extended=info) == expected
    assert mailbox.list_root(b"/") == b'* LIST (\\Noselect) "/" ""\r\n'
    assert mailbox.lsub([], b"/", "a b", utf8=False) == b'* LSUB () "/" "a b"\r\n'


def test_numbers() -> None:
    assert mailbox.status("a", [(b"MESSAGES", b"3"), (b"SIZE", b"4")], utf8=False) == b"* STATUS a (MESSAGES 3 SIZE 4)\r\n"
    assert mailbox.exists(3) + mailbox.recent(1) + mailbox.expunge(2) == b"* 3 EXISTS\r\n* 1 RECENT\r\n* 2 EXPUNGE\r\n"
    assert mailbox.flags([rb"\Seen", b"x"]) == b"* FLAGS (\\Seen x)\r\n"


def test_status_responses() -> None:
    assert status.ok(b"a", "Done") == b"a OK Done\r\n"
    assert status.no(b"a", "No", codes.TRYCREATE) == b"a NO [TRYCREATE] No\r\n"
    assert status.bye("Bye", codes.UNAVAILABLE) == b"* BYE [UNAVAILABLE] Bye\r\n"
    assert status.continuation() == b"+ Ready\r\n"
    assert status.challenge(b"") == b"+ \r\n"
    assert status.untagged_ok("x") + status.untagged_no("y") + status.preauth("z") == b"* OK x\r\n* NO y\r\n* PREAUTH z\r\n"
    assert status.ok(b"a", "größe") == "a OK größe\r\n".encode()


def test_codes() -> None:
    assert codes.copy_uid(5, [1, 2], [8, 9]) == b"COPYUID 5 1:2 8:9"
    assert codes.append_uid(5, [8]) == b"APPENDUID 5 8"
    assert codes.permanent_flags([rb"\Seen", rb"\*"]) == b"PERMANENTFLAGS (\\Seen \\*)"
    assert codes.capability([b"A", b"B"]) == b"CAPABILITY A B"
    assert (codes.uid_validity(1), codes.uid_next(2), codes.unseen(3)) == (b"UIDVALIDITY 1", b"UIDNEXT 2", b"UNSEEN 3")


def test_session_responses() -> None:
    assert session.capability([b"A"]) == b"* CAPABILITY A\r\n"
    assert session.enabled([]) == b"* ENABLED\r\n"
    assert session.enabled([b"IMAP4rev2"]) == b"* ENABLED IMAP4rev2\r\n"
    assert session.id_({"name": 'Post"house'}) == b'* ID ("name" "Post\\"house")\r\n'
    assert session.id_({}) == b"* ID NIL\r\n"
    assert session.namespace(b"/", b"A/", b"B/") == b'* NAMESPACE (("" "/")) (("A/" "/")) (("B/" "/"))\r\n'


def test_what_vanished() -> None:
    assert mailbox.vanished([1, 2, 5]) == b"* VANISHED 1:2,5\r\n"
    assert mailbox.vanished_earlier([(1, 2), (5, 5)]) == b"* VANISHED (EARLIER) 1:2,5\r\n"
    assert mailbox.vanished_earlier([]) == b""


def test_batches() -> None:
    assert mailbox.uid_batches(b"a1", [(99, 51), (50, 1)]) == b'* UIDBATCHES (TAG "a1") 99:51,50:1\r\n'
    assert mailbox.uid_batches(b"a1", []) == b'* UIDBATCHES (TAG "a1")\r\n'


def test_codes_of_synchronisation() -> None:
    assert codes.highest_mod_sequence(7) == b"HIGHESTMODSEQ 7"
    assert codes.modified([7, 9]) == b"MODIFIED 7,9"
    assert codes.mailbox_id(b"F1") == b"MAILBOXID (F1)"
    assert codes.in_progress(b"a1") == b'INPROGRESS ("a1" NIL NIL)'
    assert codes.in_progress(b"a1", 3, 9) == b'INPROGRESS ("a1" 3 9)'
