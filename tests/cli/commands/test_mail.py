"""Mail from the command line: delivering, importing, the queue, settings, traces, upkeep."""

import contextlib
import sqlite3
from pathlib import Path

import pytest
from tests.support.command import Command

MESSAGE = b"Subject: hello\nMessage-ID: <1@example.org>\n\nbody\n"


@pytest.fixture(autouse=True)
def _people(posthouse: Command) -> None:
    for name in ("alice", "bob"):
        assert posthouse("account", "add", f"{name}@example.test", "--no-password").status == 0


def test_delivering_and_tracing(posthouse: Command) -> None:
    done = posthouse("--json", "deliver", "alice@example.test", given=MESSAGE).json
    assert done["delivered"] is True
    assert posthouse("--json", "account", "show", "alice@example.test").json["messages"] == 1
    for subject in ("alice@example.test", done["trace"], "<1@example.org>"):
        (event,) = posthouse("--json", "trace", subject).json
        assert (event["trace"], event["step"]) == (done["trace"], "delivered")
        assert event["about"] == ["alice@example.test", "1@example.org"]
    assert "delivered" in posthouse("trace", "alice@example.test").out
    assert posthouse("trace", "nobody@example.test").out == ""
    assert posthouse("deliver", "alice@example.test").status == 1
    assert posthouse("deliver", "nobody@example.test", given=MESSAGE).status == 1


def test_the_queue(posthouse: Command) -> None:
    posthouse("alias", "add", "all@example.test", "alice@example.test", "fred@example.org")
    assert posthouse("deliver", "all@example.test", "--from", "bob@example.test", given=MESSAGE).out.startswith("queued")
    rows = posthouse("--json", "queue", "list").json
    assert {(row["from"], row["to"], row["state"]) for row in rows} == {
        ("bob@example.test", "alice@example.test", "waiting"),
        ("bob@example.test", "fred@example.org", "waiting"),
    }
    message = rows[0]["id"]
    assert posthouse("queue", "hold", message, "--recipient", "fred@example.org").out == "held 1 recipients\n"
    assert len(posthouse("queue", "list", "--held").out.splitlines()) == 2
    assert "fred@example.org (held" in posthouse("queue", "show", message).out
    assert posthouse("queue", "reroute", message, "--to", "backup.test").status == 0
    assert {row["destination"] for row in posthouse("--json", "queue", "show", message).json["recipients"]} == {"backup.test"}
    assert posthouse("queue", "release", "--matching", "fred@").out == "released 1 recipients\n"
    assert posthouse("queue", "retry", "--all").status == 0
    assert posthouse("queue", "purge", message).out == "threw away 2 recipients\n"
    assert posthouse("queue", "list").out == ""
    assert posthouse("queue", "show", message).status == 1


def test_the_octets_of_a_queued_message(posthouse: Command) -> None:
    posthouse("alias", "add", "all@example.test", "bob@example.test", "fred@example.org")
    posthouse("deliver", "all@example.test", given=MESSAGE)
    (first, _) = posthouse("--json", "queue", "list").json
    octets = posthouse("queue", "show", first["id"], "--content").out
    assert octets.startswith("Delivered-To: all@example.test\r\nReceived: ")
    assert "Subject: hello" in octets


def test_settings(posthouse: Command) -> None:
    assert posthouse("setting", "set", "routes", "example.org=smtp://127.0.0.1:25,*=mx").status == 0
    assert posthouse("--json", "setting", "get", "routes").json["value"] == {"example.org": "smtp://127.0.0.1:25", "*": "mx"}
    assert posthouse("setting", "set", "dns.resolvers", "127.0.0.1:53").out == 'dns.resolvers = ["127.0.0.1:53"]\n'
    posthouse("setting", "set", "auth.app_passwords_only", "on", "--domain", "example.test")
    assert posthouse("setting", "get", "auth.app_passwords_only", "--account", "alice@example.test").out == "true\n"
    assert posthouse("setting", "get", "auth.app_passwords_only").out == "false\n"
    assert posthouse("setting", "reset", "routes").out == "routes = {}\n"
    assert posthouse("setting", "set", "smtp.recipients", "5").status == 1
    assert "smtp.recipients" in posthouse("setting", "list").out


def test_importing_twice_brings_everything_once(posthouse: Command, tmp_path: Path) -> None:
    box = tmp_path / "box"
    box.write_bytes(b"From a@b Thu Nov 13 13:30:25 2003\n" + MESSAGE + b"\n")
    assert posthouse("import", "alice@example.test", str(box)).out == "imported 1, there already 0\n"
    assert posthouse("--json", "import", "alice@example.test", str(box)).json["present"] == 1
    assert posthouse("import", "alice@example.test", str(box), "--mailbox", "Old/Box").status == 0
    posthouse("account", "set", "alice@example.test", "--quota", "300")
    box.write_bytes(box.read_bytes() + b"From a@b Thu Nov 13 13:30:25 2003\nSubject: new\n\n" + b"x\n" * 200 + b"\n")
    stopped = posthouse("import", "alice@example.test", str(box))
    assert stopped.status == 1
    assert "full" in stopped.err
    assert posthouse("import", "alice@example.test", str(tmp_path / "none")).status == 1


def test_verifying_and_reindexing(posthouse: Command, tmp_path: Path) -> None:
    posthouse("deliver", "alice@example.test", given=MESSAGE)
    assert posthouse("verify", "alice@example.test").out == "1 of 1 accounts are whole\n"
    assert posthouse("verify").out == "3 of 3 accounts are whole\n"
    assert posthouse("reindex", "alice@example.test").out == "1 messages in 1 of 1 accounts\n"
    assert posthouse("reindex").out == "1 messages in 3 of 3 accounts\n"
    assert [each["messages"] for each in posthouse("--json", "reindex").json] == [1, 0, 0]
    account = posthouse("--json", "account", "show", "alice@example.test").json["id"]
    (database,) = (tmp_path / "data" / "accounts").rglob(f"{account}/account.db")
    with contextlib.closing(sqlite3.connect(database)) as db, db:
        db.execute("UPDATE body SET octets = CAST(replace(octets, 'hello', 'jello') AS BLOB)")
    broken = posthouse("verify", "alice@example.test")
    assert broken.status == 1
    assert posthouse("--json", "verify", "alice@example.test").json[0]["faults"]
    database.unlink()
    gone = posthouse("verify")
    assert gone.status == 1
    assert "alice@example.test: the account cannot be verified (the account does not exist)" in gone.out
    assert "2 of 3 accounts are whole" in gone.out
    assert posthouse("reindex").status == 1
    assert "0 of 1" in broken.out
