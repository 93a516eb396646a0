"""Hostile messages and very many mailboxes over the wire: exact sizes, bounded answers and memory, and others are served meanwhile.

``POSTHOUSE_HOSTILE`` says how much of everything: 1 by default, 10 in ``make soak`` (10,000 parts, 200 levels, headers of 1 MB,
100,000 fields, 20 MB in one line, 10,000 mailboxes).
"""

import os
import poplib
import re
import smtplib
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.support.hostile_mail import KINDS
from tests.support.raw_imap import RawImap
from tests.support.running import DOMAIN, PASSWORD, Server, running

pytestmark = pytest.mark.long

SCALE = int(os.environ.get("POSTHOUSE_HOSTILE", "1"))
GROWTH_MIB = 192 + 16 * SCALE
MAILBOXES = 1_000 * SCALE if SCALE > 1 else 400
ADDRESS = f"alice@{DOMAIN}"
SEARCHES = (
    b"ALL", b"SUBJECT many", b"TEXT innermost", b"BODY innermost", b"NOT TEXT absent", b"FROM max", b"TO friends",
    b"CC p99@example.com",
    b"BCC nobody", b"HEADER X y", b'HEADER References ""', b"LARGER 100000", b"SENTON 22-Nov-2026", b"SENTSINCE 1-Jan-1970",
    b"OR SUBJECT deep KEYWORD none", b"FUZZY SUBJECT lomg", b"RETURN (MIN MAX COUNT) TEXT part", b"RETURN (PARTIAL 1:3) UNDELETED",
    b"CHARSET UTF-8 SUBJECT {3+}\r\n\xe2\x82\xac", b"SAVEDSINCE 1-Jan-2020", b"EMAILID M0",
)  # fmt: skip
SORTS = (b"SUBJECT", b"FROM", b"TO", b"CC", b"DATE", b"REVERSE SIZE", b"ARRIVAL", b"DISPLAYFROM", b"DISPLAYTO SUBJECT")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("hostile-mail")) as started:
        yield started


@pytest.fixture(scope="module")
def alice(server: Server) -> Iterator[RawImap]:
    """One connection for all tests: it must stay open."""
    client = RawImap(server, "alice")
    yield client
    client.ok(b"LOGOUT")
    client.close()


@pytest.fixture(autouse=True)
def bounded(server: Server) -> Iterator[None]:
    """Memory does not grow without bounds, and the worker stays the same."""
    pid = server.children()["worker-0"]
    before = resident_mib(pid)
    yield
    assert server.children()["worker-0"] == pid
    assert resident_mib(pid) - before < GROWTH_MIB


def resident_mib(pid: int) -> float:
    """Resident memory of a process."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1_048_576


@contextmanager
def served_meanwhile(server: Server) -> Iterator[None]:
    """Another account's NOOP is answered, over and over."""
    bob = RawImap(server, "bob")
    done = threading.Event()
    answers: list[bytes] = []

    def ask() -> None:
        while not answers or not done.wait(0.005):
            answers.append(bob.ask(b"NOOP")[-1])

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
        bob.close()
    assert all(answer.startswith(b"OK") for answer in answers), answers


@pytest.mark.parametrize("kind", KINDS, ids=[kind.__name__ for kind in KINDS])
def test_a_hostile_message(server: Server, alice: RawImap, kind: Callable[[int], bytes]) -> None:
    octets = kind(SCALE)
    alice.ask(b"DELETE Hostile")
    alice.ok(b"CREATE Hostile")
    with served_meanwhile(server):
        alice.ok(b"APPEND Hostile ~{%d+}\r\n%b" % (len(octets), octets))
        uid = delivered(server, alice, octets)
        alice.ok(b"UID MOVE %d Hostile" % uid)
        alice.ok(b"SELECT Hostile")
        assert fetched_wholly(alice, 1) == octets.replace(b"\0", b" "), "a literal has no NUL (RFC 9051 §9)"
        assert alice.fetch(b"FETCH 1 BINARY.PEEK[]")[b"BINARY[]"] == octets, "a literal8 may have any octet (RFC 3516 §4.2)"
        assert alice.fetch(b"FETCH 2 BINARY.PEEK[]")[b"BINARY[]"].endswith(octets)  # type: ignore[union-attr] # octets, see above
        fetched_wholly(alice, 2)
        for number in (1, 2):
            answers_are_bounded(alice, number, len(octets))
            parts_agree(alice, number)
        look(alice)
        alice.ok(b"COPY 1:* Hostile")
        assert alice.fetch(b"FETCH 3 BINARY.PEEK[]")[b"BINARY[]"] == octets


def delivered(server: Server, alice: RawImap, octets: bytes) -> int:
    """Deliver by LMTP; the UID in the inbox."""
    with smtplib.LMTP("127.0.0.1", server.port("lmtp"), timeout=60) as client:
        client.ehlo()
        client.sendmail("a@example.com", [ADDRESS], octets, ["BODY=8BITMIME"])
    alice.ok(b"SELECT INBOX")
    said = b" ".join(alice.ok(b"UID SEARCH RETURN (MAX) ALL"))
    return int(said.split()[-1])


def fetched_wholly(alice: RawImap, number: int) -> bytes:
    """The octets of a message, once all that says how many there are agrees."""
    got = alice.fetch(b"FETCH %d (RFC822.SIZE BODY.PEEK[] BODY.PEEK[HEADER] BODY.PEEK[TEXT] BODY.PEEK[]<7.1000>)" % number)
    whole = got[b"BODY[]"]
    assert isinstance(whole, bytes)
    assert got[b"RFC822.SIZE"] == len(whole)
    assert got[b"BODY[]<7>"] == whole[7:1_007]
    assert text_of(got[b"BODY[HEADER]"]) + text_of(got[b"BODY[TEXT]"]) == whole
    return whole


def text_of(value: object) -> bytes:
    """A string that may have come as a number (an unquoted atom never does)."""
    assert value is None or isinstance(value, bytes)
    return value or b""


def answers_are_bounded(alice: RawImap, number: int, size: int) -> None:
    """What is made from a message is not much more than the message."""
    said = alice.ok(b"FETCH %d (ENVELOPE BODYSTRUCTURE PREVIEW FLAGS INTERNALDATE EMAILID THREADID)" % number)
    assert sum(map(len, said)) < 8 * size + 20_000
    alice.ok(b"FETCH %d BODY.PEEK[HEADER.FIELDS (SUBJECT REFERENCES X)]" % number)
    alice.ok(b"FETCH %d BODY.PEEK[HEADER.FIELDS.NOT (SUBJECT)]" % number)


def parts_agree(alice: RawImap, number: int) -> None:
    """Parts that there are and parts that there are not: sizes of what was decoded agree."""
    for part in (b"1", b"2", b"1000", b"99999", b"1.1.1", b".".join([b"1"] * 15)):
        alice.ok(b"FETCH %d (BODY.PEEK[%b.MIME] BODY.PEEK[%b])" % (number, part, part))
        *said, last = alice.ask(b"FETCH %d (BINARY.SIZE[%b] BINARY.PEEK[%b])" % (number, part, part))
        assert last.startswith((b"OK", b"NO [UNKNOWN-CTE]")), last
        for one in said:
            if (match := re.search(rb"BINARY\.SIZE\[[0-9.]+\] (\d+)", one)) and (literal := re.search(rb"~?\{(\d+)\}\r\n", one)):
                assert match[1] == literal[1]


def look(alice: RawImap) -> None:
    """SEARCH, SORT and THREAD in all their forms."""
    for search in SEARCHES:
        assert sum(map(len, alice.ok(b"SEARCH " + search))) < 1_000
    for sort in SORTS:
        (said,) = alice.ok(b"SORT (%b) UTF-8 ALL" % sort)
        assert sorted(said.split()[2:]) == [b"1", b"2"]
    for thread in (b"REFERENCES", b"ORDEREDSUBJECT"):
        (said,) = alice.ok(b"THREAD %b UTF-8 ALL" % thread)
        assert sorted(re.findall(rb"\d+", said)) == [b"1", b"2"]


def test_pop3_says_the_same_octets(server: Server, alice: RawImap) -> None:
    alice.ok(b"SELECT INBOX")
    alice.ask(b"STORE 1:* +FLAGS.SILENT (\\Deleted)")
    alice.ok(b"EXPUNGE")
    made = [kind(SCALE) for kind in KINDS]
    for octets in made:
        alice.ok(b"APPEND INBOX ~{%d+}\r\n%b" % (len(octets), octets))
    pop3 = poplib.POP3("127.0.0.1", server.port("pop3"), timeout=60)
    pop3.user(ADDRESS)
    pop3.pass_(PASSWORD)
    sizes = [int(row.split()[1]) for row in pop3.list()[1]]
    with served_meanwhile(server):
        for number, (octets, size) in enumerate(zip(made, sizes, strict=True), 1):
            assert size == len(octets)
            assert retrieved(pop3, b"RETR %d" % number) == octets
            head, blank, body = octets.partition(b"\r\n\r\n")
            assert blank
            top = retrieved(pop3, b"TOP %d 1" % number)
            assert top == head + blank + body[: body.index(b"\r\n") + 2]
    pop3.quit()


def retrieved(pop3: poplib.POP3, command: bytes) -> bytes:
    """The answer to RETR or TOP, without its dots; lines may be as long as they like, which poplib does not allow."""
    pop3.sock.sendall(command + b"\r\n")
    assert pop3.file.readline().startswith(b"+OK")
    lines = []
    while (line := pop3.file.readline()) != b".\r\n":
        assert line, "the connection stays open"
        lines.append(line.removeprefix(b"."))
    return b"".join(lines)


def test_very_many_mailboxes(server: Server, alice: RawImap) -> None:
    names = [b"Root/%d/%d" % (number % 20, number) for number in range(MAILBOXES)]
    with served_meanwhile(server):
        pipelined(alice, [b"CREATE " + name for name in names])
        pipelined(alice, [b"SUBSCRIBE " + name for name in names])
        for word in (b"LIST", b"LSUB"):
            assert set(names) <= {said.rsplit(b" ", 1)[1].strip(b'"') for said in alice.ok(word + b' "" Root/*')}
        assert len(alice.ok(b'LIST "" Root/%')) == 20
        said = pipelined(alice, [b"STATUS %b (MESSAGES UIDNEXT UIDVALIDITY UNSEEN SIZE)" % name for name in names])
        assert sum(one.startswith(b"* STATUS ") for one in said) == MAILBOXES
        said = alice.ok(b'LIST "" Root/* RETURN (STATUS (MESSAGES SIZE) SUBSCRIBED CHILDREN SPECIAL-USE)')
        assert sum(one.startswith(b"* STATUS ") for one in said) >= MAILBOXES
        alice.ok(b"RENAME Root Trunk")
        assert alice.ok(b'LIST "" Root*') == []
        assert len(alice.ok(b'LIST "" Trunk/*/*')) == MAILBOXES
        pipelined(alice, [b"DELETE " + name.replace(b"Root", b"Trunk") for name in names])
        assert alice.ok(b'LIST "" Trunk/*/*') == []
    server.command("verify", ADDRESS)


def pipelined(alice: RawImap, commands: list[bytes]) -> list[bytes]:
    """Give commands without waiting; every one of them is carried out."""
    said: list[bytes] = []
    sender = threading.Thread(target=alice.send, args=(b"".join(b"t %b\r\n" % command for command in commands),))
    sender.start()
    for command in commands:
        *lines, last = alice.answer()
        assert last.startswith(b"OK"), (command, last)
        said += lines
    sender.join()
    return said
