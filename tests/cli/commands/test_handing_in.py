"""rmail and rsmtp: mail from UUCP and from batches; what nobody has is bounced, not refused."""

import os

from tests.support.command import Command

MESSAGE = b"Subject: hello\nMessage-ID: <1@pc>\n\nbody\n"
BATCH = b"""HELO pc.example
MAIL FROM:<eve@elsewhere.example> BODY=8BITMIME
RCPT TO:<alice@example.test>
RCPT TO:<nobody@example.test>
DATA
Subject: one

..dots
.
MAIL FROM:<>
RCPT TO:<fred@example.org>
DATA
Subject: two

text
.
NONSENSE
MAIL FROM:<x@y.example>
DATA
QUIT
"""


def people(posthouse: Command) -> None:
    assert posthouse("account", "add", "alice@example.test", "--no-password").status == 0


def test_rmail_delivers_at_once_and_queues_the_rest(posthouse: Command) -> None:
    people(posthouse)
    line = b"From eve Wed Nov 25 12:00:00 2026 remote from pc.example\n"
    done = posthouse("--json", "rmail", "hub!alice@example.test", given=line + MESSAGE)
    assert done.status == 0
    assert posthouse("--json", "account", "show", "alice@example.test").json["messages"] == 1
    assert "pc.example" in posthouse("trace", done.json["trace"]).out
    done = posthouse("rmail", "nobody@example.test", "fred@example.org", "alice@example.test", given=line + MESSAGE)
    assert (done.status, done.out.startswith("kept as ")) == (0, True)
    rows = posthouse("--json", "queue", "list").json
    assert {(row["from"], row["to"]) for row in rows} == {
        ("eve@pc.example", "nobody@example.test"),
        ("eve@pc.example", "fred@example.org"),
        ("eve@pc.example", "alice@example.test"),
    }


def test_rmail_says_what_is_no_address(posthouse: Command) -> None:
    done = posthouse("rmail", "no address at all", given=MESSAGE)
    assert (done.status, "is no address" in done.err) == (os.EX_DATAERR, True)


def test_a_batch(posthouse: Command) -> None:
    people(posthouse)
    done = posthouse("--json", "rsmtp", given=BATCH)
    assert done.status == 0
    assert len(done.json["kept"]) == 2
    assert [fault[:3] for fault in done.json["faults"]] == ["500", "503"]
    rows = posthouse("--json", "queue", "list").json
    assert {(row["from"], row["to"]) for row in rows} == {
        ("eve@elsewhere.example", "alice@example.test"),
        ("eve@elsewhere.example", "nobody@example.test"),
        ("", "fred@example.org"),
    }
    message = next(row["id"] for row in rows if row["to"] == "alice@example.test")
    shown = posthouse("queue", "show", message, "--content").out
    assert "\n.dots\r\n" in shown.replace("\r\n", "\n").replace(".dots\n", ".dots\r\n")
    assert "with BSMTP id" in shown


def test_a_batch_that_is_cut_off_keeps_what_was_whole(posthouse: Command) -> None:
    people(posthouse)
    cut = BATCH.partition(b"Subject: two")[0]
    done = posthouse("--json", "rsmtp", given=cut)
    assert (done.status, len(done.json["kept"])) == (0, 1)
    assert done.json["faults"] == ["the batch ends in the middle of a message"]
    assert posthouse("rsmtp", given=b"HELO x\nMAIL FROM:<a@b.example>\n").status == os.EX_DATAERR
    assert posthouse("rsmtp", given=b"rubbish\n").status == os.EX_DATAERR
