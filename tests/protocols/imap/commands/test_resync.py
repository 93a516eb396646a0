"""What CONDSTORE, QRESYNC and their like have added to the grammar: what is refused, and what is read."""

import pytest

from posthouse.protocols.imap.commands.fetch import Fetch, FetchItem, FetchModifiers, Preview
from posthouse.protocols.imap.commands.select import Examine, Resync, Select
from posthouse.protocols.imap.commands.store import Store, StoreOperation
from posthouse.protocols.imap.commands.table import parse
from posthouse.protocols.imap.commands.uid_batches import UidBatches
from posthouse.protocols.imap.errors import SyntaxViolation
from posthouse.protocols.imap.grammar.sequence_set import SequenceSet

ONE = SequenceSet(((1, 1),))


def _read(octets: bytes) -> object:
    return parse(octets, 0, utf8=False)[1]


def test_examples_of_the_rfc() -> None:
    assert _read(b"SELECT INBOX (QRESYNC (67890007 20050715194045000 41,43:211,214:541))") == Select(
        "INBOX", resync=Resync(67890007, 20050715194045000, SequenceSet(((41, 41), (43, 211), (214, 541))))
    )
    assert _read(b"EXAMINE INBOX (CONDSTORE)") == Examine("INBOX", condstore=True)
    sample = Resync(67890007, 90060115194045000, None, SequenceSet(((1, 3),)), SequenceSet(((3, 3), (6, 6), (9, 9))))
    assert _read(b"SELECT INBOX (condstore qresync (67890007 90060115194045000 (1:3 3,6,9)))") == Select("INBOX", True, sample)
    assert _read(b"UID FETCH 1 (FLAGS) (CHANGEDSINCE 12345 VANISHED)") == Fetch(
        ONE, (FetchItem.FLAGS,), uid=True, modifiers=FetchModifiers(12345, vanished=True)
    )
    assert _read(b"FETCH 1 (preview (lazy) MODSEQ)") == Fetch(ONE, (Preview(lazy=True), FetchItem.MODSEQ))
    assert _read(b"FETCH 1 FAST (CHANGEDSINCE 0)") == Fetch(
        ONE, (FetchItem.FLAGS, FetchItem.INTERNALDATE, FetchItem.RFC822_SIZE), modifiers=FetchModifiers(0)
    )
    assert _read(b"STORE 1 (UNCHANGEDSINCE 12121230045) +FLAGS.SILENT (\\Deleted)") == Store(
        ONE, StoreOperation.ADD, ("\\Deleted",), silent=True, unchanged_since=12121230045
    )
    assert _read(b"UIDBATCHES 2000 10:20") == UidBatches(2000, 10, 20)


@pytest.mark.parametrize(
    "octets",
    [
        b"SELECT INBOX (NONSENSE)",
        b"SELECT INBOX ()",
        b"SELECT INBOX (QRESYNC)",
        b"SELECT INBOX (QRESYNC (0 1))",
        b"SELECT INBOX (QRESYNC (1 9223372036854775808))",
        b"SELECT INBOX (QRESYNC (1 1 $))",
        b"SELECT INBOX (QRESYNC (1 1 *))",
        b"SELECT INBOX (QRESYNC (1 1 1:2 (1:2 3:4) 5))",
        b"SELECT INBOX (QRESYNC (1 1 (1:2 3:5)))",
        b"SELECT INBOX (QRESYNC (1 1 (1:2)))",
        b"SELECT INBOX (QRESYNC (1 1) QRESYNC (1 1))",
        b"SELECT INBOX (CONDSTORE",
        b"SELECT INBOX CONDSTORE",
        b"FETCH 1 FLAGS (CHANGEDSINCE)",
        b"FETCH 1 FLAGS (CHANGEDSINCE -1)",
        b"FETCH 1 FLAGS (NONSENSE 1)",
        b"FETCH 1 FLAGS ()",
        b"FETCH 1 FLAGS (VANISHED VANISHED)",
        b"FETCH 1 FLAGS (CHANGEDSINCE 1) x",
        b"STORE 1 (UNCHANGEDSINCE 1 UNCHANGEDSINCE 2) FLAGS ()",
        b"STORE 1 (NONSENSE 1) FLAGS ()",
        b"STORE 1 () FLAGS ()",
        b"STORE 1 (UNCHANGEDSINCE 1)FLAGS ()",
        b"UIDBATCHES 0",
        b"UIDBATCHES 500 1:",
        b"UIDBATCHES 500 1:0",
    ],
)
def test_what_is_refused(octets: bytes) -> None:
    with pytest.raises(SyntaxViolation):
        _read(octets)
